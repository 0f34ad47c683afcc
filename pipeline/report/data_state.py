"""What the page says of the files behind it: loaded, refused, unmapped, silent."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.contents import ReportData
from pipeline.report.notation import NOTHING, Notation
from pipeline.report.texts import Texts

_MOST_ROWS = 15
_COUNTS = ("records", "accepted", "duplicates", "rejected")


@dataclass(frozen=True)
class Listing:
    """Rows as written, and how many more there are."""

    rows: list[list[str]]
    more: int


@dataclass(frozen=True)
class DataState:
    """Files and records in total and by source, and what did not get in."""

    files: str
    files_tonight: str | None
    totals: dict[str, str]
    by_source: Listing
    rejects: Listing
    refused: Listing
    unmapped: Listing
    silent_sources: list[str]


def data_state(data: ReportData, texts: Texts, notation: Notation) -> DataState:
    """Write the state of the data."""
    read = data.loads.filter(pl.col("refused_reason").is_null())
    tonight = None if data.run_id is None else read.filter(run_id=data.run_id).height
    return DataState(
        files=notation.number(read.height),
        files_tonight=None if tonight is None else notation.number(tonight),
        totals={name: notation.number(read[name].sum()) for name in _COUNTS},
        by_source=_by_source(read, notation),
        rejects=_rejects(data.rejects, texts, notation),
        refused=_refused(data.loads, texts),
        unmapped=_unmapped(data.unmapped, notation),
        silent_sources=data.silent_sources,
    )


def _by_source(read: pl.DataFrame, notation: Notation) -> Listing:
    sources = read.group_by("source").agg(
        pl.len().alias("files"), pl.col(*_COUNTS).sum(), pl.col("last_at").max()
    )
    return _listing(
        [
            [
                row["source"],
                *(notation.number(row[name]) for name in ("files", *_COUNTS)),
                notation.moment(row["last_at"]) if row["last_at"] else NOTHING,
            ]
            for row in sources.sort("source").iter_rows(named=True)
        ]
    )


def _rejects(rejects: pl.DataFrame, texts: Texts, notation: Notation) -> Listing:
    counted = rejects.sort("records", "source", "reason", descending=[True, False, False])
    return _listing(
        [
            [
                row["source"],
                row["reason"],
                texts.reason(row["reason"]),
                notation.number(row["records"]),
            ]
            for row in counted.iter_rows(named=True)
        ]
    )


def _refused(loads: pl.DataFrame, texts: Texts) -> Listing:
    refused = loads.filter(pl.col("refused_reason").is_not_null())
    newest_first = refused.sort("loaded_at", "file", descending=[True, False])
    return _listing([_refusal(row, texts) for row in newest_first.iter_rows(named=True)])


def _refusal(row: dict[str, Any], texts: Texts) -> list[str]:
    reason = row["refused_reason"]
    return [row["file"], reason, row["refused_detail"] or texts.reason(reason)]


def _unmapped(unmapped: pl.DataFrame, notation: Notation) -> Listing:
    counted = unmapped.sort("touches", "source", "event", descending=[True, False, False])
    return _listing(
        [
            [
                row["event"],
                row["source"] or NOTHING,
                row["channel"] or NOTHING,
                notation.number(row["touches"]),
                NOTHING if row["customers"] is None else notation.number(row["customers"]),
            ]
            for row in counted.iter_rows(named=True)
        ]
    )


def _listing(rows: list[list[str]]) -> Listing:
    return Listing(rows[:_MOST_ROWS], max(0, len(rows) - _MOST_ROWS))
