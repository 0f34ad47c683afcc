"""An invented shop's journey map and retention for the tests of the report: made up, consistent."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import sqrt
from typing import Any

import polars as pl

from pipeline.vocabulary import STAGE_NUMBER

# Where a stage is met, and by what: channel, event, reach; mean sentiment and how many told it.
_MET: dict[str, list[tuple[str, str, float]]] = {
    "need": [("ads", "ad_impression", 0.61), ("email", "email_open", 0.22)],
    "research": [("web", "search", 0.58), ("web", "view_item_list", 0.44), ("email", "news", 0.1)],
    "evaluation": [("web", "view_item", 0.83), ("store", "store_visit", 0.12)],
    "purchase": [("web", "begin_checkout", 0.79), ("web", "payment_error", 0.06)],
    "experience": [("delivery", "order_delivered", 0.94)],
    "outcome": [("reviews", "review", 0.7), ("returns", "return", 0.14)],
}
_FELT = {"purchase": (0, 41), "experience": (120, 30), "outcome": (310, 92)}
_STAYED_MS = {"need": 0, "research": 260_000, "evaluation": 7_400_000, "purchase": 130_000}
# stage, channel, event, outcome, lift, low, high, kind
Moment = tuple[str, str, str, str, float | None, float | None, float | None, str | None]
MOMENTS: list[Moment] = [
    ("need", "ads", "ad_click", "advanced", 3.08, 2.55, 3.71, "moment of truth"),
    ("evaluation", "web", "view_item", "advanced", 1.9, 1.4, 2.6, "moment of truth"),
    ("purchase", "web", "payment_error", "back", 2.93, 2.41, 3.57, "pain point"),
    ("purchase", "web", "payment_error", "left", 1.95, 1.2, 3.16, "pain point"),
    ("purchase", "web", "login", "left", 1.3, 0.8, 2.1, None),
]
_TARGETS = {"research": 0.5, "evaluation": 0.55, "purchase": 0.9}


def stage_map_frame(
    funnel: pl.DataFrame,
    *,
    shares: Mapping[str | None, float],
    felt: Mapping[str, tuple[int, int]] | None = None,
) -> pl.DataFrame:
    """Make marts.stage_map that fits a funnel: of all, and of segments in made-up parts."""
    told = _FELT if felt is None else felt
    rows = []
    for whole in funnel.iter_rows(named=True):
        for is_all, segment, share in (
            (True, None, 1.0),
            *((False, *part) for part in shares.items()),
        ):
            rows.append(_stage_row(whole, is_all, segment, share, told))
    schema = {
        "segment": pl.String,
        **dict.fromkeys(("mean_sentiment", "advance_target", "goal_target"), pl.Float64),
        **dict.fromkeys(("advance_status", "goal_status"), pl.String),
        **dict.fromkeys(("median_ms", "p90_ms"), pl.Int64),
        **{
            f"{name}_{part}": pl.Float64
            for name in ("advance", "goal")
            for part in ("rate", "low", "high")
        },
    }
    return pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)


def _stage_row(
    whole: Mapping[str, int],
    is_all: bool,
    segment: str | None,
    share: float,
    told: Mapping[str, tuple[int, int]],
) -> dict[str, object]:
    stage = str(whole["stage"])
    counts = ("reached", "visited", "advanced", "dropped", "open", "settled", "goal_met")
    count = {name: round(whole[name] * share) for name in counts}
    positive, negative = (round(each * share) for each in told.get(stage, (0, 0)))
    known = positive + negative
    resolved = count["reached"] - count["open"]
    worth = 21_000.0 + 3_000 * STAGE_NUMBER[stage]
    target = _TARGETS.get(stage)
    advance = _wilson(count["advanced"], 0 if stage == "outcome" else resolved)
    return {
        "is_all": is_all,
        "segment": segment,
        "stage": stage,
        "stage_no": STAGE_NUMBER[stage],
        "customers": round(count["reached"] / 1.31),
        **{name: count[name] for name in ("reached", "visited", "advanced", "open", "settled")},
        "lost": count["dropped"],
        "touches": 4 * count["visited"] + known,
        "known_sentiment": known,
        "positive": positive,
        "negative": negative,
        "mean_sentiment": (positive - negative) / known if known else None,
        "median_ms": _STAYED_MS.get(stage, 61_000_000) if count["visited"] else None,
        "p90_ms": 3_000_000_000 if count["visited"] else None,
        "goal_met": count["goal_met"],
        **dict(
            zip(
                ("goal_rate", "goal_low", "goal_high"),
                _wilson(count["goal_met"], resolved),
                strict=True,
            )
        ),
        "goal_target": None,
        "goal_status": None,
        **dict(zip(("advance_rate", "advance_low", "advance_high"), advance, strict=True)),
        "advance_target": target,
        "advance_status": _status(advance, target),
        "worth": worth,
        "opportunity": worth * count["dropped"],
    }


def _wilson(events: int, trials: int) -> tuple[float | None, float | None, float | None]:
    if not trials:
        return None, None, None
    share, z = min(1.0, events / trials), 1.96
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return share, max(0.0, middle - reach), min(1.0, middle + reach)


def _status(
    rate: tuple[float | None, float | None, float | None], target: float | None
) -> str | None:
    _, low, high = rate
    if target is None:
        return None
    if low is None or high is None:
        return "undecided"
    return "met" if low >= target else "missed" if high < target else "undecided"


def touchpoint_map_frame(
    stage_map: pl.DataFrame, met: Mapping[str, Sequence[tuple[str, str, float]]] | None = None
) -> pl.DataFrame:
    """Make marts.touchpoint_map of what is met at each stage of each map."""
    rows = [
        {
            **{name: stage[name] for name in ("is_all", "segment", "stage", "stage_no")},
            "channel": channel,
            "event": event,
            "reach": reach,
            "touches": round(2 * reach * stage["visited"]),
        }
        for stage in stage_map.iter_rows(named=True)
        if stage["visited"]
        for channel, event, reach in (_MET if met is None else met).get(stage["stage"], [])
    ]
    texts = ("segment", "stage", "channel", "event")
    return pl.DataFrame(
        rows,
        schema={
            "is_all": pl.Boolean,
            **dict.fromkeys(texts, pl.String),
            "stage_no": pl.Int64,
            "reach": pl.Float64,
            "touches": pl.Int64,
        },
    )


def journey_map_frame(touchpoint_map: pl.DataFrame) -> pl.DataFrame:
    """Make marts.journey_map of the touchpoints of each channel."""
    by = ("is_all", "segment", "stage", "stage_no", "channel")
    return touchpoint_map.group_by(by, maintain_order=True).agg(
        pl.col("reach").max(), pl.col("touches").sum()
    )


def moments_frame(
    rows: Sequence[Moment], segments: Sequence[tuple[bool, str | None]] = ((True, None),)
) -> pl.DataFrame:
    """Make marts.moments of drawn rows, the same in each segment."""
    names = ("stage", "channel", "event", "outcome", "lift", "low", "high", "kind")
    texts = ("segment", "stage", "channel", "event", "outcome", "kind")
    return pl.DataFrame(
        [
            {
                "is_all": is_all,
                "segment": segment,
                **dict(zip(names, row, strict=True)),
                "is_significant": row[-1] is not None,
            }
            for is_all, segment in segments
            for row in rows
        ],
        schema={
            "is_all": pl.Boolean,
            **dict.fromkeys(texts, pl.String),
            **dict.fromkeys(("lift", "low", "high"), pl.Float64),
            "is_significant": pl.Boolean,
        },
    )


def first_contact_frame(conversions: int, *, met: int, met_buying: int) -> pl.DataFrame:
    """Make marts.first_contact of all together."""
    has_met = met > 0
    return pl.DataFrame(
        [
            {
                "is_all": True,
                "segment": None,
                "conversions": conversions,
                "met": met,
                "met_buying": met_buying,
                "unmet": conversions - met - met_buying,
                "met_rate": met / conversions if conversions else None,
                "mean_touches_rate": 0.57 if has_met else None,
                "median_touches_rate": 0.52 if has_met else None,
                "mean_time_rate": 0.63 if has_met else None,
                "median_time_rate": 0.71 if has_met else None,
            }
        ]
    )


def retention_frame(cohorts: Sequence[tuple[date, int, int, int]]) -> pl.DataFrame:
    """Make queries/report/retention.sql of drawn cohorts: month, customers, months, ripe ones."""
    rows = [
        _cohort_row("month", cohort, month, customers, customers if month < ripe else None)
        for cohort, customers, months, ripe in cohorts
        for month in range(months)
    ]
    for month in range(max((months for _, _, months, _ in cohorts), default=0)):
        judged = sum(customers for _, customers, _, ripe in cohorts if month < ripe) or None
        everybody = sum(customers for _, customers, _, _ in cohorts)
        rows.append(_cohort_row("all", None, month, everybody, judged))
    return pl.DataFrame(
        rows,
        schema={
            "kind": pl.String,
            "cohort": pl.Date,
            **dict.fromkeys(("months_since", "customers", "judged", "repurchased"), pl.Int64),
            **dict.fromkeys(("rate", "low", "high", "value_per_customer"), pl.Float64),
        },
    )


def _cohort_row(
    kind: str, cohort: date | None, month: int, customers: int, judged: int | None
) -> dict[str, object]:
    bought = None if judged is None else judged * (month + 1) // 20
    rate, low, high = _wilson(bought or 0, judged or 0)
    return {
        "kind": kind,
        "cohort": cohort,
        "months_since": month,
        "customers": customers,
        "judged": judged,
        "repurchased": bought,
        "rate": rate,
        "low": low,
        "high": high,
        "value_per_customer": None if judged is None else 30_000.0 + 2_500 * month,
    }


def map_frames(
    funnel: pl.DataFrame,
    conversions: int,
    *,
    segments: Mapping[str | None, float] | None = None,
    met: Mapping[str, Sequence[tuple[str, str, float]]] | None = None,
    felt: Mapping[str, tuple[int, int]] | None = None,
    moments: Sequence[Moment] = tuple(MOMENTS),
) -> dict[str, Any]:
    """Make all frames of the journey map and of retention that fit a funnel."""
    shares = {"loyal": 0.3, "new": 0.5, None: 0.2} if segments is None else segments
    has_journeys = bool(funnel["reached"].sum())
    stage_map = stage_map_frame(funnel, shares=shares if has_journeys else {}, felt=felt)
    touchpoints = touchpoint_map_frame(stage_map, met)
    kinds = [(True, None), *((False, segment) for segment in shares)] if has_journeys else []
    cohorts = [(date(2026, 1 + n, 1), 60 + 7 * n, 11 - n, 10 - n) for n in range(11)]
    return {
        "stage_map": stage_map if has_journeys else stage_map.clear(),
        "touchpoint_map": touchpoints,
        "journey_map": journey_map_frame(touchpoints),
        "moments": moments_frame(moments, kinds),
        "first_contact": first_contact_frame(
            conversions, met=conversions // 9, met_buying=conversions // 5
        ),
        "retention": retention_frame(cohorts if has_journeys else []),
    }
