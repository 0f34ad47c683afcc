"""What goes wrong between a vendor and the landing folder: late, twice, and broken."""

from dataclasses import dataclass

import polars as pl

from pipeline.sample.draw import scramble
from pipeline.sample.season import FIRST_DAY, LAST_DAY
from pipeline.sample.text import local

_MONTHS = (LAST_DAY.year - FIRST_DAY.year) * 12 + LAST_DAY.month - FIRST_DAY.month
_BROKEN_PER_MILLE = 3


@dataclass(frozen=True, slots=True)
class Faults:
    """How many in a thousand records come late, or twice, and what a line's time looks like.

    The first match of `clock` is the time of a line; `no_clock` is what a broken clock shows.
    """

    clock: str
    late: int = 0
    twice: int = 0
    no_clock: str = "sin hora"
    is_json: bool = False


def deliver(records: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Put records into monthly files: month_no (from 0), at, record, in the order of the file.

    A late batch lies in the file of the month after, and so does the second copy of what comes
    twice. A broken line stands beside the whole one: the vendor tried twice, and nothing is lost.
    """
    month = local("at").dt.year() * 12 + local("at").dt.month()
    first = FIRST_DAY.year * 12 + FIRST_DAY.month
    is_late = _some(records, faults.late, salt=61)
    placed = records.with_columns(
        month_no=(month.cast(pl.Int64) - first + is_late.cast(pl.Int64)).clip(0, _MONTHS)
    )
    comes_twice = _some(records, faults.twice, salt=62)
    again = placed.filter(comes_twice).with_columns(
        month_no=(pl.col("month_no") + 1).clip(0, _MONTHS)
    )
    broken = _break_lines(placed.filter(_some(records, _BROKEN_PER_MILLE, salt=63)), faults)
    return (
        pl.concat([placed, again, broken])
        .select("month_no", "at", "record")
        .sort("month_no", "at", maintain_order=True)
    )


def _some(records: pl.DataFrame, per_mille: int, *, salt: int) -> pl.Series:
    """Mark so many in a thousand batches, always the same ones."""
    return pl.Series(scramble(records["batch"].to_numpy(), salt=salt) % 1000 < per_mille)


def _break_lines(records: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Cut every other line short; the others keep their length and lose their time."""
    line = pl.col("record")
    two_fields = line.str.extract("^([^,]*,[^,]*),", 1)
    half = line.str.slice(0, line.str.len_chars() * 3 // 5)
    cut = half if faults.is_json else two_fields
    timeless = line.str.replace(faults.clock, faults.no_clock)
    is_cut = pl.int_range(pl.len()) % 2 == 0
    return records.with_columns(record=pl.when(is_cut).then(cut).otherwise(timeless))
