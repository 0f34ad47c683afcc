"""Visits: what a journey did in one session under one campaign. Attribution credits them."""

import polars as pl

from pipeline.journey.order import ROW, last_row, row_numbers, starts_run
from pipeline.journey.runs import fold_runs, number_runs

_KEY = ("journey", "session", "campaign")


def summarise_visits(flow: pl.DataFrame) -> pl.DataFrame:
    """Make one row per journey, session and campaign, in the order of their first touches.

    In: touches of journeys, a journey's together and in order. A touch without a campaign belongs
    to the visit before it in its session. Out: journey and session (rows), visit_no from 1,
    customer, channel, event, traffic, stage and started_at of the first touch, campaign, ended_at,
    touches, value (revenue, ten-thousandths), and `to_conversion`: from its start to the journey's
    conversion, null where the journey has none or the visit began with it or after it.
    """
    placed = _under_last_campaign(flow)
    runs = fold_runs(
        placed,
        *_KEY,
        first={name: name for name in (*_KEY, "row", "customer", "channel", "event", "traffic")}
        | {"stage": "stage", "started_at": "occurred_at"},
        last={"ended_at": "occurred_at"},
        total={"value": "revenue"},
        count="touches",
    )
    visits = _joined(runs).sort("journey", "row")
    return _with_conversion(visits, flow).with_columns(
        visit_no=number_runs(visits, "row", within="journey")
    )


def _under_last_campaign(flow: pl.DataFrame) -> pl.DataFrame:
    """Lay a session's touches of one journey together, each under the campaign told last in it."""
    # Sessions of several places run side by side.
    needed = flow.select(
        *(*_KEY, "row", "customer", "channel", "event", "traffic", "stage"),
        *("occurred_at", "revenue"),
    )
    rows = needed.sort("journey", "session", maintain_order=True)
    told = last_row(pl.col("campaign").is_not_null())
    start = last_row(starts_run("journey", "session"))
    campaign = rows["campaign"].gather(
        rows.select(pl.when(told >= start).then(told)).to_series().cast(ROW)
    )
    return rows.with_columns(campaign=campaign)


def _joined(runs: pl.DataFrame) -> pl.DataFrame:
    """Join what a session did under one campaign before and after another one."""
    start = runs.select(last_row(starts_run("journey", "session"))).to_series()
    # A campaign comes back in the third run of a session at the earliest, and few have three.
    third = start.filter(row_numbers(runs) - start >= 2)
    if third.is_empty():
        return runs
    may_repeat = start.is_in(third.unique().implode())
    joined = (
        runs.filter(may_repeat)
        .group_by(_KEY, maintain_order=True)
        .agg(
            pl.exclude(*_KEY, "ended_at", "touches", "value").first(),
            pl.col("ended_at").last(),
            pl.col("touches", "value").sum(),
        )
    )
    return pl.concat([runs.filter(~may_repeat), joined.select(runs.columns)])


def _with_conversion(visits: pl.DataFrame, flow: pl.DataFrame) -> pl.DataFrame:
    conversions = flow.filter("converts").select(
        "journey", conversion_row="row", converted_at="occurred_at"
    )
    known = visits.join(conversions, on="journey", how="left", maintain_order="left")
    return known.with_columns(
        to_conversion=pl.when(pl.col("row") < pl.col("conversion_row")).then(
            pl.col("converted_at") - pl.col("started_at")
        )
    ).drop("conversion_row", "converted_at")
