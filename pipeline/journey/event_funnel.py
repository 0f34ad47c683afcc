"""Event funnels: how far units come along named events, and when they came to each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from pipeline.journey.event_chains import Window
from pipeline.journey.event_ordered import ordered_chains
from pipeline.journey.event_strict import strict_chains
from pipeline.journey.event_unordered import unordered_chains

Mode = Literal["ordered", "strict", "unordered"]


@dataclass(frozen=True, slots=True)
class Funnel:
    """What is asked: names in their order, and what a chain of touches that fill them must keep.

    A name is `event` or `channel/event`; no touch may fit two different ones. A chain lasts
    `within` at most, begins at `from_at` or later and before `before_at`; with `is_open` it may
    begin at any step. What the modes mean is told in docs/semantics.md.
    """

    steps: tuple[str, ...]
    within: timedelta | None = None
    mode: Mode = "ordered"
    strict_increase: bool = False
    exclusions: tuple[str, ...] = ()
    is_open: bool = False
    from_at: datetime | None = None
    before_at: datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The different names of its steps, by the first step of each."""
        return tuple(dict.fromkeys(self.steps))

    @property
    def excluded(self) -> int:
        """What `name` is of a touch that ends every chain."""
        return len(self.names)

    @property
    def other(self) -> int:
        """What `name` is of a touch that fits no name."""
        return len(self.names) + 1


def fits(name: str) -> pl.Expr:
    """Say whether a name means a touch, or a kind of touch."""
    return (pl.col("event") == name) | (pl.col("channel") + "/" + pl.col("event") == name)


def add_names(touches: pl.DataFrame, funnel: Funnel) -> pl.DataFrame:
    """Add `name`: the number of the name that a touch fits, or what the funnel says of others."""
    name = pl.lit(funnel.other, pl.UInt8)
    for excluded in funnel.exclusions:
        name = pl.when(fits(excluded)).then(pl.lit(funnel.excluded, pl.UInt8)).otherwise(name)
    for number, step in enumerate(funnel.names):
        name = pl.when(fits(step)).then(pl.lit(number, pl.UInt8)).otherwise(name)
    return touches.with_columns(name=name)


def find_chains(touches: pl.DataFrame, funnel: Funnel) -> pl.DataFrame:
    """Find each unit's best chain: one row per unit that has any.

    In: touches in any order, with unit, touch_no (their total order), occurred_at, and name from
    `add_names`. Other touches are read in strict mode only. Out: unit, entry_step, deepest_step,
    touch_no of the chain's first touch, and reached_at, the times of its steps; unordered, step k
    is the k-th filled. Of a unit's chains the deepest counts; of those the one with most steps,
    that ends first, that starts last, and that fills every step between as early as can be.
    """
    steps = [funnel.names.index(step) for step in funnel.steps]
    window = Window(funnel.within, funnel.from_at, funnel.before_at)
    rows = touches.select("unit", "touch_no", "occurred_at", "name").sort("unit", "touch_no")
    if funnel.mode == "strict":
        return strict_chains(rows, steps, window, strict_increase=funnel.strict_increase)
    rows = rows.filter(pl.col("name") <= funnel.excluded)
    if funnel.mode == "unordered":
        return unordered_chains(rows, steps, window)
    entries = range(1, len(steps) + 1) if funnel.is_open else (1,)
    return ordered_chains(
        rows, steps, window, entries=entries, strict_increase=funnel.strict_increase
    )
