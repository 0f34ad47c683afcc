"""What each section of the page says: frames in, written figures out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.contents import ReportData
from pipeline.report.layout import START, Link
from pipeline.report.notation import Notation
from pipeline.report.rates import stages_before_purchase
from pipeline.report.texts import Texts
from pipeline.vocabulary import STATES

_FUNNEL_COUNTS = (
    "reached",
    "visited",
    "skipped",
    "advanced",
    "dropped",
    "open",
    "settled",
    "converted",
)
# The parts of a bar in the order in which they are drawn; together they are `reached`.
_FUNNEL_PARTS = ("advanced", "settled", "open", "dropped")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One key figure: what it is, how much, and a word beside it."""

    label: str
    written: str
    note: str
    meaning: str = ""


@dataclass(frozen=True)
class Segment:
    """A piece of a bar, in percent of the drawing's width."""

    meaning: str
    start: float
    width: float
    told: str


@dataclass(frozen=True)
class FunnelRow:
    """A stage of the funnel: its counts as written, and its bar."""

    stage: str
    name: str
    counts: dict[str, str]
    segments: list[Segment]


def links_of(stage_flow: pl.DataFrame) -> list[Link]:
    """Read the flow's links; one without journeys has no ribbon."""
    return [
        Link(row["origin"], row["target"], row["journeys"], float(row["value"] or 0))
        for row in stage_flow.filter(pl.col("journeys") > 0).iter_rows(named=True)
    ]


def headline(data: ReportData, texts: Texts, notation: Notation) -> list[str]:
    """Say the sentences that matter most: how many, how many bought, and where most are lost."""
    summary = _summary(data)
    if not summary["journeys"]:
        return [texts.say("headline.nothing")]
    key = "headline.began_one" if summary["journeys"] == 1 else "headline.began"
    sentences = [texts.say(key, journeys=notation.number(summary["journeys"]))]
    decided = summary["converted"] + summary["dropped"]
    if decided:
        share = notation.share(summary["converted"] / decided)
        sentences.append(texts.say("headline.converted", share=share))
    worst = max(stages_before_purchase(data.drop_off), key=_lost_in_the_end, default=None)
    if worst is not None and _lost_in_the_end(worst):
        sentences.append(
            texts.say(
                "headline.lost",
                stage=texts.node(worst["stage"], short=True),
                rate=notation.share(worst["rate"]),
                interval=notation.interval(worst["low"], worst["high"]),
            )
        )
    return sentences


def _lost_in_the_end(row: Row) -> float:
    """Count how many of those that reached a stage are lost there, by what is believed of it."""
    reached: int = sum(row[name] for name in ("advanced", "settled", "dropped", "open"))
    return reached * (row["rate"] or 0)


def selected(data: ReportData, texts: Texts, notation: Notation) -> list[str]:
    """Say which journeys the page is about, where it is not about all."""
    told = []
    if data.from_date:
        told.append(texts.say("page.only_from", day=notation.day(data.from_date)))
    if data.to_date:
        told.append(texts.say("page.only_to", day=notation.day(data.to_date)))
    if data.segment is not None:
        told.append(texts.say("page.only_segment", segment=data.segment))
    return told


def key_figures(data: ReportData, texts: Texts, notation: Notation) -> list[Figure]:
    """Write the five figures under the headline."""
    row = _summary(data)
    decided = row["converted"] + row["dropped"]
    per_customer = row["journeys"] / row["customers"] if row["customers"] else 0
    converted = notation.share(row["converted"] / decided if decided else None)
    notes = {
        "journeys": {"rate": notation.number(per_customer, decimals=2)},
        "customers": {},
        "converted": {"share": converted},
        "open": {"bought": notation.number(row["open_converted"])},
    }
    figures = [
        Figure(
            texts.say(f"key.{name}"),
            notation.number(row[name]),
            texts.say(f"key.{name}_note", **figures),
            name,
        )
        for name, figures in notes.items()
    ]
    label = texts.say("key.revenue", currency=data.currency)
    revenue = notation.money(row["revenue"] or 0)
    return [*figures, Figure(label, revenue, texts.say("key.revenue_note"), "revenue")]


def state_totals(data: ReportData, texts: Texts, notation: Notation) -> list[Figure]:
    """Count journeys by the state they are in today: the legend of the flow."""
    links = links_of(data.stage_flow)
    began = sum(link.journeys for link in links if link.origin == START)
    totals: dict[str, int] = {}
    for link in links:
        if link.is_exit:
            totals[link.target] = totals.get(link.target, 0) + link.journeys
    known = [state for state in STATES if state in totals]
    return [
        Figure(
            texts.node(state),
            notation.number(totals[state]),
            notation.share(totals[state] / began),
            state,
        )
        for state in [*known, *sorted(totals.keys() - set(known))]
    ]


def funnel_rows(data: ReportData, texts: Texts, notation: Notation) -> list[FunnelRow]:
    """Sum the funnel over days, channels and segments, stage by stage."""
    summed = data.stage_funnel.group_by("stage", "stage_no").agg(pl.col(*_FUNNEL_COUNTS).sum())
    rows = summed.sort("stage_no").rows(named=True)
    most = max((row["reached"] for row in rows), default=0) or 1
    return [
        FunnelRow(
            stage=row["stage"],
            name=texts.node(row["stage"], short=True),
            counts={name: notation.number(row[name]) for name in _FUNNEL_COUNTS},
            segments=_segments(row, most, texts, notation),
        )
        for row in rows
    ]


def _segments(row: Row, most: int, texts: Texts, notation: Notation) -> list[Segment]:
    segments, start = [], 0.0
    for part in _FUNNEL_PARTS:
        width = 100 * row[part] / most
        told = f"{texts.say(f'funnel.{part}')}: {notation.number(row[part])}"
        if row["reached"]:
            told += f" ({notation.share(row[part] / row['reached'])})"
        segments.append(Segment(part, round(start, 3), round(width, 3), told))
        start += width
    return segments


def _summary(data: ReportData) -> dict[str, Any]:
    return data.journeys.row(0, named=True)
