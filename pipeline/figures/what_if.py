"""What if an edge of the conversion chain were taken more often, or less."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl

from pipeline.errors import ConfigError
from pipeline.figures.chain import (
    CONVERTED,
    DROPPED,
    START,
    chain_of,
    expected_steps,
    return_chance,
    total,
    visit_chance,
)

_CHANGE = re.compile(r"\s*(.+?)\s*>\s*(.+?)\s*=\s*([+-]?)(\d+(?:\.\d*)?|\.\d+)(%?)\s*")
# How many names an error lists.
_LISTED = 12
# What shares may miss of 1 by rounding.
_ROUNDING = 1e-9

Counts = Mapping[str, float]


@dataclass(frozen=True)
class Change:
    """How many of all who leave the origin shall go to the target.

    `amount` is their share, or, if it is relative, how much larger the share shall be: -0.1 makes
    it a tenth smaller.
    """

    origin: str
    target: str
    amount: float
    is_relative: bool = False

    def __str__(self) -> str:
        told = f"{100 * self.amount:+.6g}%" if self.is_relative else f"{self.amount:.6g}"
        return f"{self.origin}>{self.target}={told}"

    def share_from(self, share: float) -> float:
        """Give the share that becomes of one."""
        return share * (1 + self.amount) if self.is_relative else self.amount


def read_change(text: str) -> Change:
    """Read a change such as `evaluation>dropped=-10%` or `research>evaluation=0.25`."""
    found = _CHANGE.fullmatch(text)
    is_relative = found is not None and found[5] == "%"
    if found is None or is_relative != bool(found[3]):
        raise ConfigError(
            f"--what-if: expected ORIGIN>TARGET=-10% (a tenth fewer take this edge), =+5% (a "
            f"twentieth more) or =0.25 (a quarter of all who leave the origin), found {text!r}"
        )
    amount = float(found[3] + found[4]) / (100 if is_relative else 1)
    if amount > 1 and not is_relative:
        raise ConfigError(f"--what-if {text}: expected a share from 0 to 1, found {amount:g}")
    if amount < -1:
        raise ConfigError(f"--what-if {text}: expected -100% at most, which nobody takes any more")
    return Change(found[1], found[2], amount, is_relative)


def what_if(moves: pl.DataFrame, changes: Sequence[Change]) -> pl.DataFrame:
    """Say how often nodes and ends would be come to if some edges were taken otherwise.

    In: origin, target and transitions of one grain of marts.conversion_chain. All else stays: as
    many begin, the other nodes are left as before, and the further edges of a changed origin keep
    their proportions. Out: node, before, after, change and change_rate; first the start (all who
    begin), converted and dropped, then the nodes, those that change most first.
    """
    before, after = _arrivals(moves), _arrivals(_changed(moves, changes))
    told = [(node, count, after[node]) for node, count in before.items()]
    schema = {"node": pl.String, "before": pl.Float64, "after": pl.Float64}
    change = pl.col("after") - pl.col("before")
    rows = (
        pl.DataFrame(told, schema=schema, orient="row")
        # What is solved for misses a whole count by its last digits.
        .with_columns(pl.col("before", "after").round(6))
        .with_columns(change=change, change_rate=change / _known(pl.col("before")))
    )
    is_node = ~pl.col("node").is_in([START, CONVERTED, DROPPED])
    return pl.concat(
        [rows.filter(~is_node), rows.filter(is_node).sort(-change.abs().round(6), "node")]
    )


def for_people(told: pl.DataFrame) -> pl.DataFrame:
    """Give what `what_if` says rounded, and the change in percent."""
    return told.with_columns(
        pl.col("before", "after", "change").round(1),
        change_pct=(100 * pl.col("change_rate")).round(2),
    ).drop("change_rate")


def _arrivals(moves: pl.DataFrame) -> dict[str, float]:
    """Count how often the start, each end and each node are come to."""
    begun = float(moves.filter(pl.col("origin") == START)["transitions"].sum())
    chain = chain_of(moves.rename({"transitions": "count"}))
    come, again = visit_chance(chain), return_chance(chain)
    is_endless = np.isinf(expected_steps(chain)) & (come > 0)
    if is_endless.any():
        names = [node for node, never in zip(chain.nodes, is_endless, strict=True) if never]
        raise ConfigError(f"--what-if: who comes to {_listed(names)} may never come to an end")
    visits = begun * come / np.where(is_endless, 1, 1 - again)
    converted = begun * total(chain)
    return {
        START: begun,
        CONVERTED: converted,
        DROPPED: begun - converted,
        **dict(zip(chain.nodes, visits.tolist(), strict=True)),
    }


def _known(count: pl.Expr) -> pl.Expr:
    """Give a count, or null where there is nothing to divide by."""
    return pl.when(count > 0).then(count)


def _changed(moves: pl.DataFrame, changes: Sequence[Change]) -> pl.DataFrame:
    """Give the counts as they would be, those of each origin with the same sum as before."""
    counts: dict[str, dict[str, float]] = {}
    for origin, target, count in moves.select("origin", "target", "transitions").iter_rows():
        counts.setdefault(origin, {})[target] = count
    wished: dict[str, dict[str, Change]] = {}
    for change in changes:
        _expect_edge(change, counts)
        if change.target in wished.setdefault(change.origin, {}):
            raise ConfigError(f"--what-if {change}: this edge was changed already")
        wished[change.origin][change.target] = change
    shifted = {origin: _shifted(counts[origin], of_origin) for origin, of_origin in wished.items()}
    rows = [
        (origin, target, float(count))
        for origin, of_origin in (counts | shifted).items()
        for target, count in of_origin.items()
    ]
    schema = {"origin": pl.String, "target": pl.String, "transitions": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shifted(counts: Counts, wished: Mapping[str, Change]) -> Counts:
    """Change the shares of some targets of an origin; the others share what is left as before."""
    whole = sum(counts.values())
    shares = {target: wish.share_from(counts[target] / whole) for target, wish in wished.items()}
    others = {target: count for target, count in counts.items() if target not in wished}
    left = 1 - sum(shares.values())
    is_too_much, is_too_little = left < -_ROUNDING, left > _ROUNDING and not others
    if is_too_much or is_too_little:
        told, origin = ", ".join(map(str, wished.values())), next(iter(wished.values())).origin
        raise ConfigError(
            f"--what-if {told}: {1 - left:.1%} of those who leave {origin} would go there"
            f"{'' if is_too_much else ', and no other edge is left'}. {_edges(origin, counts)}"
        )
    scale = max(left, 0) * whole / (sum(others.values()) or 1)
    return {target: share * whole for target, share in shares.items()} | {
        target: count * scale for target, count in others.items()
    }


def _expect_edge(change: Change, counts: Mapping[str, Counts]) -> None:
    """Expect that the edge is there; if not, say which there are."""
    targets = {target for of_origin in counts.values() for target in of_origin}
    for name, known in ((change.origin, set(counts)), (change.target, targets)):
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise ConfigError(
                f"--what-if {change}: the way to a conversion has no node '{name}'.{hint} "
                f"It has: {_listed(sorted(known)) or 'none'}"
            )
    if change.target not in counts[change.origin]:
        told = _edges(change.origin, counts[change.origin])
        raise ConfigError(f"--what-if {change}: nobody takes this edge. {told}")


def _edges(origin: str, counts: Counts) -> str:
    whole = sum(counts.values())
    falling = sorted(counts.items(), key=lambda edge: (-edge[1], edge[0]))
    told = [f"{target} ({count / whole:.1%})" for target, count in falling]
    return f"From {origin} they go to {_listed(told)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
