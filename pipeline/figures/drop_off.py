"""Drop-off that can be trusted: young months estimated, and changes told from chance."""

import numpy as np
import polars as pl

from pipeline.figures.comparisons import (
    FALSE_DISCOVERY_RATE,
    Numbers,
    benjamini_hochberg,
    can_be_told,
    compare_shares,
)
from pipeline.figures.stage_times import CELL, Waits, bins_of, in_blocks, waits_of
from pipeline.figures.survival import Hazards, continue_by, interval_left, shares_left
from pipeline.vocabulary import LAST_STAGE_BEFORE

_VALUE = ("stage_no", *CELL)
_KEYS = (*_VALUE, "period")
_COUNTS = ("advanced", "settled", "dropped", "open", "undecided")
_RESOLVED = pl.sum_horizontal("advanced", "settled", "dropped")
_REACHED = pl.sum_horizontal("advanced", "settled", "dropped", "open")
# Only a journey that is not past its purchase can be dropped.
_MAY_DROP = pl.col("stage_no") <= LAST_STAGE_BEFORE


def drop_off(ends: pl.DataFrame, times: pl.DataFrame, silence_ms: int) -> pl.DataFrame:
    """Give each cell's counts by month and for all time, its estimate, and how it has changed.

    `ends` is marts.stage_ends, `times` marts.stage_times.
    """
    months = ends.rename({"month": "period"})
    all_time = (
        months.group_by("stage", *_VALUE)
        .agg(pl.col(_COUNTS).sum())
        .with_columns(period=pl.lit(None, pl.Date), is_ripe=pl.lit(False), is_final=pl.lit(False))
    )
    cells = pl.concat([months, all_time.select(months.columns)])
    for told in (_estimates(cells, times, silence_ms), _changes(cells)):
        cells = cells.join(told, on=_KEYS, how="left", nulls_equal=True)
    return cells.with_columns(pl.col("is_significant").fill_null(False))


def _changes(cells: pl.DataFrame) -> pl.DataFrame:
    """Compare each ripe month with the ripe month of its cell before it.

    Open journeys may end either way. They are counted so as to bring both months together, and
    where their shares may meet, nothing differs: what is flagged stands however they end.
    Where too few journeys came to tell any difference, there is no p-value.
    """
    in_order = (
        cells.filter(_MAY_DROP & pl.col("is_ripe") & (_RESOLVED > 0))
        .with_columns(
            rate=pl.col("dropped") / _RESOLVED,
            least=pl.col("dropped"),
            most=pl.col("dropped") + pl.col("undecided"),
            reached=_REACHED,
        )
        .sort(_KEYS)
    )
    before = {
        f"previous_{name}": pl.col(name).shift().over(_VALUE)
        for name in ("period", "rate", "least", "most", "reached")
    }
    compared = (
        in_order.with_columns(**before)
        .filter(pl.col("previous_period").is_not_null())
        .with_columns(change=pl.col("rate") - pl.col("previous_rate"))
    )
    p_values = _p_values(compared)
    q_values = benjamini_hochberg(p_values)
    return compared.select(*_KEYS, "previous_period", "previous_rate", "change").with_columns(
        p_value=pl.Series(p_values, nan_to_null=True),
        q_value=pl.Series(q_values, nan_to_null=True),
        is_significant=pl.Series(q_values <= FALSE_DISCOVERY_RATE),
    )


def _p_values(compared: pl.DataFrame) -> Numbers:
    names = ("least", "most", "reached", "change")
    least, most, reached, change = (compared[name].cast(pl.Float64).to_numpy() for name in names)
    least_before, most_before, reached_before = (
        compared[f"previous_{name}"].cast(pl.Float64).to_numpy() for name in names[:3]
    )
    has_risen = (least * reached_before > most_before * reached) & (change > 0)
    has_fallen = (most * reached_before < least_before * reached) & (change < 0)
    lost = np.where(has_risen, least, most)
    lost_before = np.where(has_risen, most_before, least_before)
    p_values = compare_shares(lost, reached, lost_before, reached_before)
    told = np.where(has_risen | has_fallen, p_values, 1.0)
    return np.where(can_be_told(reached, reached_before, lost + lost_before), told, np.nan)


def _estimates(cells: pl.DataFrame, times: pl.DataFrame, silence_ms: int) -> pl.DataFrame:
    """Estimate, where a rate is not final, the share that does not go on within the silence.

    There is no estimate at a stage while nobody has been watched there for a whole silence.
    """
    bins = bins_of(times, silence_ms)
    at = int(np.searchsorted(bins, silence_ms))
    due = cells.filter(_MAY_DROP & ~pl.col("is_final") & (_REACHED > 0)).select(_KEYS).sort(_KEYS)
    spans = _spans(times).join(due, on=_KEYS, how="semi", nulls_equal=True)
    values = due.filter(pl.col("period").is_null())
    wholes = values.filter(pl.col("dimension") == "all")
    whole = waits_of(spans, wholes, _KEYS, bins).hazards()
    told = []
    for block in in_blocks(_pointed(values, wholes, "stage_no")):
        months = _pointed(due, block, *_VALUE)
        value = _continued(waits_of(spans, block, _KEYS, bins), whole, block)
        month = _continued(waits_of(spans, months, _KEYS, bins), value, months)
        told.append(months.select(_KEYS).hstack(_estimate(month, at)))
    return pl.concat(told)


def _spans(times: pl.DataFrame) -> pl.DataFrame:
    """Give the times of each month, and those of all months together."""
    months = times.select(*_VALUE, "within_ms", "went_on", "went_on_ms", "not_yet", period="month")
    all_time = (
        months.group_by(*_VALUE, "within_ms")
        .agg(pl.col("went_on", "went_on_ms", "not_yet").sum())
        .with_columns(period=pl.lit(None, pl.Date))
    )
    return pl.concat([months, all_time.select(months.columns)])


def _pointed(cells: pl.DataFrame, parents: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Point each cell to the row of its parent; those without one are left out."""
    rows = parents.select(keys).with_row_index("parent")
    return cells.join(rows, on=keys, nulls_equal=True)


def _continued(waits: Waits, parents: Hazards, cells: pl.DataFrame) -> Hazards:
    rows = cells["parent"].to_numpy()
    return continue_by(waits.hazards(), waits.not_yet, parents.of_rows(rows))


def _estimate(hazards: Hazards, at: int) -> pl.DataFrame:
    low, high = interval_left(hazards, at)
    columns = {
        "estimate": shares_left(hazards)[:, at],
        "estimate_low": low,
        "estimate_high": high,
    }
    return pl.DataFrame(columns, nan_to_null=True)
