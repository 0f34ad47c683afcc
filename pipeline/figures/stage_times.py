"""How long it takes from a stage to a deeper one, with those who may yet go on told rightly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.figures.survival import (
    Hazards,
    Numbers,
    hazards,
    interval_left,
    quotient,
    shares_left,
)

CELL = ("dimension", "dimension_value")
_MARKS = {"1h": 3_600_000, "1d": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000}
_BLOCK = 500  # cells that are laid out as a table at once
# A share that falls short of a half by rounding is a half.
_SLACK = 1e-9


@dataclass(frozen=True)
class Waits:
    """Of each cell (row) and bin of time (column): who went on, after how long, and who has not."""

    went_on: Numbers
    went_on_ms: Numbers
    not_yet: Numbers

    def hazards(self) -> Hazards:
        """Tell the hazards of going on."""
        return hazards(self.went_on, self.not_yet)


def time_to_next_stage(times: pl.DataFrame, silence_ms: int) -> pl.DataFrame:
    """Tell of each cell over all months how many go on from a stage within which time.

    `times` is marts.stage_times. Who passed a stage by never was in it: those are counted as
    reached, and have no part in the times.
    """
    bins = bins_of(times, silence_ms)
    marks = {**_MARKS, "silence": silence_ms}
    columns = {name: int(np.searchsorted(bins, mark)) for name, mark in marks.items()}
    waited = times.with_columns(went_on=pl.col("went_on") - pl.col("passed"))
    cells = (
        times.group_by("stage", "stage_no", *CELL)
        .agg(
            reached=(pl.col("went_on") + pl.col("not_yet")).sum(),
            arrived=(pl.col("went_on") - pl.col("passed") + pl.col("not_yet")).sum(),
        )
        .sort(*CELL, "stage_no")
    )
    told = [
        block.hstack(_times_of(waits_of(waited, block, ("stage_no", *CELL), bins), columns))
        for block in in_blocks(cells)
    ]
    return pl.concat(told)


def bins_of(times: pl.DataFrame, silence_ms: int) -> NDArray[np.int64]:
    """List all bins by their longest times; where a share is asked for, one ends anyway."""
    return np.union1d(times["within_ms"].to_numpy(), [*_MARKS.values(), silence_ms])


def in_blocks(cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give the cells piece by piece: a shop may have a hundred thousand campaigns."""
    for start in range(0, max(cells.height, 1), _BLOCK):
        yield cells.slice(start, _BLOCK)


def waits_of(
    times: pl.DataFrame, cells: pl.DataFrame, keys: Sequence[str], bins: NDArray[np.int64]
) -> Waits:
    """Lay out the counts of some cells, which `keys` tell apart."""
    rows = cells.select(keys).with_row_index("row")
    placed = times.join(rows, on=list(keys), nulls_equal=True)
    at = placed["row"].cast(pl.Int64).to_numpy() * len(bins) + np.searchsorted(
        bins, placed["within_ms"]
    )

    def laid_out(name: str) -> Numbers:
        counts = np.zeros(cells.height * len(bins))
        np.add.at(counts, at, placed[name].to_numpy())
        return counts.reshape(cells.height, len(bins))

    return Waits(laid_out("went_on"), laid_out("went_on_ms"), laid_out("not_yet"))


def _times_of(waits: Waits, columns: dict[str, int]) -> pl.DataFrame:
    found = waits.hazards()
    gone = 1 - shares_left(found)
    within = {f"within_{name}_rate": gone[:, column] for name, column in columns.items()}
    low, high = interval_left(found, columns["silence"])
    by_silence = gone[:, columns["silence"]]
    return pl.DataFrame(
        {
            **within,
            "within_silence_low": 1 - high,
            "within_silence_high": 1 - low,
            "median_ms": _time_of(waits, gone, np.full_like(by_silence, 0.5)),
            "p90_ms": _time_of(waits, gone, np.full_like(by_silence, 0.9)),
            "gone_median_ms": _time_of(waits, gone, 0.5 * by_silence),
            "gone_p90_ms": _time_of(waits, gone, 0.9 * by_silence),
        },
        nan_to_null=True,
    )


def _time_of(waits: Waits, gone: Numbers, share: Numbers) -> Numbers:
    """Tell when so large a share has gone on: the mean time of its bin, nan if it never comes."""
    is_there = gone >= share[:, None] - _SLACK
    column = np.argmax(is_there, axis=1)[:, None]
    mean = quotient(
        np.take_along_axis(waits.went_on_ms, column, axis=1),
        np.take_along_axis(waits.went_on, column, axis=1),
    )
    return np.where(is_there.any(axis=1), np.round(mean[:, 0]), np.nan)
