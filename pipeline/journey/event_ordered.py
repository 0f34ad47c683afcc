"""Ordered chains, from instant to instant: other events may lie between.

Within an instant a chain may fill several steps, each with a touch of its own, so all that counts
is how many touches of each name there are. For each instant and step we keep the latest start of a
chain that fills the step there: a later start is never worse, for the window or for what follows.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.journey.event_chains import (
    STEP,
    Window,
    best_ends,
    here_or_next,
    instants_of,
    list_times,
    next_row,
    tell,
)
from pipeline.journey.order import ROW, starts_run


def ordered_chains(
    touches: pl.DataFrame,
    steps: Sequence[int],
    window: Window,
    *,
    entries: Sequence[int],
    strict_increase: bool,
) -> pl.DataFrame:
    """Find each unit's best chain that begins at one of the entry steps.

    In: touches in order, with the number of the name that each fits; `steps`, the numbers of their
    names. Out: as `find_chains`.
    """
    instants = instants_of(touches, max(steps) + 1, window)
    chains = pl.concat(
        _chains_from(entry, steps, instants, window, strict_increase=strict_increase)
        for entry in entries
    ).sort("unit_no", "deepest_step", "entry_step", descending=[False, True, False])
    chains = chains.filter(starts_run("unit_no"))
    times = [chains[f"step_{step}_at"] for step in range(1, len(steps) + 1)]
    first = _first_touches(chains, steps, instants, touches)
    return tell(chains, touches, first, list_times(chains, times))


def _chains_from(
    entry: int,
    steps: Sequence[int],
    instants: pl.DataFrame,
    window: Window,
    *,
    strict_increase: bool,
) -> pl.DataFrame:
    """Find each unit's best chain that begins at a step.

    Out: unit_no, entry_step, deepest_step, start (row), and `step_…_at` for each step.
    """
    own = steps[entry - 1 :]
    flow = _with_needs(instants, own, strict_increase=strict_increase)
    flow = _with_starts(flow, own, window)
    starts = [flow[f"start_{step}"] for step in range(1, len(own) + 1)]
    chains = best_ends(flow, starts, flow["occurred_at"])
    times = _times(chains, flow, own)
    never = pl.lit(None, times[0].dtype)
    return chains.select(
        "unit_no",
        entry_step=pl.lit(entry, STEP),
        deepest_step=pl.col("deepest_step") + (entry - 1),
        start="start",
        **{f"step_{step}_at": never for step in range(1, entry)},
        **{f"step_{step}_at": at for step, at in enumerate(times, start=entry)},
    )


def _with_needs(
    instants: pl.DataFrame, steps: Sequence[int], *, strict_increase: bool
) -> pl.DataFrame:
    """Add `need_…`: how many steps must lie before an instant, for it to fill all from there on.

    A step that an instant does not have needs itself: it is not filled there.
    """
    flow = instants.with_columns(need_0=pl.when("may_begin").then(0).otherwise(1).cast(STEP))
    for step, name in enumerate(steps, start=1):
        count = pl.col(f"count_{name}")
        if strict_increase:
            before = pl.when(count == 0).then(step).otherwise(step - 1)
        else:
            # With three touches of a name, the fourth-last step of that name lies before.
            before = pl.lit(0)
            places = [place for place in range(1, step + 1) if steps[place - 1] == name]
            for touches, place in enumerate(reversed(places)):
                before = pl.when(count == touches).then(place).otherwise(before)
        so_far = "need_0" if strict_increase else f"need_{step - 1}"
        flow = flow.with_columns(pl.max_horizontal(so_far, before.cast(STEP)).alias(f"need_{step}"))
    return flow


def _with_starts(flow: pl.DataFrame, steps: Sequence[int], window: Window) -> pl.DataFrame:
    """Add `start_…`: the row where the latest chain began that fills the step in this one.

    `last_…` is the same of the rows before it in its run: what the steps that it needs began with.
    """
    at = pl.col("occurred_at")
    flow = flow.with_columns(last_0="row")
    for step in range(1, len(steps) + 1):
        need, start = pl.col(f"need_{step}"), pl.col(f"start_{step}")
        began = pl.coalesce(
            pl.when(need == before).then(f"last_{before}") for before in range(step)
        )
        flow = flow.with_columns(began.alias(f"start_{step}"))
        flow = flow.with_columns(pl.when(window.holds(at.gather(start), at)).then(start))
        last = start.forward_fill().shift(1)
        flow = flow.with_columns(
            pl.when(last >= pl.col("run_row")).then(last).alias(f"last_{step}")
        )
    return flow


def _times(chains: pl.DataFrame, flow: pl.DataFrame, steps: Sequence[int]) -> list[pl.Series]:
    """Say when a chain filled each step, as early as can be after its start."""
    at, row = flow["occurred_at"], chains["start"]
    first = pl.ones(chains.height, STEP, eager=True)  # of the steps filled at this instant
    times = [at.gather(row)]
    for step, name in enumerate(steps[1:], start=2):
        goes_on = chains["deepest_step"] >= step
        is_here = flow[f"need_{step}"].gather(row) < first
        later = flow.select(next_row(pl.col(f"count_{name}") > 0)).to_series().gather(row)
        row = pl.select(pl.when(goes_on & ~is_here).then(later).otherwise(row)).to_series()
        first = pl.select(pl.when(is_here).then(first).otherwise(pl.lit(step, STEP))).to_series()
        times.append(pl.select(pl.when(goes_on).then(at.gather(row))).to_series())
    return times


def _first_touches(
    chains: pl.DataFrame, steps: Sequence[int], instants: pl.DataFrame, touches: pl.DataFrame
) -> pl.Series:
    """Give the row of each chain's first touch: of its instant the first that fits its entry."""
    instant_touch = instants["touch"].gather(chains["start"])
    rows = pl.repeat(None, chains.height, dtype=ROW, eager=True)
    for entry in chains["entry_step"].unique():
        fitting = touches.select(here_or_next(pl.col("name") == steps[entry - 1])).to_series()
        rows = rows.zip_with(chains["entry_step"] != entry, fitting.gather(instant_touch))
    return rows
