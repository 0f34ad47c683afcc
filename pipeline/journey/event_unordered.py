"""Unordered chains: the most steps that one window holds, in whatever order.

Every instant opens a window. Of each name it fills as many steps as it holds touches of it, the
earliest first.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from pipeline.journey.event_chains import STEP, Window, best_ends, here_or_next, instants_of, tell


def unordered_chains(touches: pl.DataFrame, steps: Sequence[int], window: Window) -> pl.DataFrame:
    """Find each unit's best chain; in and out as `ordered_chains`, step k being the k-th filled."""
    names = max(steps) + 1
    instants = instants_of(touches, names, window)
    slots = [
        slot
        for name in range(names)
        for slot in _first_times(name, steps.count(name), instants, touches, window)
    ]
    chains = _best(instants, slots).with_columns(entry_step=pl.lit(1, STEP))
    fitting = touches.select(here_or_next(pl.col("name") < names)).to_series()
    first = fitting.gather(instants["touch"].gather(chains["start"]))
    return tell(chains, touches, first, _in_time([slot.gather(chains["start"]) for slot in slots]))


def _first_times(
    name: int, slots: int, instants: pl.DataFrame, touches: pl.DataFrame, window: Window
) -> Iterator[pl.Series]:
    """Say when the first touches of a name come in the window that an instant opens, if they do."""
    times = touches.filter(pl.col("name") == name)["occurred_at"]
    ends_run = pl.col("run_row").shift(-1) != pl.col("run_row")
    so_far = instants.select(
        before=pl.col(f"count_{name}").cum_sum() - pl.col(f"count_{name}"),
        in_run=pl.col(f"count_{name}")
        .cum_sum()
        .gather(here_or_next(ends_run.fill_null(value=True))),
    )
    for slot in range(slots):
        place = pl.select(
            pl.when(so_far["before"] + slot < so_far["in_run"]).then(so_far["before"] + slot)
        ).to_series()
        found = instants.select("occurred_at", found=times.gather(place))
        holds = window.holds(pl.col("occurred_at"), pl.col("found"))
        yield found.select(pl.when(holds).then("found").alias(f"slot_{name}_{slot}")).to_series()


def _best(instants: pl.DataFrame, slots: Sequence[pl.Series]) -> pl.DataFrame:
    """Find the window of each unit that fills most steps; of those the one that `best_ends`."""
    filled = pl.DataFrame(slots).select(
        count=pl.sum_horizontal(pl.all().is_not_null()), ended_at=pl.max_horizontal(pl.all())
    )
    # An instant of exclusions alone ends its run, so that its window fills nothing.
    starts = (
        instants.select(
            pl.when(pl.col("may_begin") & (filled["count"] == count)).then("row")
        ).to_series()
        for count in range(1, len(slots) + 1)
    )
    return best_ends(instants, starts, filled["ended_at"])


def _in_time(slots: Sequence[pl.Series]) -> pl.Series:
    """List the times of each row's filled slots, the earliest first."""
    # One sort of all beats a sort of each list by far.
    filled = pl.DataFrame(slots).with_row_index("row").unpivot(index="row").drop_nulls()
    in_order = filled.sort("row", "value").set_sorted("row")
    return in_order.group_by("row", maintain_order=True).agg("value")["value"]
