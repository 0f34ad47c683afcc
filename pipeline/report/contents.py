"""What the page is made of: the frames and facts of one published warehouse."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

import polars as pl

Language = Literal["es", "en"]


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows.

    `stage_flow`, `stage_funnel`, `drop_off`, `time_to_next_stage`, `attribution`, `path_flow` and
    `paths` are the marts of these names, and so are `stage_map`, `journey_map`, `touchpoint_map`,
    `moments` and `first_contact`;
    `loads` and `unmapped` are the tables of `ops`. `retention` is queries/report/retention.sql.
    `rejects` has one row per source and reason: source, reason, records.
    `journeys` is one row: journeys, customers, open, open_converted (bought and still awaited),
    dropped, converted, revenue, first_began_at, last_began_at (null where there are none).
    `from_date`, `to_date` and `segment` say which journeys the marts are of, where not of all.
    Names of fewer than `min_customers` customers are folded; `named_customers` says how many are
    behind the values of `drop_off` (dimension, dimension_value, customers), and `path_customers`
    behind the nodes of `path_flow` (position, stage, channel, customers).
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
    time_to_next_stage: pl.DataFrame
    attribution: pl.DataFrame
    path_flow: pl.DataFrame
    paths: pl.DataFrame
    stage_map: pl.DataFrame
    journey_map: pl.DataFrame
    touchpoint_map: pl.DataFrame
    moments: pl.DataFrame
    first_contact: pl.DataFrame
    retention: pl.DataFrame
    loads: pl.DataFrame
    rejects: pl.DataFrame
    unmapped: pl.DataFrame
    journeys: pl.DataFrame
    silent_sources: list[str]
    run_id: str | None = None
    from_date: date | None = None
    to_date: date | None = None
    segment: str | None = None
    min_customers: int = 0
    named_customers: pl.DataFrame = field(default_factory=pl.DataFrame)
    path_customers: pl.DataFrame = field(default_factory=pl.DataFrame)
