"""One stage of the journey map, from the people in it down to the money that is lost there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.feelings import Feeling, feeling
from pipeline.report.lengths import written_length
from pipeline.report.notation import Notation
from pipeline.report.texts import Texts
from pipeline.vocabulary import PASSING_EVENTS

_MOST_CHANNELS = 4
_MOST_TOUCHPOINTS = 4
_MOST_MOMENTS = 3
PAIN_POINT, MOMENT_OF_TRUTH = "pain point", "moment of truth"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class MapFrames:
    """The rows of one map: those of all segments together, or of one segment."""

    stages: pl.DataFrame
    channels: pl.DataFrame
    touchpoints: pl.DataFrame
    moments: pl.DataFrame


@dataclass(frozen=True)
class Met:
    """Where a stage's customers are met: a channel, or an event with its channel beside it."""

    name: str
    note: str
    reach: str
    width: float


@dataclass(frozen=True)
class Aim:
    """A rate that a stage achieves, in percent for its drawing, and its target if it has one."""

    name: str
    written: str
    interval: str
    width: float
    target_at: float | None
    status: str
    verdict: str


@dataclass(frozen=True)
class Moment:
    """A kind of touch that is followed by something more often than chance has it."""

    event: str
    channel: str
    told: str


@dataclass(frozen=True)
class StageColumn:
    """All that the map says of one stage, as written."""

    stage: str
    number: int
    name: str
    aim: str
    customers: str
    journeys: str
    channels: list[Met]
    more_channels: str
    touchpoints: list[Met]
    feeling: Feeling | None
    median: str
    p90: str
    aims: list[Aim]
    pains: list[Moment]
    truths: list[Moment]
    opportunity: str
    loss: str
    opportunity_width: float
    is_worst: bool


def stage_column(row: Row, frames: MapFrames, texts: Texts, notation: Notation) -> StageColumn:
    """Write one stage; its opportunity is drawn against the largest of its map."""
    stage = row["stage"]
    at_stage = pl.col("stage") == stage
    met = frames.channels.filter(at_stage)
    opportunity = float(row["opportunity"] or 0)
    largest = largest_opportunity(frames.stages)
    was_there = row["visited"] > 0
    return StageColumn(
        stage=stage,
        number=row["stage_no"],
        name=texts.node(stage, short=True),
        aim=texts.say(f"aim.{stage}"),
        customers=notation.number(row["customers"]),
        journeys=notation.number(row["reached"]),
        channels=_met(met, "channel", _MOST_CHANNELS, notation),
        more_channels=_more(met.height - _MOST_CHANNELS, texts, notation),
        touchpoints=_met(
            frames.touchpoints.filter(at_stage & ~pl.col("event").is_in(PASSING_EVENTS)),
            "event",
            _MOST_TOUCHPOINTS,
            notation,
        ),
        feeling=feeling(row, texts, notation),
        median=written_length(row["median_ms"], texts, notation) if was_there else "",
        p90=written_length(row["p90_ms"], texts, notation) if was_there else "",
        aims=[
            aim
            for name in ("advance", "goal")
            if (aim := _aim(name, row, texts, notation)) is not None
        ],
        pains=_moments(frames.moments.filter(at_stage), PAIN_POINT, texts, notation),
        truths=_moments(frames.moments.filter(at_stage), MOMENT_OF_TRUTH, texts, notation),
        loss=_loss(row, texts, notation),
        opportunity=notation.money(row["opportunity"] or 0),
        opportunity_width=round(100 * max(0.0, opportunity) / largest, 3) if largest else 0.0,
        is_worst=0 < largest == opportunity,
    )


def _loss(row: Row, texts: Texts, notation: Notation) -> str:
    """Say how many were lost, and what each would be worth if anybody knows."""
    lost = notation.number(row["lost"])
    if not row["lost"]:
        return texts.say("map.lost_none")
    if row["worth"] is None:
        return texts.say("map.lost_unknown", lost=lost)
    return texts.say("map.lost_times", lost=lost, worth=notation.money(row["worth"]))


def largest_opportunity(stages: pl.DataFrame) -> float:
    """Give what the stage is worth that loses most money; 0 where none loses any."""
    return max((float(each or 0) for each in stages["opportunity"]), default=0.0)


def _met(rows: pl.DataFrame, name: str, most: int, notation: Notation) -> list[Met]:
    names = ["event", "channel"] if name == "event" else ["channel"]
    widest = rows.sort("reach", "touches", *names, descending=[True, True, *[False] * len(names)])
    return [
        Met(
            name=row[name],
            note=row["channel"] if name == "event" else "",
            reach=notation.share(row["reach"]),
            width=round(100 * row["reach"], 3),
        )
        for row in widest.head(most).iter_rows(named=True)
    ]


def _more(left_out: int, texts: Texts, notation: Notation) -> str:
    return texts.say("state.more", more=notation.number(left_out)) if left_out > 0 else ""


def _aim(name: str, row: Row, texts: Texts, notation: Notation) -> Aim | None:
    """Write a rate of the stage; where no touch at all meets its goal there is nothing to rate."""
    rate, target = row[f"{name}_rate"], row[f"{name}_target"]
    if target is None and (rate is None or (name == "goal" and not row["goal_met"])):
        return None
    status = row[f"{name}_status"] or ""
    return Aim(
        name=texts.say(f"map.{name}"),
        written=notation.share(rate),
        interval=notation.interval(row[f"{name}_low"], row[f"{name}_high"]),
        width=round(100 * (rate or 0), 3),
        target_at=None if target is None else round(100 * target, 3),
        status=status,
        verdict=texts.say(f"map.{status}", target=notation.share(target)) if status else "",
    )


def _moments(rows: pl.DataFrame, kind: str, texts: Texts, notation: Notation) -> list[Moment]:
    """Write the strongest moments of a kind: those that are strong even at their lower bound."""
    strongest = (
        rows.filter((pl.col("kind") == kind) & pl.col("is_significant"))
        .sort(
            "low",
            "lift",
            "event",
            "channel",
            "outcome",
            descending=[True, True, False, False, False],
            nulls_last=True,
        )
        .head(_MOST_MOMENTS)
    )
    return [
        Moment(row["event"], row["channel"], _lift(row, texts, notation))
        for row in strongest.iter_rows(named=True)
    ]


def _lift(row: Row, texts: Texts, notation: Notation) -> str:
    outcome = texts.say(f"map.{row['outcome']}")
    if row["lift"] is None or row["low"] is None:
        return texts.say("map.only_then", outcome=outcome)
    return texts.say(
        "map.lift",
        outcome=outcome,
        lift=notation.number(row["lift"], decimals=1),
        low=notation.number(row["low"], decimals=1),
        high=notation.number(row["high"], decimals=1),
    )
