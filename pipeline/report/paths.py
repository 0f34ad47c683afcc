"""The paths that most journeys went until the purchase, as a table of the page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from pipeline.report.notation import NOTHING, Notation
from pipeline.report.path_links import OTHER
from pipeline.report.rates import Rate
from pipeline.report.texts import Texts

_MOST_PATHS = 10
_ARROW, _ELLIPSIS = " → ", "…"


@dataclass(frozen=True)
class Chip:
    """One step of a path: its stage, and what it is called."""

    stage: str
    name: str


@dataclass(frozen=True)
class PathRow:
    """A path as written; without chips no step came before the purchase."""

    chips: list[Chip]
    is_cut: bool
    journeys: str
    share: str
    conversion: Rate
    value: str
    median: str


@dataclass(frozen=True)
class PathTable:
    """The paths shown, and what share of all journeys went them."""

    rows: list[PathRow]
    share: str


def path_table(paths: pl.DataFrame, texts: Texts, notation: Notation) -> PathTable:
    """Write the paths by stage until the purchase that most journeys went."""
    found = paths.filter((pl.col("grain") == "stage") & (pl.col("until") == "purchase"))
    all_journeys = int(found["journeys"].sum())
    listed = found.filter(pl.col("path") != OTHER).sort(
        "journeys", "path", descending=[True, False]
    )
    shown = listed.head(_MOST_PATHS)
    return PathTable(
        rows=[
            _row(row, row["journeys"] / all_journeys, texts, notation)
            for row in shown.iter_rows(named=True)
        ],
        share=notation.share(int(shown["journeys"].sum()) / (all_journeys or 1)),
    )


def _row(row: dict[str, Any], share: float, texts: Texts, notation: Notation) -> PathRow:
    stages = [name for name in row["path"].split(_ARROW) if name != _ELLIPSIS]
    return PathRow(
        chips=[Chip(stage, texts.node(stage, short=True)) for stage in stages if row["steps"]],
        is_cut=row["is_cut"],
        journeys=notation.number(row["journeys"]),
        share=notation.share(share),
        conversion=_conversion(row, notation),
        value=notation.money(row["value"]),
        median=_length(row["median_ms"], texts, notation),
    )


def _conversion(row: dict[str, Any], notation: Notation) -> Rate:
    rate, low, high = (row[f"conversion_{name}"] for name in ("rate", "low", "high"))
    return Rate(
        written=notation.share(rate),
        interval=notation.interval(low, high),
        at=None if rate is None else round(100 * rate, 3),
        low=round(100 * (low or 0), 3),
        high=round(100 * (high or 0), 3),
        counts={},
    )


def _length(milliseconds: int | None, texts: Texts, notation: Notation) -> str:
    """Write a length of time in minutes, hours or days, whichever reads well."""
    if milliseconds is None:
        return NOTHING
    length = timedelta(milliseconds=milliseconds)
    for unit, name in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours")):
        if length >= 2 * unit:
            return texts.say(f"length.{name}", number=notation.number(length / unit))
    minutes = length / timedelta(minutes=1)
    return texts.say("length.minutes", number=notation.number(minutes))
