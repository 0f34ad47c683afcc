"""An invented shop's published frames for the tests of the report: made up, and consistent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from typing import Any

import polars as pl

from pipeline.report import ReportData
from pipeline.vocabulary import STAGE_NUMBER, STAGES
from tests.credit_frames import attribution_frame, pace_frame
from tests.map_frames import map_frames

# origin, target, journeys, value
FLOW: list[tuple[str, str, int, float]] = [
    ("start", "need", 6812, 148_220_000),
    ("start", "research", 3954, 96_410_000),
    ("start", "evaluation", 1207, 41_300_000),
    ("start", "purchase", 231, 9_800_000),
    ("start", "experience", 74, 0),
    ("start", "outcome", 68, 0),
    ("need", "research", 3120, 98_000_000),
    ("need", "evaluation", 742, 31_200_000),
    ("need", "purchase", 58, 19_020_000),
    ("need", "dropped", 2214, 0),
    ("need", "open", 678, 0),
    ("research", "evaluation", 4386, 170_000_000),
    ("research", "purchase", 214, 24_410_000),
    ("research", "dropped", 1893, 0),
    ("research", "open", 581, 0),
    ("evaluation", "purchase", 3089, 242_500_000),
    ("evaluation", "dropped", 2618, 0),
    ("evaluation", "open", 628, 0),
    ("purchase", "experience", 1688, 152_000_000),
    ("purchase", "outcome", 266, 28_000_000),
    ("purchase", "kept", 401, 52_000_000),
    ("purchase", "open", 553, 63_730_000),
    ("purchase", "dropped", 684, 0),
    ("experience", "outcome", 742, 71_000_000),
    ("experience", "kept", 548, 49_000_000),
    ("experience", "open", 472, 32_000_000),
    ("outcome", "repurchased", 318, 36_000_000),
    ("outcome", "advocated", 274, 24_000_000),
    ("outcome", "kept", 61, 6_000_000),
    ("outcome", "open", 122, 13_000_000),
    ("outcome", "detracted", 87, 8_000_000),
    ("outcome", "returned", 214, 12_000_000),
]
# position, origin, target, journeys, value; a target with a stage stands at the next position
PATH_FLOW: list[tuple[int, str, str, int, float]] = [
    (0, "start", "need/ads", 300, 1_000),
    (0, "start", "research/web", 700, 8_000),
    (1, "need/ads", "research/web", 100, 700),
    (1, "need/ads", "other", 20, 300),
    (1, "need/ads", "open", 30, 0),
    (1, "need/ads", "dropped", 150, 0),
    (1, "research/web", "evaluation/web", 400, 6_000),
    (1, "research/web", "purchase/store", 50, 2_000),
    (1, "research/web", "open", 50, 0),
    (1, "research/web", "dropped", 200, 0),
    (2, "research/web", "evaluation/web", 60, 700),
    (2, "research/web", "dropped", 40, 0),
    (2, "evaluation/web", "research/web", 150, 2_000),
    (2, "evaluation/web", "purchase/web", 120, 4_000),
    (2, "evaluation/web", "open", 30, 0),
    (2, "evaluation/web", "dropped", 100, 0),
    (2, "purchase/store", "experience/delivery", 30, 1_300),
    (2, "purchase/store", "kept", 20, 700),
    (2, "other", "purchase/web", 8, 300),
    (2, "other", "dropped", 12, 0),
    (3, "research/web", "evaluation/web", 80, 2_000),
    (3, "research/web", "open", 20, 0),
    (3, "research/web", "dropped", 50, 0),
    (3, "evaluation/web", "purchase/web", 40, 700),
    (3, "evaluation/web", "dropped", 20, 0),
    (3, "purchase/web", "experience/email", 88, 3_000),
    (3, "purchase/web", "kept", 25, 900),
    (3, "purchase/web", "open", 15, 400),
    (3, "experience/delivery", "outcome/reviews", 10, 500),
    (3, "experience/delivery", "kept", 15, 700),
    (3, "experience/delivery", "returned", 5, 100),
    (4, "evaluation/web", "truncated", 50, 2_000),
    (4, "evaluation/web", "dropped", 30, 0),
    (4, "purchase/web", "truncated", 30, 500),
    (4, "purchase/web", "open", 10, 200),
    (4, "experience/email", "advocated", 30, 1_000),
    (4, "experience/email", "repurchased", 28, 1_200),
    (4, "experience/email", "kept", 20, 600),
    (4, "experience/email", "detracted", 10, 200),
    (4, "outcome/reviews", "advocated", 6, 400),
    (4, "outcome/reviews", "detracted", 4, 100),
]
# path until the purchase, journeys, conversions, dropped, median in ms, value
PATHS: list[tuple[str, int, int, int, int | None, float]] = [
    ("research", 400, 100, 250, 240_000, 4_000),
    ("research → evaluation", 300, 120, 130, 5_400_000, 3_000),
    ("need", 200, 0, 150, None, 0),
    ("start", 50, 50, 0, 0, 1_800),
    ("research → evaluation → research → …", 30, 0, 0, None, 0),
    ("other", 20, 10, 5, 950_400_000, 200),
]
CHANNELS = {"ads": 0.36, "web": 0.31, "email": 0.19, "store": 0.11, "support": 0.03}
# How much more or less each channel loses than the whole.
_LEAN = {"ads": 1.16, "web": 1.0, "email": 0.87, "store": 0.74, "support": 1.05}
_RECORDS = {"web": 84_210, "ads": 31_877, "email": 12_040, "pos": 2_931}
# What marts.drop_off has of a month that is compared with no other.
NEVER_COMPARED = {
    "previous_period": pl.Date,
    **dict.fromkeys(("previous_rate", "change", "p_value", "q_value"), pl.Float64),
}
_CUT_OFF = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
_FIRST = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)


def flow_frame(rows: Sequence[tuple[str, str, int, float]]) -> pl.DataFrame:
    """Make marts.stage_flow of drawn rows."""
    return pl.DataFrame(rows, schema=["origin", "target", "journeys", "value"], orient="row")


def path_flow_frame(rows: Sequence[tuple[int, str, str, int, float]]) -> pl.DataFrame:
    """Make marts.path_flow of drawn rows."""
    told: list[dict[str, object]] = []
    for position, origin, target, journeys, value in rows:
        goes_on = "/" in target or target == "other"
        row: dict[str, object] = {
            "position": position,
            "origin": origin,
            "target_position": position + 1 if goes_on else None,
            "target": target,
            "journeys": journeys,
            "value": value,
        }
        for end, name in (("origin", origin), ("target", target)):
            stage, _, channel = name.partition("/")
            row[f"{end}_stage"] = stage if channel else None
            row[f"{end}_channel"] = channel or None
        told.append(row)
    texts = ("origin", "target")
    return pl.DataFrame(
        told,
        schema={
            "position": pl.Int64,
            **{f"{end}{part}": pl.String for end in texts for part in ("", "_stage", "_channel")},
            "target_position": pl.Int64,
            "journeys": pl.Int64,
            "value": pl.Float64,
        },
    )


def paths_frame(
    rows: Sequence[tuple[str, int, int, int, int | None, float]],
) -> pl.DataFrame:
    """Make marts.paths of drawn rows: its stages until the purchase."""
    told = []
    for path, journeys, conversions, dropped, median_ms, value in rows:
        decided = conversions + dropped
        low, high = _wilson(conversions, decided) if decided else (None, None)
        told.append(
            {
                "grain": "stage",
                "until": "purchase",
                "path": path,
                "steps": None if path == "other" else (path != "start") + path.count("→"),
                "is_cut": None if path == "other" else path.endswith("…"),
                "journeys": journeys,
                "conversions": conversions,
                "dropped": dropped,
                "conversion_rate": conversions / decided if decided else None,
                "conversion_low": low,
                "conversion_high": high,
                "median_ms": median_ms,
                "value": value,
            }
        )
    return pl.DataFrame(
        told,
        schema={
            **dict.fromkeys(("grain", "until", "path"), pl.String),
            **dict.fromkeys(("steps", "journeys", "conversions", "dropped"), pl.Int64),
            "is_cut": pl.Boolean,
            "median_ms": pl.Int64,
            **{f"conversion_{name}": pl.Float64 for name in ("rate", "low", "high")},
            "value": pl.Float64,
        },
    )


def funnel_frame(
    rows: Sequence[tuple[str, str, int, float]], *, channel: str = "web"
) -> pl.DataFrame:
    """Make marts.stage_funnel that fits a flow: one day, one channel, one traffic."""
    made = []
    for stage in STAGES:
        ends = {
            target: n for origin, target, n, _ in rows if origin == stage and target not in STAGES
        }
        dropped, still_open = ends.pop("dropped", 0), ends.pop("open", 0)
        reached = _ended_at_or_beyond(rows, stage)
        came_through = sum(n for _, target, n, _ in rows if target == stage)
        # Some of those that skipped the stage came back to it.
        visited = came_through + (reached - came_through) // 10
        made.append(
            {
                "stage": stage,
                "stage_no": STAGE_NUMBER[stage],
                "day": _FIRST.date(),
                "first_channel": channel,
                "first_traffic": "direct",
                "segment": None,
                "reached": reached,
                "visited": visited,
                "skipped": reached - visited,
                "advanced": reached - dropped - still_open - sum(ends.values()),
                "dropped": dropped,
                "open": still_open,
                "settled": sum(ends.values()),
                "converted": min(_converted(rows), reached - dropped),
                "goal_met": reached // 2,
            }
        )
    return pl.DataFrame(made)


def _converted(rows: Sequence[tuple[str, str, int, float]]) -> int:
    return round(0.231 * sum(journeys for origin, _, journeys, _ in rows if origin == "start"))


def _ended_at_or_beyond(rows: Sequence[tuple[str, str, int, float]], stage: str) -> int:
    deep_enough = STAGES[STAGE_NUMBER[stage] - 1 :]
    return sum(n for origin, target, n, _ in rows if origin in deep_enough and target not in STAGES)


def _wilson(lost: int, of: int) -> tuple[float, float]:
    share, z = lost / of, 1.96
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def drop_off_row(
    counts: Mapping[str, int],
    stage: str,
    dimension: str,
    value: str | None,
    period: date | None = None,
) -> dict[str, object]:
    """Make one row of marts.drop_off from its counts; no rate where no journey ended.

    What is not ripe is not final: its estimate lies a tenth of the way from the rate to 1.
    """
    ended = counts["advanced"] + counts["settled"] + counts["dropped"]
    low, high = _wilson(counts["dropped"], ended) if ended else (None, None)
    is_ripe = period is not None and period < date(2026, 8, 1)
    has_estimate = bool(ended) and not is_ripe and STAGE_NUMBER[stage] <= 4
    return {
        "stage": stage,
        "stage_no": STAGE_NUMBER[stage],
        "dimension": dimension,
        "dimension_value": value,
        "period": period,
        **counts,
        "undecided": counts["open"] if STAGE_NUMBER[stage] <= 3 else 0,
        "rate": counts["dropped"] / ended if ended else None,
        "low": low,
        "high": high,
        "is_ripe": is_ripe,
        "is_final": is_ripe,
        **{
            name: bound + (1 - bound) / 10 if has_estimate and bound is not None else None
            for name, bound in (
                ("estimate", counts["dropped"] / (ended or 1)),
                ("estimate_low", low),
                ("estimate_high", high),
            )
        },
        **dict.fromkeys(NEVER_COMPARED),
        "is_significant": False,
    }


def with_rows(drop_off: pl.DataFrame, *rows: dict[str, Any]) -> pl.DataFrame:
    """Put these rows of marts.drop_off in place of those of the same cell."""
    drawn = pl.DataFrame(rows, schema=drop_off.schema)
    cell = ["stage", "dimension", "dimension_value", "period"]
    others = drop_off.join(drawn, on=cell, how="anti", nulls_equal=True)
    return pl.concat([others, drawn])


def month(period: date, lost: int, **told: Any) -> dict[str, Any]:
    """Draw a month of which a hundred journeys ended; what is told may also name its cell."""
    cell = (told.pop("stage", "need"), told.pop("dimension", "all"), told.pop("value", None))
    counts = {"advanced": 100 - lost, "settled": 0, "dropped": lost, "open": 0}
    return {**drop_off_row(counts, *cell, period), **told}


def turned(before: int, now: int, **told: Any) -> list[dict[str, Any]]:
    """Draw May and June, which differ by more than chance."""
    named = told.keys() & {"stage", "dimension", "value"}
    cell: dict[str, Any] = {name: told.pop(name) for name in named}
    june: dict[str, Any] = {
        "previous_period": date(2026, 5, 1),
        "previous_rate": before / 100,
        "change": (now - before) / 100,
        "p_value": 0.0001,
        "q_value": 0.004,
        "is_significant": True,
    }
    return [
        month(date(2026, 5, 1), before, **cell),
        month(date(2026, 6, 1), now, **{**cell, **june, **told}),
    ]


def drop_off_frame(
    funnel: pl.DataFrame, *, channels: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """Make marts.drop_off that fits a funnel, by channel and month in made-up parts."""
    shares = CHANNELS if channels is None else channels
    months = [date(2026, month, 1) for month in range(3, 12)]
    rows = []
    for whole in funnel.iter_rows(named=True):
        stage = whole["stage"]
        counts = {name: whole[name] for name in ("advanced", "settled", "dropped", "open")}
        rows.append(drop_off_row(counts, stage, "all", None))
        for channel, share in shares.items():
            part = _part(counts, share, _LEAN.get(channel, 1.0))
            rows.append(drop_off_row(part, stage, "channel", channel))
        for place, month in enumerate(months):
            part = _part(counts, 1 / len(months), 1.08 - place * 0.03)
            rows.append(drop_off_row(part, stage, "all", None, month))
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=NEVER_COMPARED)


def _part(counts: Mapping[str, int], share: float, lean: float) -> dict[str, int]:
    part = {name: round(count * share) for name, count in counts.items()}
    moved = min(part["advanced"], round(part["dropped"] * (lean - 1)))
    return {**part, "dropped": part["dropped"] + moved, "advanced": part["advanced"] - moved}


def loads_frame() -> pl.DataFrame:
    """Make ops.loads: some nights of five sources, and one file refused whole."""
    rows = []
    for night in range(6):
        for source, records in _RECORDS.items():
            duplicates, rejected = records // 61, records // 940
            at = _CUT_OFF - timedelta(days=5 - night)
            rows.append(
                {
                    "load_id": f"{source}{night}",
                    "run_id": f"run{night}",
                    "source": source,
                    "file": f"landing/{source}/{at:%Y-%m-%d}.ndjson.gz",
                    "bytes": records * 312,
                    "sha256": "0" * 64,
                    "records": records,
                    "accepted": records - duplicates - rejected,
                    "duplicates": duplicates,
                    "rejected": rejected,
                    "touches": records - duplicates - rejected,
                    "loaded_at": at,
                    "first_at": at - timedelta(days=1),
                    "last_at": at,
                    "refused_reason": None,
                    "refused_detail": None,
                }
            )
    refused = {
        **rows[-1],
        "load_id": "refused",
        "file": "landing/pos/2026-11-20-b.csv",
        **dict.fromkeys(("records", "accepted", "duplicates", "rejected", "touches"), 0),
        "refused_reason": "no_column",
        "refused_detail": "expected a column 'total'; found fecha, tienda, monto",
    }
    return pl.DataFrame([*rows, refused], infer_schema_length=None)


def report_data(
    rows: Sequence[tuple[str, str, int, float]] = tuple(FLOW),
    *,
    project: str = "Flores del Sur",
    channels: Mapping[str, float] | None = None,
    revenue: float = 318_442_190,
    currency: str = "CLP",
    path_flow: Sequence[tuple[int, str, str, int, float]] | None = None,
) -> ReportData:
    """Make everything that a page needs of a drawn flow."""
    flow, funnel = flow_frame(rows), funnel_frame(rows)
    began = sum(journeys for origin, _, journeys, _ in rows if origin == "start")
    by_state = {
        state: sum(journeys for _, target, journeys, _ in rows if target == state)
        for state in ("open", "dropped")
    }
    summary = {
        "journeys": began,
        "customers": round(began / 1.31),
        "open": by_state["open"],
        "open_converted": round(by_state["open"] * 0.37),
        "dropped": by_state["dropped"],
        "converted": _converted(rows),
        "revenue": revenue,
        "first_began_at": _FIRST if began else None,
        "last_began_at": _CUT_OFF - timedelta(hours=3) if began else None,
    }
    return ReportData(
        project=project,
        currency=currency,
        time_zone="America/Santiago",
        cut_off=_CUT_OFF,
        made_at=_CUT_OFF + timedelta(minutes=34),
        journey_silence=timedelta(days=90),
        stage_flow=flow,
        stage_funnel=funnel,
        drop_off=drop_off_frame(funnel, channels=channels),
        time_to_next_stage=pace_frame(funnel),
        attribution=attribution_frame(_converted(rows), revenue),
        path_flow=path_flow_frame((PATH_FLOW if rows else []) if path_flow is None else path_flow),
        paths=paths_frame(PATHS if rows else []),
        **map_frames(funnel, _converted(rows)),
        loads=loads_frame(),
        rejects=pl.DataFrame(
            {
                "source": ["web", "web", "email", "pos"],
                "reason": ["not_a_time", "in_future", "no_identity", "short_row"],
                "records": [402, 132, 72, 18],
            }
        ),
        unmapped=pl.DataFrame(
            {
                "source": ["web", "web"],
                "channel": ["web", "app"],
                "event": ["quiz_flores_completed", "ar_preview"],
                "touches": [1843, 211],
                "customers": [902, 160],
            }
        ),
        journeys=pl.DataFrame([summary]),
        silent_sources=["reviews"],
        run_id="run5",
    )


def turned_shop() -> ReportData:
    """Make the same of a shop where two months differ by more than chance, twice."""
    data = report_data()
    changes = [*turned(30, 67), *turned(20, 40, dimension="campaign", value="promo")]
    return replace(data, drop_off=with_rows(data.drop_off, *changes))
