"""What other systems keep of the time after a sale: deliveries, tickets, reviews, returns."""

from collections.abc import Callable

import polars as pl

from pipeline.sample.draw import digits
from pipeline.sample.text import csv_line, iso_clock, json_object, local_clock, member

DELIVERIES_HEADER = "order_id,delivered_at,status"
REVIEWS_HEADER = "review_id,created_at,email,order_id,stars,text"
RETURNS_HEADER = "return_id,order_id,returned_at,amount,currency"
_SAID = (
    "Llegaron marchitas y tarde, muy mala experiencia",
    "No era lo que mostraba la foto",
    "Cumple, aunque esperaba un ramo más grande",
    "Lindas flores, la entrega un poco tarde",
    "Hermosas, a mi mamá le encantaron",
)


def delivery_records(touches: pl.DataFrame) -> pl.DataFrame:
    """Give the courier's deliveries, in local time without a zone."""
    return _records(
        touches.filter(pl.col("channel") == "delivery"),
        local_clock("occurred_at"),
        lambda clock, _: csv_line(pl.col("order_id"), clock, pl.lit("delivered")),
    )


def ticket_records(touches: pl.DataFrame) -> pl.DataFrame:
    """Give the help desk's tickets; two in five of those about an order do not say which."""
    topic = pl.when(pl.col("event") == "complaint").then(pl.lit("complaint"))
    order = pl.when(pl.col("touch_no") % 5 > 1).then("order_id")
    return _records(
        touches.filter(pl.col("channel") == "support"),
        iso_clock("occurred_at"),
        lambda clock, number: json_object(
            member("ticket_id", pl.format("T{}", number)),
            member("created_at", clock),
            member("email", pl.col("email")),
            member("order_id", order),
            member("topic", topic.otherwise(pl.lit("question"))),
        ),
    )


def review_records(touches: pl.DataFrame) -> pl.DataFrame:
    """Give the reviews that buyers wrote."""
    said = pl.lit(pl.Series(_SAID)).gather(pl.col("rating") - 1)
    return _records(
        touches.filter(pl.col("channel") == "reviews"),
        iso_clock("occurred_at"),
        lambda clock, number: csv_line(
            pl.format("V{}", number),
            clock,
            pl.col("email"),
            pl.col("order_id"),
            pl.col("rating"),
            said,
        ),
    )


def return_records(touches: pl.DataFrame) -> pl.DataFrame:
    """Give what online buyers sent back; money that goes back is negative."""
    return _records(
        touches.filter(pl.col("channel") == "returns"),
        local_clock("occurred_at"),
        lambda clock, number: csv_line(
            pl.format("D{}", number), pl.col("order_id"), clock, pl.col("value"), pl.lit("CLP")
        ),
    )


def _records(
    some: pl.DataFrame, clock: pl.Expr, spell: Callable[[pl.Expr, pl.Expr], pl.Expr]
) -> pl.DataFrame:
    number = digits(some["touch_no"].to_numpy(), salt=41, places=9, name="number")
    return some.with_columns(clock=clock, number=number).select(
        at="occurred_at",
        batch="touch_no",
        record=spell(pl.col("clock"), pl.col("number")),
    )
