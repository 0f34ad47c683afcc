"""The web's log as GA4's BigQuery export writes it: one JSON object an event."""

import polars as pl

from pipeline.sample.catalogue import CATEGORIES, NAMES, PRICES, SKUS
from pipeline.sample.text import (
    bare_member,
    constant,
    json_array,
    json_object,
    local,
    member,
)

_STREAM = "4100200300"


def ga4_records(touches: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Give the web's touches as records of the export; 64-bit numbers are text there.

    Without consent an event has neither cookie nor session nor account, as GA4 sends it.
    """
    baskets = orders.select("order_no", "quantity", "extra")
    same_request = ("visit", "occurred_at")
    web = (
        touches.filter(pl.col("channel") == "web")
        .join(baskets, on="order_no", how="left", maintain_order="left")
        .with_columns(
            clock=pl.col("occurred_at").dt.epoch("us"),
            page_id=pl.col("session_id") * 1000,
            request_no=pl.col("occurred_at").rle_id().over("visit") + 1,
            index_no=pl.int_range(1, pl.len() + 1).over(same_request),
            **{
                column: pl.when(~pl.col("is_denied")).then(column)
                for column in ("anonymous_id", "user_id", "session_id")
            },
        )
    )
    return web.select(at="occurred_at", batch="touch_no", record=_event())


def _event() -> pl.Expr:
    storage = pl.when("is_denied").then(pl.lit("No")).otherwise(pl.lit("Yes"))
    privacy = json_object(
        member("analytics_storage", storage),
        member("ads_storage", storage),
        member("uses_transient_token", pl.lit("No")),
    )
    return json_object(
        member("event_date", local("occurred_at").dt.strftime("%Y%m%d")),
        member("event_timestamp", pl.col("clock")),
        member("event_name", pl.col("event")),
        bare_member("event_params", _params()),
        member("user_id", pl.col("user_id")),
        member("user_pseudo_id", pl.col("anonymous_id")),
        bare_member("privacy_info", privacy),
        bare_member("device", json_object(member("category", pl.col("device_type")))),
        bare_member("collected_traffic_source", _traffic_source()),
        bare_member("ecommerce", _ecommerce()),
        bare_member("items", _items()),
        member("batch_page_id", pl.col("page_id")),
        member("batch_ordering_id", pl.col("request_no")),
        member("batch_event_index", pl.col("index_no")),
        constant(f'"platform":"WEB","stream_id":"{_STREAM}"'),
    )


def _params() -> pl.Expr:
    return json_array(
        _param("ga_session_id", "int_value", pl.col("session_id")),
        _param("page_location", "string_value", pl.col("page_url")),
        _param("page_referrer", "string_value", pl.col("referrer")),
        _param("search_term", "string_value", pl.col("search_term")),
        _param("currency", "string_value", pl.col("currency")),
        _param("value", "int_value", pl.col("value")),
        _param("transaction_id", "string_value", pl.col("order_id")),
    )


def _param(key: str, kind: str, value: pl.Expr) -> pl.Expr:
    shape = '{"key":"KEY","value":{"KIND":"'.replace("KEY", key).replace("KIND", kind)
    return pl.lit(shape) + value.cast(pl.String) + pl.lit('"}}')


def _traffic_source() -> pl.Expr:
    tells = pl.any_horizontal(pl.col("utm_source", "click_id").is_not_null())
    source = json_object(
        member("manual_campaign_name", pl.col("utm_campaign")),
        member("manual_source", pl.col("utm_source")),
        member("manual_medium", pl.col("utm_medium")),
        member("manual_term", pl.col("utm_term")),
        *[
            member(kind, pl.when(pl.col("click_id_type") == kind).then("click_id"))
            for kind in ("gclid", "dclid")
        ],
    )
    return pl.when(tells).then(source)


def _ecommerce() -> pl.Expr:
    has_extra = pl.col("extra").is_not_null()
    sale = json_object(
        member("total_item_quantity", pl.col("quantity") + has_extra.cast(pl.Int64)),
        bare_member("purchase_revenue", pl.col("value")),
        member("unique_items", 1 + has_extra.cast(pl.Int64)),
        member("transaction_id", pl.col("order_id")),
    )
    return pl.when(pl.col("event") == "purchase").then(sale)


def _items() -> pl.Expr:
    quantity = pl.when(pl.col("event") == "purchase").then("quantity").otherwise(1)
    extra = pl.when(pl.col("event") == "purchase").then("extra")
    items = json_array(_item(pl.col("product_no"), quantity), _item(extra, pl.lit(1)))
    return pl.when(pl.col("product_no").is_not_null()).then(items)


def _item(number: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    item = json_object(
        member("item_id", pl.lit(pl.Series(SKUS)).gather(number)),
        member("item_name", pl.lit(pl.Series(NAMES)).gather(number)),
        member("item_category", pl.lit(pl.Series(CATEGORIES)).gather(number)),
        bare_member("price", pl.lit(pl.Series(PRICES)).gather(number)),
        member("quantity", quantity),
    )
    return pl.when(number.is_not_null()).then(item)
