"""An invented shop's published frames for the tests of the report: made up, and consistent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import sqrt

import polars as pl

from pipeline.report import ReportData
from pipeline.vocabulary import STAGE_NUMBER, STAGES

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
CHANNELS = {"ads": 0.36, "web": 0.31, "email": 0.19, "store": 0.11, "support": 0.03}
# How much more or less each channel loses than the whole.
_LEAN = {"ads": 1.16, "web": 1.0, "email": 0.87, "store": 0.74, "support": 1.05}
_RECORDS = {"web": 84_210, "ads": 31_877, "email": 12_040, "pos": 2_931}
_CUT_OFF = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
_FIRST = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)


def flow_frame(rows: Sequence[tuple[str, str, int, float]]) -> pl.DataFrame:
    """Make marts.stage_flow of drawn rows."""
    return pl.DataFrame(rows, schema=["origin", "target", "journeys", "value"], orient="row")


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
    """Make one row of marts.drop_off from its counts; no rate where no journey ended."""
    ended = counts["advanced"] + counts["settled"] + counts["dropped"]
    low, high = _wilson(counts["dropped"], ended) if ended else (None, None)
    return {
        "stage": stage,
        "stage_no": STAGE_NUMBER[stage],
        "dimension": dimension,
        "dimension_value": value,
        "period": period,
        **counts,
        "rate": counts["dropped"] / ended if ended else None,
        "low": low,
        "high": high,
        "is_ripe": period is not None and period < date(2026, 8, 1),
    }


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
    return pl.DataFrame(rows, infer_schema_length=None)


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
