"""The total order of a customer's touches, and the pointers that an ordered frame makes cheap."""

import polars as pl

ROW = pl.UInt32  # the type that numbers rows of a shard

_TIE_BREAKERS = ("received_at", "source_rank", "source_seq", "rule_stage", "touchpoint_id")


def in_order(touches: pl.DataFrame) -> pl.DataFrame:
    """Sort touches by customer and time, ties by what the vendor said and then by stage and id.

    Only tied rows are sorted by all seven keys: on ten million touches the long key costs four
    times the short one, and few touches share their customer and instant with another.
    """
    rows = touches.sort("customer", "occurred_at")
    is_tied_to_last = _is_same(rows, "customer") & _is_same(rows, "occurred_at")
    is_tied = is_tied_to_last | is_tied_to_last.shift(-1, fill_value=False)
    if not is_tied.any():
        return rows
    tied = is_tied.arg_true()
    sorted_ties = (
        rows.select("customer", "occurred_at", *_TIE_BREAKERS)[tied]
        .with_columns(row=tied)
        .sort("customer", "occurred_at", *_TIE_BREAKERS, nulls_last=True)["row"]
    )
    return rows[row_numbers(rows).scatter(tied, sorted_ties)]


def row_numbers(rows: pl.DataFrame) -> pl.Series:
    """Number the rows of a frame from 0."""
    return pl.int_range(rows.height, dtype=ROW, eager=True).alias("row")


def starts_run(*keys: str) -> pl.Expr:
    """Say where a run of equal keys starts in an ordered frame; null equals nothing."""
    changed = [pl.col(key).ne_missing(pl.col(key).shift(1)) for key in keys]
    return pl.any_horizontal(*changed) | (pl.int_range(pl.len()) == 0)


def last_row(where: pl.Expr) -> pl.Expr:
    """Point each row to the last row, itself included, for which `where` holds; null if none."""
    return pl.when(where).then(pl.int_range(pl.len(), dtype=ROW)).forward_fill()


def last_row_before(where: pl.Expr) -> pl.Expr:
    """Point each row to the last row above it in its customer for which `where` holds.

    Needs the frame's `customer_row`, the row of the customer's first touch.
    """
    pointer = last_row(where).shift(1)
    return pl.when(pointer >= pl.col("customer_row")).then(pointer)


def stable_order(key: pl.Series) -> pl.Series:
    """List the rows that have a key, by key, and by row where the key is the same.

    Key and row ride in one number, whose sort leaves nothing open and is the fastest there is.
    """
    rows = pl.int_range(key.len(), dtype=pl.UInt64, eager=True)
    return ((key.cast(pl.UInt64) * 2**32 + rows).drop_nulls().sort() % 2**32).cast(ROW)


def scattered(height: int, rows: pl.Series, values: pl.Series) -> pl.Series:
    """Lay values at the given rows of a column of nulls."""
    return pl.repeat(None, height, dtype=values.dtype, eager=True).scatter(rows, values)


def _is_same(rows: pl.DataFrame, key: str) -> pl.Series:
    return (rows[key] == rows[key].shift(1)).fill_null(False)
