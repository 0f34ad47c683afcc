"""Folding of runs: neighbouring rows with one key become one row."""

from collections.abc import Mapping

import polars as pl

from pipeline.journey.order import row_numbers, starts_run


def fold_runs(
    rows: pl.DataFrame,
    *keys: str,
    first: Mapping[str, str],
    last: Mapping[str, str],
    total: Mapping[str, str],
    count: str,
    order: pl.Series | None = None,
) -> pl.DataFrame:
    """Make one row of each run of equal keys, in order.

    `first`, `last` and `total` name the new columns and the columns that they take from the run's
    first row, its last one, and the sum over it (nulls count nothing); `count` names the column
    with the run's length. `order` lists the rows in the order in which the runs stand together,
    where that is not the frame's own. Cuts at boundaries instead of grouping: no hash per run, and
    only the summed columns are laid in order.
    """
    ordered = rows.select(keys) if order is None else rows.select(keys)[order]
    starts = ordered.select(starts_run(*keys)).to_series().arg_true()
    ends = (starts.shift(-1, fill_value=ordered.height) - 1) if starts.len() else starts
    firsts = starts if order is None else order.gather(starts)
    lasts = ends if order is None else order.gather(ends)
    columns = [rows[column].gather(firsts).alias(name) for name, column in first.items()]
    columns += [rows[column].gather(lasts).alias(name) for name, column in last.items()]
    for name, column in total.items():
        values = rows[column] if order is None else rows[column].gather(order)
        columns.append(_totals(values, starts, ends).alias(name))
    columns.append((ends - starts + 1).cast(pl.Int64).alias(count))
    return pl.DataFrame(columns)


def number_runs(rows: pl.DataFrame, *keys: str, within: str) -> pl.Series:
    """Number the runs of equal keys from 1 inside each run of `within`."""
    starts = rows.select(starts_run(within, *keys)).to_series()
    running = starts.cum_sum()
    is_outer_start = rows.select(starts_run(within)).to_series()
    outer_row = pl.select(
        pl.when(is_outer_start).then(row_numbers(rows)).forward_fill()
    ).to_series()
    return (running - running.gather(outer_row) + 1).cast(pl.Int64)


def _totals(values: pl.Series, starts: pl.Series, ends: pl.Series) -> pl.Series:
    counted = values.cast(pl.Int64).fill_null(0)
    running = counted.cum_sum()
    return running.gather(ends) - running.gather(starts) + counted.gather(starts)
