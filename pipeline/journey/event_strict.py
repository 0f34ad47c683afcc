"""Strict chains, from touch to touch: nothing lies between but what repeats the step filled last.

Touches stand in a sequence, and neighbours of one name make a run. So a chain goes on within its
run, where the next step has the same name, or with the first touch of the run that follows.
"""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from pipeline.journey.event_chains import STEP, Window, best_ends, list_times, next_row, tell
from pipeline.journey.order import ROW, last_row, row_numbers, starts_run


def strict_chains(
    touches: pl.DataFrame, steps: Sequence[int], window: Window, *, strict_increase: bool
) -> pl.DataFrame:
    """Find each unit's best chain; in and out as `ordered_chains`, other touches among them."""
    rows = _in_runs(touches, max(steps) + 1, window, strict_increase=strict_increase)
    starts = _starts(rows, steps, window)
    chains = best_ends(rows, starts, rows["occurred_at"]).with_columns(entry_step=pl.lit(1, STEP))
    at_once = rows.select(last_row(starts_run("run", "occurred_at"))).to_series()
    first = at_once.gather(chains["start"])
    times = _times(chains["deepest_step"], first, rows, steps, strict_increase=strict_increase)
    return tell(chains, rows, first, list_times(chains, times))


def _in_runs(
    touches: pl.DataFrame, names: int, window: Window, *, strict_increase: bool
) -> pl.DataFrame:
    """Lay touches in their sequence, number its runs, and keep those that fit a step.

    Out: also unit_no, row, may_begin, and `before`, the last row that may be the step before's.
    """
    sequence = touches.sort("unit", "occurred_at", "name", maintain_order=True)
    runs = sequence.with_columns(run=starts_run("unit", "name").cum_sum().cast(ROW))
    rows = runs.filter(pl.col("name") < names)
    before = pl.int_range(pl.len(), dtype=ROW).shift(1)
    if strict_increase:
        before = before.gather(last_row(starts_run("unit", "occurred_at")))
    return rows.with_columns(
        row_numbers(rows),
        unit_no=(starts_run("unit").cum_sum() - 1).cast(ROW),
        may_begin=window.may_begin(),
        opens=starts_run("run"),
        before=pl.when(before >= last_row(starts_run("unit"))).then(before),
    )


def _starts(rows: pl.DataFrame, steps: Sequence[int], window: Window) -> list[pl.Series]:
    """For each step: the row at which the latest chain began that fills the step in a row."""
    at, before = pl.col("occurred_at"), pl.col("before")
    starts = [
        rows.select(pl.when((pl.col("name") == steps[0]) & pl.col("may_begin")).then("row"))
        .to_series()
        .alias("start")
    ]
    run_before = pl.col("run").gather(before)
    for name_before, name in pairwise(steps):
        last = last_row(pl.col("start").is_not_null()).gather(before)
        start = pl.col("start").gather(last)
        if name == name_before:
            follows = run_before == pl.col("run")
        else:
            follows = run_before == pl.col("run") - 1
        fills = (
            (pl.col("name") == name)
            & follows
            & (pl.col("run").gather(last) == run_before)
            & window.holds(at.gather(start), at)
        )
        starts.append(
            rows.with_columns(starts[-1]).select(start=pl.when(fills).then(start)).to_series()
        )
    return starts


def _times(
    deepest: pl.Series,
    first: pl.Series,
    rows: pl.DataFrame,
    steps: Sequence[int],
    *,
    strict_increase: bool,
) -> list[pl.Series]:
    """Say when a chain filled each step, as early as can be after its start."""
    next_touch = starts_run("unit", "occurred_at") if strict_increase else pl.lit(value=True)
    following = rows.select(in_run=next_row(next_touch), in_next=next_row(pl.col("opens")))
    at, row = rows["occurred_at"], first
    times = [at.gather(row)]
    for step, (name_before, name) in enumerate(pairwise(steps), start=2):
        row = following["in_run" if name == name_before else "in_next"].gather(row)
        times.append(pl.select(pl.when(deepest >= step).then(at.gather(row))).to_series())
    return times
