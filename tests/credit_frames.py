"""An invented shop's credit and times for the tests of the report: made up, and consistent."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.vocabulary import STAGE_NUMBER

RULES = ("first", "last", "last_non_direct", "linear", "position", "j", "inverse_j", "time_decay")
MODELS = {
    "traffic": (*RULES, "participation", "markov_1", "markov_2", "markov_3", "shapley"),
    "campaign": (*RULES, "participation", "markov_1"),
}
# Of all conversions each model gives these shares; a model that is not named gives the linear ones.
TRAFFICS: dict[str, dict[str, float]] = {
    "direct": {"last_non_direct": 0.14, "linear": 0.26, "markov_1": 0.24, "last": 0.30},
    "brand_search": {"last_non_direct": 0.22, "linear": 0.14, "markov_1": 0.15, "first": 0.08},
    "paid_search": {"last_non_direct": 0.18, "linear": 0.20, "markov_1": 0.21, "first": 0.25},
    "email": {"last_non_direct": 0.21, "linear": 0.15, "markov_1": 0.15, "first": 0.22},
    "display": {"last_non_direct": 0.10, "linear": 0.10, "markov_1": 0.10, "last": 0.05},
}
CAMPAIGNS: dict[tuple[str, str], dict[str, float]] = {
    ("paid_search", "flores-a-domicilio"): {"linear": 0.12, "last_non_direct": 0.16},
    ("brand_search", "marca"): {"linear": 0.06, "last_non_direct": 0.07},
    ("display", "marca"): {"linear": 0.03, "last_non_direct": 0.01},
    ("display", "en-vano"): {"linear": 0.0},
}
SPEND: dict[Any, float] = {
    "paid_search": 21_000_000,
    "brand_search": 1_300_000,
    "display": 9_400_000,
    ("paid_search", "flores-a-domicilio"): 21_000_000,
    ("brand_search", "marca"): 1_300_000,
    ("display", "marca"): 9_000_000,
    ("display", "en-vano"): 400_000,
}

Shares = Mapping[str, float]
_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("model", "dimension", "traffic", "campaign", "channel"), pl.String),
    "touchpoint": pl.String,
    "is_unattributed": pl.Boolean,
    "conversions": pl.Float64,
    "revenue": pl.Decimal(18, 4),
    "share": pl.Float64,
    "error": pl.Float64,
    "spend": pl.Decimal(18, 4),
    "cpa": pl.Float64,
    "roas": pl.Float64,
}


def attribution_frame(
    conversions: int,
    revenue: float,
    *,
    traffics: Mapping[str, Shares] = TRAFFICS,
    campaigns: Mapping[tuple[str, str], Shares] = CAMPAIGNS,
    spend: Mapping[Any, float] = SPEND,
) -> pl.DataFrame:
    """Make marts.attribution of shares; what they leave over is unattributed."""
    rows: list[dict[str, Any]] = []
    if conversions or revenue:
        for dimension, models in MODELS.items():
            named: Mapping[Any, Shares] = traffics if dimension == "traffic" else campaigns
            for model in models:
                rows += _credits(dimension, model, named, (conversions, revenue), spend)
    return pl.DataFrame(rows, schema=_SCHEMA, strict=False)


def _credits(
    dimension: str,
    model: str,
    named: Mapping[Any, Shares],
    whole: tuple[int, float],
    spend: Mapping[Any, float],
) -> list[dict[str, Any]]:
    conversions, revenue = whole
    rows, rest = [], conversions
    for name, by_model in named.items():
        credited = round(conversions * by_model.get(model, by_model["linear"]))
        credited = credited if model == "participation" else min(credited, rest)
        rest -= 0 if model == "participation" else credited
        rows.append(_row(dimension, model, name, credited, spend.get(name)))
    rows.append(_row(dimension, model, None, rest, None))
    for row in rows:
        credited, cost = row["conversions"], row["spend"]
        row["revenue"] = round(revenue * credited / (conversions or 1), 4)
        row["share"] = credited / conversions if conversions else None
        row["cpa"] = cost / credited if cost and credited else None
        row["roas"] = row["revenue"] / cost if cost else None
    return rows


def _row(
    dimension: str, model: str, name: Any, conversions: int, spend: float | None
) -> dict[str, Any]:
    traffic, campaign = name if isinstance(name, tuple) else (name, None)
    return {
        **dict.fromkeys(_SCHEMA),
        "model": model,
        "dimension": dimension,
        "traffic": traffic,
        "campaign": campaign,
        "is_unattributed": name is None,
        "conversions": conversions,
        "spend": spend,
    }


def pace_frame(
    funnel: pl.DataFrame, *, shares: Sequence[float | None] = (0.2, 0.3, 0.45, 0.5)
) -> pl.DataFrame:
    """Make marts.time_to_next_stage of all journeys: shares within 1 hour, 1, 7 and 30 days."""
    rows = []
    for row in funnel.iter_rows(named=True):
        if row["stage"] == "outcome" or not row["reached"]:
            continue
        rows.append(
            {
                "stage": row["stage"],
                "stage_no": STAGE_NUMBER[row["stage"]],
                "dimension": "all",
                "dimension_value": None,
                "reached": row["reached"],
                "arrived": row["visited"],
                **dict(
                    zip(
                        [f"within_{at}_rate" for at in ("1h", "1d", "7d", "30d")],
                        shares,
                        strict=True,
                    )
                ),
                "within_silence_rate": 0.6,
                "within_silence_low": 0.55,
                "within_silence_high": 0.65,
                "median_ms": 60_000 * 60 * 24 * 40,
                "p90_ms": None,
                "gone_median_ms": 60_000 * 60 * 5 * row["stage_no"],
                "gone_p90_ms": 60_000 * 60 * 24 * 20,
            }
        )
    schema = {
        **dict.fromkeys(("stage", "dimension", "dimension_value"), pl.String),
        **{f"within_{at}_rate": pl.Float64 for at in ("1h", "1d", "7d", "30d", "silence")},
        **{f"within_silence_{bound}": pl.Float64 for bound in ("low", "high")},
    }
    numbers = (
        "stage_no",
        "reached",
        "arrived",
        "median_ms",
        "p90_ms",
        "gone_median_ms",
        "gone_p90_ms",
    )
    return pl.DataFrame(rows, schema={**schema, **dict.fromkeys(numbers, pl.Int64)})
