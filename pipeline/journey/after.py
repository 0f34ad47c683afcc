"""After the purchase: afterglow, and which journey past its purchase a later touch belongs to."""

from datetime import timedelta

import polars as pl

from pipeline.journey.order import last_row, last_row_before, scattered, starts_run

_UNNAMED = pl.col("belongs").is_null()


def add_afterglow(flow: pl.DataFrame) -> pl.DataFrame:
    """Add `conversion_before`, the row of the customer's last conversion, and `is_afterglow`.

    Afterglow are the before-touches that follow a conversion in its own session, until one of
    another session, or a new cart or checkout touch.
    """
    rows = flow.select(
        "row",
        "session",
        "is_checkout",
        conversion_before=last_row_before(pl.col("converts")),
        has_mind=(pl.col("role") == "before")
        & pl.col("told").is_null()
        & (pl.col("conversion").is_null() | pl.col("converts")),
        customer_row="customer_row",
    )
    conversion_session = rows["session"].gather(rows["conversion_before"])
    breaks = rows["has_mind"] & (
        (rows["session"] != conversion_session).fill_null(False) | rows["is_checkout"]
    )
    last_break = rows.select(last_row(pl.lit(breaks))).to_series()
    is_over = (last_break > rows["conversion_before"]).fill_null(False)
    return flow.with_columns(
        rows["conversion_before"],
        is_afterglow=rows["has_mind"] & rows["conversion_before"].is_not_null() & ~is_over,
    )


def add_past_journeys(flow: pl.DataFrame, after_silence: timedelta) -> pl.DataFrame:
    """Decide of every touch what journey past its purchase it belongs to.

    Adds `head`, the row of the conversion or late opening whose journey the touch joins, itself
    for those two (null: the touch comes before a purchase, or joins nothing), and `opens_late`.

    The journey past its purchase that converted or opened late last takes the after-touches and
    either-touches that name no known order, while its last touch lies within `after_silence`.
    Touches that name an order keep that silence short only while their order's journey is the
    latest; a late opening ends that, so it is repeated until nothing changes.
    """
    belongs = (
        pl.when(pl.col("conversion").is_not_null())
        .then("conversion")
        .when(pl.col("told").is_not_null())
        .then("told")
        .when("is_afterglow")
        .then("conversion_before")
    )
    is_past = belongs.is_not_null() | pl.col("role").is_in(["after", "either", "service"])
    rows = flow.select(
        "row",
        "customer",
        "occurred_at",
        "converts",
        "is_passive",
        is_after=pl.col("role") == "after",
        is_past=is_past,
        belongs=belongs,
    ).filter("is_past")
    rows = rows.with_columns(
        customer_row=last_row(starts_run("customer")), opens_late=pl.lit(value=False)
    )
    while True:
        judged = _judge(rows, after_silence)
        if judged["opens_late"].equals(rows["opens_late"]):
            break
        rows = rows.with_columns(judged["opens_late"])
    head = judged.select(
        head=pl.when("opens_late")
        .then("row")
        .when(pl.col("belongs").is_not_null())
        .then("belongs")
        .when("is_live")
        .then("latest")
    )["head"]
    opens_late = scattered(flow.height, judged["row"], judged["opens_late"])
    return flow.with_columns(
        head=scattered(flow.height, judged["row"], head),
        opens_late=opens_late.fill_null(False),
    )


def _judge(rows: pl.DataFrame, after_silence: timedelta) -> pl.DataFrame:
    """Judge once, given the late openings found so far: adds latest, is_live, opens_late."""
    is_head = pl.col("converts") | pl.col("opens_late")
    rows = rows.with_columns(is_head=is_head, latest=pl.col("row").gather(last_row_before(is_head)))
    # What prolongs the silence of the latest journey; an either-touch that turns out to come
    # before prolongs nothing, but then nothing but either-touches stands ahead of it in its piece.
    counts = pl.col("is_head") | (
        ~pl.col("is_passive") & (_UNNAMED | (pl.col("belongs") == pl.col("latest")))
    ).fill_null(False)
    rows = rows.with_columns(counts=counts).with_columns(
        previous=last_row_before(pl.col("counts")),
        solid=last_row_before(
            pl.col("counts") & (pl.col("is_head") | ~_UNNAMED | pl.col("is_after"))
        ),
    )
    pause = pl.col("occurred_at") - pl.col("occurred_at").gather(pl.col("previous"))
    in_reach = (pause <= after_silence).fill_null(False)
    rows = rows.with_columns(in_reach=in_reach)
    piece = last_row(pl.col("counts") & ~pl.col("in_reach"))
    rows = rows.with_columns(piece=piece)
    is_live = pl.col("in_reach") & (
        pl.col("solid") >= pl.col("piece").gather(pl.col("previous"))
    ).fill_null(False)
    rows = rows.with_columns(is_live=is_live)
    return rows.with_columns(
        opens_late=pl.col("is_after") & _UNNAMED & ~pl.col("is_live"),
    )
