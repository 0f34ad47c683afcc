"""Openings: which before-touches begin a journey, and whose journey every touch is."""

from datetime import timedelta

import polars as pl

from pipeline.journey.order import last_row, last_row_before, scattered, starts_run


def add_journeys(flow: pl.DataFrame, journey_silence: timedelta) -> pl.DataFrame:
    """Add `journey`, the row of the touch that opened it, and `opens`; drop what joins nothing.

    In: staged touches in order with `head` and `opens_late`. A before-touch opens a journey if it
    is the customer's first, the first since a conversion, or comes more than `journey_silence`
    after the last touch of the current one. Dropped are mails of a service that no journey takes.
    """
    before = flow.filter(
        (pl.col("head").is_null() & (pl.col("role") != "service")) | pl.col("converts")
    ).select("row", "customer", "occurred_at", "converts", "is_passive")
    opens = before.with_columns(opens=_openings(before, journey_silence))
    opener = opens["row"].gather(opens.select(last_row(pl.col("opens"))).to_series())
    current = scattered(flow.height, before["row"], opener)
    own = flow.select(pl.when("opens_late").then("row").otherwise(current).alias("own"))["own"]
    past = own.gather(flow["head"])
    journey = pl.select(pl.coalesce(pl.lit(past), pl.lit(own))).to_series()
    placed = flow.with_columns(journey=journey, opens=journey == flow["row"])
    return placed.filter(pl.col("journey").is_not_null())


def _openings(before: pl.DataFrame, silence: timedelta) -> pl.Series:
    rows = before.with_columns(customer_row=last_row(starts_run("customer")))
    first = starts_run("customer") | pl.col("converts").shift(1).fill_null(False)
    rows = rows.with_columns(first=first)
    rows = rows.with_columns(counts=~pl.col("is_passive") | pl.col("first"))
    rows = rows.with_columns(counts=rows["counts"] | _passive_openings(rows, silence))
    return _is_opening(rows, silence)


def _is_opening(rows: pl.DataFrame, silence: timedelta) -> pl.Series:
    last = rows.select(last_row_before(pl.col("counts"))).to_series()
    pause = rows["occurred_at"] - rows["occurred_at"].gather(last)
    return rows["first"] | (pause > silence).fill_null(False)


def _passive_openings(rows: pl.DataFrame, silence: timedelta) -> pl.Series:
    """Find the passive touches that open a journey after a silence.

    A passive touch counts only if it opens, so each run of them that lies beyond the silence of
    the last touch that counts opens at its first, and again at the first beyond that one's: one
    round a journey, over what is left of the runs.
    """
    base = rows.select(last_row_before(pl.col("counts"))).to_series()
    far = rows.select(
        "occurred_at",
        base=base,
        at=pl.int_range(pl.len(), dtype=pl.UInt32),
        anchor=pl.col("occurred_at").gather(base),
        counts="counts",
    ).filter(~pl.col("counts"))
    found = pl.repeat(False, rows.height, eager=True)
    while True:
        far = far.filter(pl.col("occurred_at") - pl.col("anchor") > silence)
        if far.is_empty():
            return found
        is_first = far.select(starts_run("base").alias("first"))["first"]
        found = found.scatter(far.filter(is_first)["at"], True)
        far = far.with_columns(
            anchor=pl.select(pl.when(is_first).then(far["occurred_at"]).forward_fill()).to_series()
        )
