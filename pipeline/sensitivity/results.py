"""What was found: one table of all trials, for people, for programs and as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.figures.sensitivity import RATES, compare_trials
from pipeline.report import Language, fold_traffics
from pipeline.report.sensitivity_picture import SensitivityData, render_sensitivity
from pipeline.sensitivity.trials import Trial
from pipeline.settings import Settings
from pipeline.warehouse import reading
from pipeline.whole import write_whole

# No setting names a model, for all are published: this one is the base of the others, and tells
# what settings do to credit (queries/sensitivity/credits.sql).
HABITUAL_MODEL = "last_non_direct"
# What the table for people has room for.
_SHOWN = ("sessions", "journeys", "open", "conversions", *RATES)
# What would be written as 0.0 is no change.
_LEAST_CHANGE = 0.0005


@dataclass(frozen=True)
class Found:
    """What a trial counted (one row), and how its credit is divided: traffic, share."""

    figures: pl.DataFrame
    credits: pl.DataFrame


def lay_out(
    trials: Sequence[Trial], found: Mapping[str, Found], models: pl.DataFrame
) -> pl.DataFrame:
    """Lay out what was found, a row per trial, and one per model of the settings as they are."""
    told = [
        (trial.parameter, trial.value, trial.is_configured, found[trial.fingerprint])
        for trial in trials
    ]
    base = next(own for _, _, is_configured, own in told if is_configured)
    for (model,), credits in models.group_by("model", maintain_order=True):
        own = Found(base.figures, credits.drop("model"))
        told.append(("attribution.model", str(model), model == HABITUAL_MODEL, own))
    counted, credited = [], []
    for parameter, value, is_configured, own in told:
        names = {"parameter": pl.lit(parameter), "value": pl.lit(value)}
        counted.append(
            own.figures.select(**names, is_configured=pl.lit(is_configured)).hstack(own.figures)
        )
        credited.append(own.credits.select(**names, traffic="traffic", share="share"))
    return compare_trials(pl.concat(counted), pl.concat(credited))


def as_text(trials: pl.DataFrame) -> pl.DataFrame:
    """Write a trial's figures for people: each with its change, if it has any."""
    rows = [
        {
            "setting": row["parameter"],
            "value": f"{row['value']} (base)" if row["is_configured"] else row["value"],
            **{name: _figure_text(row, name) for name in _SHOWN},
            "credit_moved": f"{100 * (row['credit_moved'] or 0):.1f}%",
            "top_traffic": row["top_traffic"],
        }
        for row in trials.rows(named=True)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def _figure_text(row: dict[str, Any], name: str) -> str:
    amount, change = row[name], row[f"{name}_change"]
    if amount is None:
        return ""
    written = f"{100 * amount:.1f}%" if name in RATES else f"{amount:,.0f}"
    if abs(change or 0) < _LEAST_CHANGE:
        return written
    return f"{written} ({100 * change:+.1f}{'' if name in RATES else '%'})"


def draw_sensitivity(
    settings: Settings,
    trials: pl.DataFrame,
    file: Path,
    *,
    made_at: datetime,
    language: Language | None = None,
) -> None:
    """Write the page that shows what was found; traffics of few customers are one, `other`."""
    with reading(settings.published_file) as published:
        cut_off = published.value("select cut_off from ops.project")
        credits = published.frame("select * from marts.attribution")
    project = settings.project
    trials = fold_traffics(trials, credits, project.min_customers)
    data = SensitivityData(
        project.name, project.currency, project.timezone, cut_off, made_at, trials
    )
    page = render_sensitivity(data, language=language or project.language)
    write_whole(file, page.encode())
