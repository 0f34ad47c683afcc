"""Orders: which purchase converts, which only tells again of an order, and whose amount counts."""

import polars as pl

from pipeline.journey.order import scattered, starts_run


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

    An order counts once, as told by the source ranked first for amounts. A purchase without an
    order, a renewal and what undoes a purchase count with their own value.
    """
    with_order = pl.col("is_purchase") & pl.col("order_id").is_not_null()
    own = (pl.col("is_purchase") & pl.col("order_id").is_null()) | pl.col("effect").is_in(
        ["returned", "renewed"]
    )
    best = (
        flow.filter(with_order & pl.col("value").is_not_null())
        .select("customer", "order_id", "amount_rank", "row")
        .sort("customer", "order_id", "amount_rank", "row")
        .filter(starts_run("customer", "order_id"))["row"]
    )
    is_best = pl.repeat(False, flow.height, eager=True).scatter(best, True)
    return flow.with_columns(revenue=pl.when(is_best | own).then("value"))
