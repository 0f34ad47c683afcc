"""The stores' log as their tills write it: the lines of receipts, in the till's own clock."""

import polars as pl

from pipeline.sample.catalogue import PRICES, SKUS
from pipeline.sample.text import csv_line, local

_FIELDS = (
    "receipt_id", "line_no", "store_id", "terminal_id", "business_date", "local_time",
    "line_type", "sku", "qty", "unit_price", "discount", "line_total", "tax", "currency",
    "loyalty_id", "email", "phone", "card_token", "original_receipt_id",
)  # fmt: skip
POS_HEADER = ",".join(_FIELDS)
_GIVEN = {
    "loyalty_id": "given_loyalty_id",
    "email": "given_email",
    "phone": "given_phone",
    "card_token": "given_card_token",
}
# Receipts for what is brought back are counted apart, from 800 on.
_FIRST_RETURN = 800
_RECEIPTS_A_DAY = 1_000


def pos_records(touches: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Give the stores' orders and returns as lines of receipts; a receipt arrives as a whole."""
    sales = orders.filter(~pl.col("is_online")).with_columns(
        original_receipt_id=pl.lit(None, pl.String)
    )
    lines = pl.concat([_sale_lines(sales), _return_lines(touches, sales)]).sort(
        "at", "batch", "line_no"
    )
    number = pl.int_range(1, pl.len() + 1).over("batch")
    return (
        lines.with_columns(line_no=number, local_time=local("at").dt.strftime("%H:%M:%S"))
        .with_columns(currency=pl.lit("CLP"), discount=pl.lit(0))
        .select("at", "batch", record=csv_line(*[pl.col(field) for field in _FIELDS]))
    )


def _sale_lines(sales: pl.DataFrame) -> pl.DataFrame:
    """Give the lines of sales: flowers, what goes with them, slips of the hand, the payment.

    A slip is rung up and voided again.
    """
    slips = sales.filter(pl.col("order_no") % 40 == 0)
    product, once = pl.col("product"), pl.lit(1, pl.Int64)
    lines = (
        (1, "SALE", sales, product, pl.col("quantity")),
        (2, "SALE", sales.drop_nulls("extra"), pl.col("extra"), once),
        (3, "SALE", slips, product, once),
        (4, "VOID", slips, product, -once),
    )
    bought = [_lines(no, kind, some, item, qty) for no, kind, some, item, qty in lines]
    return pl.concat([*bought, _lines(5, "TENDER", sales, None, None)])


def _return_lines(touches: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    brought = (
        touches.filter((pl.col("channel") == "store") & (pl.col("event") == "return"))
        .select("order_no", back_at="occurred_at", back="value")
        .join(sales, on="order_no", maintain_order="left")
        .with_columns(
            original_receipt_id="order_id",
            at="back_at",
            value="back",
            business_date=local("back_at").dt.date(),
        )
    )
    till = ("store_id", "terminal_id", "business_date")
    block = pl.col("receipt_id").cast(pl.Int64) // _RECEIPTS_A_DAY * _RECEIPTS_A_DAY
    rank = pl.col("at").rank("ordinal").over(till).cast(pl.Int64) - 1
    numbered = brought.with_columns(
        receipt_id=(block + _FIRST_RETURN + rank).cast(pl.String).str.zfill(4)
    )
    product_only = -pl.lit(pl.Series(PRICES)).gather(pl.col("product")) == pl.col("value")
    quantity = -pl.when(product_only).then(1).otherwise("quantity").cast(pl.Int64)
    has_all = numbered.filter(~product_only).drop_nulls("extra")
    return pl.concat(
        [
            _lines(1, "RETURN", numbered, pl.col("product"), quantity),
            _lines(2, "RETURN", has_all, pl.col("extra"), pl.lit(-1, pl.Int64)),
        ]
    ).with_columns(batch=-pl.col("batch") - 1)


def _lines(
    number: int, kind: str, receipts: pl.DataFrame, product: pl.Expr | None, qty: pl.Expr | None
) -> pl.DataFrame:
    """Give one line of each receipt; without a product it is a payment of the whole."""
    none = pl.lit(None, pl.Int64)
    price = none if product is None else pl.lit(pl.Series(PRICES)).gather(product)
    total = pl.col("value") if qty is None else price * qty
    sku = pl.lit(None, pl.String) if product is None else pl.lit(pl.Series(SKUS)).gather(product)
    return receipts.select(
        "receipt_id",
        "store_id",
        "terminal_id",
        "business_date",
        "at",
        "original_receipt_id",
        batch="order_no",
        line_no=pl.lit(number, pl.Int64),
        line_type=pl.lit(kind),
        sku=sku,
        qty=none if qty is None else qty,
        unit_price=price,
        line_total=total,
        tax=none if qty is None else (total * 19 / 119).round().cast(pl.Int64),
        **_GIVEN,
    )
