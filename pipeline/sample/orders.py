"""The orders: what was bought, for how much, online or at which till."""

import numpy as np
import polars as pl

from pipeline.sample.catalogue import EXTRAS, POPULARITY, PRICES, PRODUCTS
from pipeline.sample.draw import Numbers, pick
from pipeline.sample.season import TIME_ZONE

TILLS = 2
_FIRST_ORDER = 1_000_000
_RECEIPTS_A_DAY = 1_000


def favourite_products(count: int, chance: np.random.Generator) -> Numbers:
    """Draw the product that each of so many journeys is about."""
    ladder = np.cumsum(POPULARITY)
    drawn: Numbers = np.searchsorted(ladder, chance.random(count) * ladder[-1])
    return drawn


def invent_orders(
    stages: pl.DataFrame, favourites: Numbers, chance: np.random.Generator, *, chunk: int
) -> pl.DataFrame:
    """Give the order of every stage that ends with a purchase; its place is its `order_no`.

    Columns: order_no, order_id, person, journey, is_online, at, product, quantity, extra (a product
    too, or null), value, and for the stores store_id, terminal_id, receipt_id, business_date.
    """
    bought = stages.filter("is_bought").select(
        "person", "journey", "at", is_online=~pl.col("is_in_store")
    )
    product = favourites[bought["journey"].to_numpy()]
    quantity = 1 + (chance.random(product.size) < 0.12)
    extra = PRODUCTS + chance.integers(0, EXTRAS, product.size)
    has_extra = chance.random(product.size) < 0.30
    value = PRICES[product] * quantity + np.where(has_extra, PRICES[extra], 0)
    orders = bought.with_columns(
        product=pl.lit(pl.Series(product)),
        quantity=pl.lit(pl.Series(quantity)),
        extra=pl.when(pl.lit(pl.Series(has_extra))).then(pl.lit(pl.Series(extra))),
        value=pl.lit(pl.Series(value)),
    ).with_row_index("order_no")
    return _with_names(_with_tills(orders.cast({"order_no": pl.Int64}), chance, chunk), chunk)


def _with_tills(orders: pl.DataFrame, chance: np.random.Generator, chunk: int) -> pl.DataFrame:
    """Give each order in a store its till; every till counts its receipts anew each day."""
    store = 1 + pick(np.tile([0.65, 0.35], (orders.height, 1)), chance)
    till = chance.integers(1, TILLS + 1, orders.height)
    local = pl.from_epoch("at", "us").dt.replace_time_zone("UTC").dt.convert_time_zone(TIME_ZONE)
    in_store = orders.select(
        "order_no",
        "at",
        store_id=pl.format("S{}", pl.lit(pl.Series(store))),
        terminal_id=pl.format("T{}", pl.lit(pl.Series(till))),
        business_date=local.dt.date(),
    ).filter(~orders["is_online"])
    number = pl.col("at").rank("ordinal").over("store_id", "terminal_id", "business_date")
    numbered = in_store.with_columns(
        receipt_id=(number.cast(pl.Int64) + chunk * _RECEIPTS_A_DAY).cast(pl.String).str.zfill(4)
    )
    return orders.join(numbered.drop("at"), on="order_no", how="left", maintain_order="left")


def _with_names(orders: pl.DataFrame, chunk: int) -> pl.DataFrame:
    """Name the orders: the web shop counts, a till's receipt is named for till, day and number."""
    online = pl.format("FS-{}", pl.col("order_no") + (1 + chunk) * _FIRST_ORDER)
    receipt = pl.format("{}/{}/{}/{}", "store_id", "terminal_id", "business_date", "receipt_id")
    return orders.with_columns(order_id=pl.when("is_online").then(online).otherwise(receipt))
