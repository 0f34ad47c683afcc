"""What changed from one month to the next, in words: only what is more than chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.report.notation import Notation
from pipeline.report.rates import believed, written_points, written_rate
from pipeline.report.texts import Texts

_MOST_SHOWN, _MOST_LISTED = 5, 50
# From these q-values on a change is called almost, or very sure.
_SURE = ((0.001, "almost"), (0.01, "very"), (1.0, "sure"))
_CELL = ("dimension", "dimension_value", "stage", "period")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A month's rate against the month before: where, of whom, from what to what, how sure."""

    meaning: str
    stage: str
    whose: str
    told: str
    sure: str


@dataclass(frozen=True)
class Changes:
    """The sentence, the latest changes, and the rest."""

    sentence: str
    shown: list[Change]
    folded: list[Change]
    more: str


def what_changed(drop_off: pl.DataFrame, texts: Texts, notation: Notation) -> Changes:
    """Tell the significant changes, the latest month first and the surest of it first."""
    compared = notation.number(drop_off["p_value"].count())
    rows = believed(drop_off)
    flagged = (
        rows.filter("is_significant")
        .sort("period", "q_value", *_CELL[:3], descending=[True, *[False] * 4])
        .rows(named=True)
    )
    if not flagged:
        key = "change.none" if drop_off["p_value"].count() else "change.nothing_compared"
        return Changes(texts.say(key, compared=compared), [], [], "")
    by_cell = {tuple(row[name] for name in _CELL): row for row in rows.iter_rows(named=True)}
    told = [_change(row, by_cell, texts, notation) for row in flagged[:_MOST_LISTED]]
    key = "change.some" if len(flagged) > 1 else "change.one"
    return Changes(
        texts.say(key, changes=notation.number(len(flagged)), compared=compared),
        told[:_MOST_SHOWN],
        told[_MOST_SHOWN:],
        notation.number(len(flagged) - _MOST_SHOWN),
    )


def _change(
    row: Row, by_cell: Mapping[tuple[Any, ...], Row], texts: Texts, notation: Notation
) -> Change:
    months: tuple[date, date] = (row["previous_period"], row["period"])
    before = by_cell[(*(row[name] for name in _CELL[:3]), months[0])]
    meaning = "up" if row["change"] > 0 else "down"
    is_exact = not (row["is_estimate"] or before["is_estimate"])
    told = texts.say(
        f"change.{meaning}" if is_exact else f"change.about_{meaning}",
        before=written_rate(before, notation),
        now=written_rate(row, notation),
        previous=notation.month(months[0]),
        month=notation.month(months[1]),
        points=written_points(row["change"], notation)[1:],
    )
    return Change(
        meaning,
        texts.node(row["stage"], short=True),
        _whose(row, texts),
        told,
        _sure(row, texts, notation),
    )


def _whose(row: Row, texts: Texts) -> str:
    if row["dimension"] == "all":
        return texts.say("change.all")
    kind = texts.say(f"change.{row['dimension']}")
    if row["dimension_value"] is None:
        return texts.say("change.without", kind=kind)
    return f"{kind} {row['dimension_value']}"


def _sure(row: Row, texts: Texts, notation: Notation) -> str:
    word = next(name for most, name in _SURE if row["q_value"] <= most)
    least = 0.001
    q = f"< {notation.number(least, decimals=3)}" if row["q_value"] < least else ""
    q = q or f"= {notation.number(row['q_value'], decimals=3)}"
    return f"{texts.say(f'change.is_{word}')} (q {q})"
