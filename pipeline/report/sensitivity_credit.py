"""How trials divide the credit: each traffic's share as published, and how far it goes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from pipeline.report.notation import NOTHING, Notation
from pipeline.report.sensitivity_texts import value_word, word
from pipeline.report.small_cells import UNATTRIBUTED

MODELS = "attribution.model"
_MOST_TRAFFICS = 12
# What moves less of the credit has no picture of its own.
_LEAST_DIVISION = 0.05

Row = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """One trial's share of a traffic: where it stands, in percent, and what it is."""

    at: float
    told: str
    is_configured: bool


@dataclass(frozen=True)
class TrafficRow:
    """A traffic's share of all purchases as published, and what the trials make of it."""

    traffic: str
    today: str
    marks: list[Mark]
    low: float
    high: float
    least: str
    least_by: str
    most: str
    most_by: str


@dataclass(frozen=True)
class Division:
    """How the credit is divided by the trials of one setting, or by the models."""

    title: str
    moved: str
    rows: list[TrafficRow]
    scale: list[str]
    more: str


def divisions(trials: Sequence[Row], notation: Notation) -> list[Division]:
    """Give the traffics' shares by the models, and by the settings that move them visibly."""
    made = []
    parameters = dict.fromkeys(row["parameter"] for row in trials)
    for parameter in sorted(parameters, key=lambda parameter: parameter != MODELS):
        own = [row for row in trials if row["parameter"] == parameter and row["traffic_shares"]]
        moved = max(own, key=lambda row: row["credit_moved"], default=None)
        if moved is not None and moved["credit_moved"] >= _LEAST_DIVISION:
            made.append(_division(parameter, own, moved, notation))
    return made


def _division(parameter: str, own: Sequence[Row], moved: Row, notation: Notation) -> Division:
    shares = [(row, json.loads(row["traffic_shares"])) for row in own]
    today: dict[str, float] = next((told for row, told in shares if row["is_configured"]), {})
    traffics = sorted(
        {name for _, told in shares for name in told},
        key=lambda name: (-max(told.get(name, 0.0) for _, told in shares), name),
    )
    shown = sorted(traffics[:_MOST_TRAFFICS], key=lambda name: (-today.get(name, 0.0), name))
    more = len(traffics) - len(shown)
    highest = max(told.get(name, 0.0) for _, told in shares for name in shown)
    scale = ceil(10 * highest) / 10
    language = notation.language
    return Division(
        word(language, f"credit.{parameter}"),
        word(
            language,
            "credit.moved",
            moved=notation.share(moved["credit_moved"]),
            value=value_word(language, moved["value"]),
        ),
        [_traffic_row(name, shares, scale, notation) for name in shown],
        [notation.share(0.0), notation.share(scale / 2), notation.share(scale)],
        word(language, "credit.more", more=notation.number(more)) if more else "",
    )


def _traffic_row(
    name: str, shares: Sequence[tuple[Row, dict[str, float]]], scale: float, notation: Notation
) -> TrafficRow:
    language = notation.language
    told = [(own.get(name, 0.0), row) for row, own in shares]
    least, least_by = min(told, key=lambda each: each[0])
    most, most_by = max(told, key=lambda each: each[0])
    today = next((share for share, row in told if row["is_configured"]), 0.0)
    return TrafficRow(
        traffic=word(language, "credit.unattributed") if name == UNATTRIBUTED else name,
        today=notation.share(today),
        # The published one last, so that it lies on top.
        marks=[
            Mark(
                round(100 * share / scale, 3),
                f"{value_word(language, row['value'])}: {notation.share(share, decimals=1)}",
                row["is_configured"],
            )
            for share, row in sorted(told, key=lambda each: bool(each[1]["is_configured"]))
        ],
        low=round(100 * least / scale, 3),
        high=round(100 * most / scale, 3),
        least=notation.share(least),
        least_by=value_word(language, least_by["value"]) if least < most else NOTHING,
        most=notation.share(most),
        most_by=value_word(language, most_by["value"]) if least < most else NOTHING,
    )
