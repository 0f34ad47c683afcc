"""Sessions: a customer's touches in one place between two silences."""

import polars as pl

from pipeline.journey.order import ROW, last_row, row_numbers, scattered, stable_order, starts_run
from pipeline.journey.runs import fold_runs
from pipeline.rulebook import Rulebook
from pipeline.vocabulary import PLACES


def add_sessions(touches: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Add `session`, the row of the session's first touch; null for ignored touches.

    In: touches in order, with customer, occurred_at, place, role, campaign, source_session_id.
    A pause of exactly the place's silence stays in the session.
    """
    rows = touches.select(
        "customer", "occurred_at", "place", "campaign", "source_session_id"
    ).with_columns(row_numbers(touches))
    in_session = rows.filter(touches["role"] != "ignored")
    pieces = [
        _sessions_of(piece, place, rulebook)
        for (place,), piece in in_session.partition_by(
            "place", as_dict=True, include_key=False
        ).items()
    ]
    if not pieces:
        return touches.with_columns(session=pl.lit(None, ROW))
    found = pl.concat(pieces)
    return touches.with_columns(session=scattered(touches.height, found["row"], found["session"]))


def add_session_traffic(touches: pl.DataFrame) -> pl.DataFrame:
    """Replace `traffic` by that of the session's entry touch, and of its place where none is told.

    On a web or app entry that tells nothing the visit came `direct`; elsewhere traffic is the
    channel. Touches outside sessions keep what they say.
    """
    entry = (
        pl.when(pl.col("traffic").is_not_null())
        .then("traffic")
        .when("has_own_traffic")
        .then(pl.lit("direct"))
        .otherwise("channel")
    )
    told = touches.select(entry.alias("traffic")).to_series().gather(touches["session"])
    return touches.with_columns(
        traffic=pl.when(touches["session"].is_not_null()).then(told).otherwise("traffic")
    )


def summarise_sessions(touches: pl.DataFrame) -> pl.DataFrame:
    """Make one row per session of touches that have one.

    Out: session (row), customer, place, started_at, ended_at, touches, entry_event, exit_event,
    channel, traffic, campaign (the entry touch's), converted, value (ten-thousandths).
    """
    return fold_runs(
        touches,
        "session",
        order=stable_order(touches["session"]),
        first={
            "session": "session",
            "customer": "customer",
            "place": "place",
            "started_at": "occurred_at",
            "entry_event": "event",
            "channel": "channel",
            "traffic": "traffic",
            "campaign": "campaign",
        },
        last={"ended_at": "occurred_at", "exit_event": "event"},
        total={"conversions": "is_conversion", "value": "revenue"},
        count="touches",
    ).with_columns(converted=pl.col("conversions") > 0)


def _sessions_of(rows: pl.DataFrame, place: object, rulebook: Rulebook) -> pl.DataFrame:
    """Find the sessions of one place: row, session."""
    if rulebook.use_source_sessions:
        named = pl.col("source_session_id").is_not_null()
        by_vendor = rows.filter(named).select(
            "row", session=pl.col("row").min().over("customer", "source_session_id")
        )
        return pl.concat([by_vendor, _by_silence(rows.filter(~named), place, rulebook)])
    return _by_silence(rows, place, rulebook)


def _by_silence(rows: pl.DataFrame, place: object, rulebook: Rulebook) -> pl.DataFrame:
    assert isinstance(place, int)
    pause = pl.col("occurred_at") - pl.col("occurred_at").shift(1)
    opens = starts_run("customer") | (pause > rulebook.silences[PLACES[place]])
    if "midnight" in rulebook.break_on:
        local_day = pl.col("occurred_at").dt.convert_time_zone(rulebook.time_zone).dt.date()
        opens = opens | (local_day != local_day.shift(1))
    rows = rows.with_columns(opens=opens)
    if "campaign" in rulebook.break_on:
        rows = rows.with_columns(opens=pl.col("opens") | _changes_campaign(rows))
    opener = rows["row"].gather(rows.select(last_row(pl.col("opens"))).to_series())
    return rows.select("row", session=opener)


def _changes_campaign(rows: pl.DataFrame) -> pl.Series:
    """Say where a campaign differs from the last one that the same session told."""
    tells = pl.col("campaign").is_not_null()
    told = rows.select(before=last_row(tells).shift(1), opener=last_row(pl.col("opens")))
    before = rows["campaign"].gather(told["before"])
    return ((rows["campaign"] != before) & (told["before"] >= told["opener"])).fill_null(False)
