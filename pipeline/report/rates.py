"""Where journeys are lost, and how sure that is: by stage, by first channel, by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.contents import ReportData
from pipeline.report.notation import NOTHING, Notation
from pipeline.report.texts import Texts
from pipeline.vocabulary import LAST_STAGE_BEFORE, STAGES

# Only a journey that is not past its purchase can be dropped.
_STAGES_BEFORE = STAGES[:LAST_STAGE_BEFORE]
_MOST_CHANNELS = 12

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rate:
    """A drop-off rate with its interval, in percent for the drawing and as written."""

    written: str
    interval: str
    at: float | None
    low: float
    high: float
    counts: dict[str, str]
    heat: int = 0
    is_ripe: bool = True


@dataclass(frozen=True)
class RateRow:
    """A row of rates: a stage, a channel or a month."""

    name: str
    note: str
    rates: list[Rate | None]


def stage_rates(data: ReportData, texts: Texts, notation: Notation) -> list[RateRow]:
    """Give the drop-off of every stage before the purchase, over all journeys."""
    return [
        RateRow(
            texts.node(row["stage"], short=True), texts.node(row["stage"]), [_rate(row, notation)]
        )
        for row in stages_before_purchase(data.drop_off)
    ]


def channel_rates(data: ReportData, notation: Notation) -> tuple[list[RateRow], int]:
    """Give the drop-off by first channel, the busiest first, and how many channels there are."""
    found = data.drop_off.filter(
        (pl.col("dimension") == "channel") & pl.col("period").is_null()
    ).rows(named=True)
    # What a channel's journeys come to: each ends, or stays open, at one stage.
    size: dict[str, int] = {}
    for row in found:
        ended_here = row["settled"] + row["dropped"] + row["open"]
        size[row["dimension_value"]] = size.get(row["dimension_value"], 0) + ended_here
    busiest = sorted(size, key=lambda channel: (-size[channel], channel or ""))
    by_cell = {(row["dimension_value"], row["stage"]): row for row in found}
    rows = [
        RateRow(
            channel or NOTHING,
            notation.number(size[channel]),
            [_cell(by_cell.get((channel, stage)), notation) for stage in _STAGES_BEFORE],
        )
        for channel in busiest[:_MOST_CHANNELS]
    ]
    return rows, len(busiest)


def month_rates(data: ReportData, notation: Notation) -> list[RateRow]:
    """Give the drop-off by the month the journeys began, the unripe ones marked."""
    found = data.drop_off.filter(
        (pl.col("dimension") == "all") & pl.col("period").is_not_null()
    ).rows(named=True)
    by_cell = {(row["period"], row["stage"]): row for row in found}
    return [
        RateRow(
            notation.month(period),
            "",
            [_cell(by_cell.get((period, stage)), notation) for stage in _STAGES_BEFORE],
        )
        for period in sorted({row["period"] for row in found})
    ]


def _cell(row: Row | None, notation: Notation) -> Rate | None:
    return None if row is None else _rate(row, notation)


def _rate(row: Row, notation: Notation) -> Rate:
    decided = row["advanced"] + row["settled"] + row["dropped"]
    has_rate = row["rate"] is not None
    low, high = row["low"] or 0.0, row["high"] or 0.0
    return Rate(
        written=notation.share(row["rate"]),
        interval=notation.interval(row["low"], row["high"]),
        at=round(100 * row["rate"], 3) if has_rate else None,
        low=round(100 * low, 3),
        high=round(100 * high, 3),
        counts={
            "dropped": notation.number(row["dropped"]),
            "decided": notation.number(decided),
            "open": notation.number(row["open"]),
        },
        heat=min(9, int(10 * row["rate"])) if has_rate else 0,
        # All time ends with the cut-off and is never ripe; only months are judged by it.
        is_ripe=row["period"] is None or row["is_ripe"],
    )


def stages_before_purchase(drop_off: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of all journeys and all time, for the stages that can lose any."""
    kept = drop_off.filter(
        (pl.col("dimension") == "all")
        & pl.col("period").is_null()
        & pl.col("stage").is_in(_STAGES_BEFORE)
    )
    return kept.sort("stage_no").rows(named=True)
