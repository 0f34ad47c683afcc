"""What the page is made of: the frames and facts of one published warehouse."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

Language = Literal["es", "en"]


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows.

    `stage_flow`, `stage_funnel` and `drop_off` are the marts of these names; `loads` and `unmapped`
    are the tables of `ops`. `rejects` has one row per source and reason: source, reason, records.
    `journeys` is one row: journeys, customers, open, open_converted (bought and still awaited),
    dropped, converted, revenue, first_began_at, last_began_at (null where there are none).
    `run_id` is tonight's run; without it the page does not tell tonight's files from the others.
    """

    project: str
    currency: str
    time_zone: str
    cut_off: datetime
    made_at: datetime
    journey_silence: timedelta
    stage_flow: pl.DataFrame
    stage_funnel: pl.DataFrame
    drop_off: pl.DataFrame
    loads: pl.DataFrame
    rejects: pl.DataFrame
    unmapped: pl.DataFrame
    journeys: pl.DataFrame
    silent_sources: list[str]
    run_id: str | None = None
