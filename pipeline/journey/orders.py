"""Orders: which purchase converts, which only tells again of an order, and whose amount counts."""

import polars as pl

from pipeline.journey.order import last_row, row_numbers, scattered, starts_run


def add_conversions(flow: pl.DataFrame) -> pl.DataFrame:
    """Tell the purchases apart: converting, merged with one of the same instant, or told before.

    In: staged touches in order with row, customer, occurred_at, order_id, is_purchase.
    Adds `converts`; `conversion`, the row of the conversion that a new order belongs to; and for
    every touch that names an order told by an earlier purchase `told`, that order's conversion.
    """
    purchases = flow.filter("is_purchase").select("row", "customer", "occurred_at", "order_id")
    is_new = pl.col("order_id").is_null() | pl.struct("customer", "order_id").is_first_distinct()
    new = purchases.filter(is_new)
    opens = new.select(starts_run("customer", "occurred_at").alias("opens"))["opens"]
    new = new.with_columns(
        conversion=pl.select(pl.when(opens).then(new["row"]).forward_fill()).to_series()
    )
    conversion = scattered(flow.height, new["row"], new["conversion"])
    return flow.with_columns(
        conversion=conversion,
        converts=(conversion == flow["row"]).fill_null(False),
        told=_told(flow, new),
    )


def _told(flow: pl.DataFrame, new: pl.DataFrame) -> pl.Series:
    orders = new.filter(pl.col("order_id").is_not_null()).select(
        "customer", "order_id", "conversion", teller="row"
    )
    naming = flow.filter(
        pl.col("order_id").is_not_null()
        & (pl.col("is_purchase") | pl.col("role").is_in(["after", "either", "service"]))
    ).select("row", "customer", "order_id")
    known = naming.join(orders, on=["customer", "order_id"], how="inner").filter(
        pl.col("teller") < pl.col("row")
    )
    return scattered(flow.height, known["row"], known["conversion"])


def add_revenue(flow: pl.DataFrame) -> pl.DataFrame:
    """Add `revenue`: what a touch adds to the revenue, in ten-thousandths; null if nothing.

    In: touches of journeys, in order. Of an order two sums are told, what it cost and what came
    back of it. Each is believed of one source, the one ranked first for amounts that tells it: its
    first word on the cost, and all its words on what came back. Whatever names no order that was
    bought counts with its own value; so does a renewal.
    """
    earns = pl.col("is_purchase") | pl.col("effect").is_in(["returned", "renewed"])
    return flow.with_columns(revenue=pl.when(earns & ~_is_told_better(flow)).then("value"))


def _is_told_better(flow: pl.DataFrame) -> pl.Series:
    """Say which touches tell of an order's money while another's word on it counts."""
    gives_back = (pl.col("effect") == "returned") & (pl.col("value") != 0)
    # An order's purchases stand ahead of what came back of it, those without an amount last.
    told = (
        flow.with_columns(at=row_numbers(flow), gives_back=gives_back.fill_null(value=False))
        .filter(pl.col("order_id").is_not_null() & (pl.col("is_purchase") | pl.col("gives_back")))
        .select("at", "customer", "order_id", "gives_back", "value", "amount_rank")
        .sort(
            *("customer", "order_id", "gives_back"),
            pl.col("value").is_null(),
            *("amount_rank", "at"),
        )
    )
    is_first = starts_run("customer", "order_id", "gives_back")
    first_rank = pl.col("amount_rank").gather(last_row(is_first))
    was_bought = ~pl.col("gives_back").gather(last_row(starts_run("customer", "order_id")))
    is_told_better = (
        pl.when("gives_back")
        .then(was_bought & (pl.col("amount_rank") > first_rank))
        .otherwise(~is_first)
    )
    found = told.select(is_told_better.alias("found"))["found"]
    return pl.repeat(False, flow.height, eager=True).scatter(told["at"], found)
