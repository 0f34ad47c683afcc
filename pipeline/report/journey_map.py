"""The journey map that agencies draw by hand, computed: of all together, and of each segment."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.contents import ReportData
from pipeline.report.feelings import MoodLine, mood_lines
from pipeline.report.notation import Notation
from pipeline.report.stage_columns import (
    MapFrames,
    StageColumn,
    stage_column,
)
from pipeline.report.texts import Texts

_MOST_SEGMENTS = 10


@dataclass(frozen=True)
class JourneyMap:
    """One map: its stages from left to right, and what its head says of the money."""

    name: str
    journeys: str
    customers: str
    head: str
    worst: str
    stages: list[StageColumn]
    mood_lines: list[MoodLine]
    has_feelings: bool


@dataclass(frozen=True)
class JourneyMaps:
    """The map of all together, those of the largest segments, and how many more there are."""

    whole: JourneyMap
    segments: list[JourneyMap]
    more: str


def journey_maps(data: ReportData, texts: Texts, notation: Notation) -> JourneyMaps | None:
    """Write the maps; none without journeys, and no segments where all are of one."""
    if not data.stage_map.filter(pl.col("is_all") & (pl.col("reached") > 0)).height:
        return None
    parts = data.stage_map.filter(~pl.col("is_all") & (pl.col("stage_no") == 1)).sort(
        "reached", "segment", descending=[True, False], nulls_last=True
    )
    names: list[str | None] = parts["segment"].to_list() if parts.height > 1 else []
    # Who has no segment is no persona, however many they are: they come last.
    named = [name for name in names if name is not None]
    shown: list[str | None] = [*named[:_MOST_SEGMENTS], *([None] if None in names else [])]
    left_out = len(names) - len(shown)
    return JourneyMaps(
        whole=_map(texts.say("map.all"), data, pl.col("is_all"), texts, notation),
        segments=[
            _map(
                texts.say("map.no_segment") if name is None else name,
                data,
                ~pl.col("is_all") & pl.col("segment").eq_missing(pl.lit(name, pl.String)),
                texts,
                notation,
            )
            for name in shown
        ],
        more=texts.say("state.more", more=notation.number(left_out)) if left_out else "",
    )


def _map(
    name: str, data: ReportData, is_of_it: pl.Expr, texts: Texts, notation: Notation
) -> JourneyMap:
    frames = MapFrames(
        stages=data.stage_map.filter(is_of_it).sort("stage_no"),
        channels=data.journey_map.filter(is_of_it),
        touchpoints=data.touchpoint_map.filter(is_of_it),
        moments=data.moments.filter(is_of_it),
    )
    rows = frames.stages.rows(named=True)
    stages = [stage_column(row, frames, texts, notation) for row in rows]
    return JourneyMap(
        name=name,
        journeys=stages[0].journeys,
        customers=stages[0].customers,
        head=_of_worst("map.head", rows, texts, notation) or texts.say("map.head_nothing"),
        worst=_of_worst("map.worst", rows, texts, notation),
        stages=stages,
        mood_lines=mood_lines([stage.feeling for stage in stages]),
        has_feelings=any(stage.feeling for stage in stages),
    )


def _of_worst(key: str, rows: list[dict[str, Any]], texts: Texts, notation: Notation) -> str:
    """Say which stage loses most money; nothing where none is known to lose any."""
    worst = max(rows, key=lambda row: row["opportunity"] or 0)
    if not (worst["opportunity"] or 0) > 0:
        return ""
    return texts.say(
        "map.head_one" if key == "map.head" and worst["lost"] == 1 else key,
        stage=texts.node(worst["stage"], short=True),
        lost=notation.number(worst["lost"]),
        worth=notation.money(worst["worth"]),
        opportunity=notation.money(worst["opportunity"]),
        all=notation.money(sum(row["opportunity"] or 0 for row in rows)),
        currency=notation.currency,
    )
