"""Where journeys are lost, and how sure that is: by stage, by first channel, by month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipeline.report.contents import ReportData
from pipeline.report.notation import NOTHING, Notation
from pipeline.report.small_cells import OTHER
from pipeline.report.texts import Texts
from pipeline.vocabulary import LAST_STAGE_BEFORE, STAGES

# Only a journey that is not past its purchase can be dropped.
_STAGES_BEFORE = STAGES[:LAST_STAGE_BEFORE]
_MOST_CHANNELS = 12

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """A change against the month before that is more than chance."""

    meaning: str
    written: str
    told: str


@dataclass(frozen=True)
class Rate:
    """A drop-off rate with its interval, in percent for the drawing and as written."""

    written: str
    interval: str
    at: float | None
    low: float
    high: float
    counts: dict[str, str] = field(default_factory=dict)
    heat: int = 0
    is_ripe: bool = True
    is_estimate: bool = False
    turn: Turn | None = None


@dataclass(frozen=True)
class RateRow:
    """A row of rates: a stage, a channel or a month."""

    name: str
    note: str
    rates: list[Rate | None]


def believed(drop_off: pl.DataFrame) -> pl.DataFrame:
    """Put what can be believed in place of each rate: the estimate, where a rate is not final.

    A rate that is neither final nor estimated is too young to say anything, and becomes null.
    """
    is_final = pl.col("is_final")
    return drop_off.with_columns(
        is_estimate=~is_final & pl.col("estimate").is_not_null(),
        rate=pl.when(is_final).then("rate").otherwise("estimate"),
        low=pl.when(is_final).then("low").otherwise("estimate_low"),
        high=pl.when(is_final).then("high").otherwise("estimate_high"),
    )


def stage_rates(data: ReportData, texts: Texts, notation: Notation) -> list[RateRow]:
    """Give the drop-off of every stage before the purchase, over all journeys."""
    return [
        RateRow(
            texts.node(row["stage"], short=True),
            texts.node(row["stage"]),
            [_rate(row, texts, notation)],
        )
        for row in stages_before_purchase(data.drop_off)
    ]


def channel_rates(data: ReportData, texts: Texts, notation: Notation) -> tuple[list[RateRow], int]:
    """Give the drop-off by first channel, the busiest first, and how many channels there are."""
    of_all_time = (pl.col("dimension") == "channel") & pl.col("period").is_null()
    found = believed(data.drop_off.filter(of_all_time)).rows(named=True)
    # What a channel's journeys come to: each ends, or stays open, at one stage.
    size: dict[str, int] = {}
    for row in found:
        ended_here = row["settled"] + row["dropped"] + row["open"]
        size[row["dimension_value"]] = size.get(row["dimension_value"], 0) + ended_here
    busiest = sorted(size, key=lambda channel: (-size[channel], channel or ""))
    by_cell = {(row["dimension_value"], row["stage"]): row for row in found}
    rows = [
        RateRow(
            texts.say("page.other") if channel == OTHER else channel or NOTHING,
            notation.number(size[channel]),
            [_cell(by_cell.get((channel, stage)), texts, notation) for stage in _STAGES_BEFORE],
        )
        for channel in busiest[:_MOST_CHANNELS]
    ]
    return rows, len(busiest)


def month_rates(data: ReportData, texts: Texts, notation: Notation) -> list[RateRow]:
    """Give the drop-off by the month the journeys began, the unripe ones marked."""
    by_month = (pl.col("dimension") == "all") & pl.col("period").is_not_null()
    found = believed(data.drop_off.filter(by_month)).rows(named=True)
    by_cell = {(row["period"], row["stage"]): row for row in found}
    unripe = {row["period"] for row in found if not row["is_ripe"]}
    return [
        RateRow(
            notation.month(period),
            texts.say("month.unripe") if period in unripe else "",
            [_cell(by_cell.get((period, stage)), texts, notation) for stage in _STAGES_BEFORE],
        )
        for period in sorted({row["period"] for row in found})
    ]


def stages_before_purchase(drop_off: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of all journeys and all time, for the stages that can lose any."""
    kept = drop_off.filter(
        (pl.col("dimension") == "all")
        & pl.col("period").is_null()
        & pl.col("stage").is_in(_STAGES_BEFORE)
    )
    return believed(kept).sort("stage_no").rows(named=True)


def written_rate(row: Row, notation: Notation) -> str:
    """Write what is believed of a rate; an estimate bears its sign."""
    sign = "≈\u00a0" if row["is_estimate"] else ""
    return sign + notation.share(row["rate"])


def written_points(change: float, notation: Notation) -> str:
    """Write a change of a rate in points of a hundred, small ones with a decimal."""
    size = abs(100 * change)
    return ("+" if change > 0 else "−") + notation.number(size, decimals=0 if size >= 1 else 1)


def _cell(row: Row | None, texts: Texts, notation: Notation) -> Rate | None:
    return None if row is None else _rate(row, texts, notation)


def _rate(row: Row, texts: Texts, notation: Notation) -> Rate:
    decided = row["advanced"] + row["settled"] + row["dropped"]
    has_rate = row["rate"] is not None
    return Rate(
        written=written_rate(row, notation),
        interval=notation.interval(row["low"], row["high"]),
        at=round(100 * row["rate"], 3) if has_rate else None,
        low=round(100 * (row["low"] or 0.0), 3),
        high=round(100 * (row["high"] or 0.0), 3),
        counts={
            "dropped": notation.number(row["dropped"]),
            "decided": notation.number(decided),
            "open": notation.number(row["open"]),
        },
        heat=min(9, int(10 * row["rate"])) if has_rate else 0,
        # Where nobody ended or waits there is nothing to ripen.
        is_ripe=bool(row["is_ripe"]) or decided + row["open"] == 0,
        is_estimate=row["is_estimate"],
        turn=_turn(row, texts, notation) if row["is_significant"] else None,
    )


def _turn(row: Row, texts: Texts, notation: Notation) -> Turn:
    meaning = "up" if row["change"] > 0 else "down"
    # The change is one of rates: beside an estimate it would not add up.
    points = "" if row["is_estimate"] else written_points(row["change"], notation)
    month = notation.month(row["previous_period"])
    return Turn(meaning, points, texts.say(f"month.{meaning}", month=month))
