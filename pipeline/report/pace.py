"""How soon journeys go on from a stage to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.lengths import written_length
from pipeline.report.notation import Notation
from pipeline.report.texts import Texts

_WITHIN = ("1d", "7d", "30d")


@dataclass(frozen=True)
class PaceRow:
    """A stage: who came to it, which share went on within which time, and the usual time."""

    name: str
    arrived: str
    shares: dict[str, str]
    widths: dict[str, float]
    median: str


def pace(times: pl.DataFrame, texts: Texts, notation: Notation) -> list[PaceRow]:
    """Write the times of all journeys, for the stages that anybody came to."""
    of_all = times.filter((pl.col("dimension") == "all") & (pl.col("arrived") > 0))
    return [_row(row, texts, notation) for row in of_all.sort("stage_no").iter_rows(named=True)]


def _row(row: Mapping[str, Any], texts: Texts, notation: Notation) -> PaceRow:
    shares = {within: row[f"within_{within}_rate"] for within in _WITHIN}
    known = {within: share for within, share in shares.items() if share is not None}
    return PaceRow(
        name=texts.node(row["stage"], short=True),
        arrived=notation.number(row["arrived"]),
        shares={within: notation.share(share) for within, share in shares.items()},
        # The widest first: the sooner ones are drawn over it.
        widths={within: round(100 * known[within], 3) for within in reversed(known)},
        median=written_length(row["gone_median_ms"], texts, notation),
    )
