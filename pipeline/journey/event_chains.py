"""What all event funnels share: windows, instants, and the best of a unit's chains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from pipeline.journey.order import ROW, last_row, row_numbers, starts_run

STEP = pl.UInt8  # the type that numbers steps


@dataclass(frozen=True, slots=True)
class Window:
    """How long a chain may last, and when it may begin; None is no bound."""

    within: timedelta | None
    from_at: datetime | None
    before_at: datetime | None

    def may_begin(self) -> pl.Expr:
        """Say whether a chain may begin at a row."""
        bounds = [pl.lit(value=True)]
        if self.from_at is not None:
            bounds.append(pl.col("occurred_at") >= self.from_at)
        if self.before_at is not None:
            bounds.append(pl.col("occurred_at") < self.before_at)
        return pl.all_horizontal(bounds)

    def holds(self, started_at: pl.Expr, ended_at: pl.Expr) -> pl.Expr:
        """Say whether a chain from one moment to the other is short enough; null if from none."""
        lasted = ended_at - started_at
        return lasted.is_not_null() if self.within is None else lasted <= self.within


def instants_of(touches: pl.DataFrame, names: int, window: Window) -> pl.DataFrame:
    """Make one row per unit and instant, in order: what was done at once, as counts of names.

    In: touches in order: unit, occurred_at, and name, which is `names` for an exclusion. Out:
    unit_no from 0, occurred_at, row, `touch` (the row of its first touch), `count_…` of each name,
    may_begin, and run_row, the first row that a chain of this one may have: the unit's first, or
    the one after an exclusion.
    """
    starts_instant = touches.select(starts_run("unit", "occurred_at")).to_series()
    instant = (starts_instant.cum_sum() - 1).cast(ROW)
    touch = starts_instant.arg_true().cast(ROW)
    instants = touches.select("unit", "occurred_at")[touch].with_columns(
        _counted(instant.filter(touches["name"] == name), touch.len()).alias(f"count_{name}")
        for name in range(names + 1)
    )
    starts_unit = starts_run("unit")
    was_excluded = pl.col(f"count_{names}").shift(1, fill_value=0) > 0
    return instants.with_columns(
        row_numbers(instants),
        touch=touch,
        unit_no=(starts_unit.cum_sum() - 1).cast(ROW),
        run_row=last_row(starts_unit | was_excluded),
        may_begin=window.may_begin(),
    )


def best_ends(
    rows: pl.DataFrame, started: Iterable[pl.Series], ended_at: pl.Series
) -> pl.DataFrame:
    """Find how deep each unit came, and the row where its best chain started.

    In: rows in order, with unit_no; for each step, where a row fills it, the row at which the
    chain started; and when a row's chain ends. Within a unit's deepest step neither ends nor starts
    may ever fall: the best is the last of those that end first. Out: unit_no, deepest_step, start.
    """
    units = rows["unit_no"][-1] + 1 if rows.height else 0
    deepest = pl.zeros(units, STEP, eager=True)
    start = pl.zeros(units, ROW, eager=True)
    for step, starts in enumerate(started, start=1):
        found = (
            rows.select("unit_no", ended_at.alias("ended_at"), starts.alias("start"))
            .filter(starts.is_not_null())
            .filter(starts_run("unit_no", "ended_at").shift(-1, fill_value=True))
            .filter(starts_run("unit_no"))
        )
        deepest.scatter(found["unit_no"], step)
        start.scatter(found["unit_no"], found["start"])
    chains = pl.DataFrame({"deepest_step": deepest, "start": start})
    return chains.select(row_numbers(chains).alias("unit_no"), pl.all()).filter(deepest > 0)


def tell(
    chains: pl.DataFrame, touches: pl.DataFrame, first: pl.Series, reached_at: pl.Series
) -> pl.DataFrame:
    """Tell chains by their units, as `find_chains` does; `first` lists rows of first touches."""
    steps = chains.select(pl.col("entry_step", "deepest_step").cast(pl.Int64))
    begun = touches.select("unit", "touch_no")[first]
    return begun.with_columns(*steps.get_columns(), reached_at.alias("reached_at"))


def list_times(chains: pl.DataFrame, times: Sequence[pl.Series]) -> pl.Series:
    """List the times of each chain's own steps, given those of all that the funnel has."""
    columns = [at.alias(f"step_{step}_at") for step, at in enumerate(times, start=1)]
    entry = pl.col("entry_step").cast(pl.Int64)
    # To cut an array takes a fiftieth of the time in which lists are made and rid of their nulls.
    all_times = pl.concat_arr(columns).arr.to_list()
    return (
        chains.select("entry_step", "deepest_step", *columns)
        .select(all_times.list.slice(entry - 1, pl.col("deepest_step") - entry + 1))
        .to_series()
    )


def here_or_next(where: pl.Expr) -> pl.Expr:
    """Point each row to the next row, itself included, for which `where` holds; null if none."""
    return pl.when(where).then(pl.int_range(pl.len(), dtype=ROW)).backward_fill()


def next_row(where: pl.Expr) -> pl.Expr:
    """Point each row to the next row after it for which `where` holds; null if none."""
    return here_or_next(where).shift(-1)


def _counted(numbers: pl.Series, height: int) -> pl.Series:
    """Count how often each number below a height comes in an ascending list."""
    starts = (numbers != numbers.shift(1)).fill_null(value=True).arg_true().cast(ROW)
    lengths = starts.shift(-1, fill_value=numbers.len()) - starts
    return pl.zeros(height, ROW, eager=True).scatter(numbers.gather(starts), lengths)
