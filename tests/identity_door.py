"""The product's stitching behind the door of the reference: touches in, their customers out."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.identity import stitch
from pipeline.queries import read_sql, shipped_dir
from pipeline.sections import Identity
from pipeline.vocabulary import STRONG_IDENTIFIERS
from pipeline.warehouse import Warehouse, in_memory
from tests.identity_reference import Customers, Identifier, Row, Stitching, Touch, readable_name

_TOUCHES: dict[str, Any] = {
    "touchpoint_id": pl.String,
    "source": pl.String,
    "occurred_at": pl.Datetime("us", "UTC"),
    "strong_id": pl.String,
    "strong_ids": pl.List(pl.String),
    "weak_id": pl.String,
    "click_id": pl.String,
}
_EMPTY = {
    "event_words": "source varchar, raw varchar, ours varchar",
    "channel_words": "source varchar, raw varchar, ours varchar",
    "scratch.ad_clicks": "click_id varchar, campaign varchar, keyword varchar",
    "scratch.record_links": "one_id varchar, other_id varchar, source varchar, load_id varchar",
    "stored_links": "one_id varchar, other_id varchar, told_by varchar",
}
# What a touch tells besides, which no customer hangs on.
_UNASKED = {
    **dict.fromkeys(("event", "channel", "traffic", "campaign", "referrer_host"), "varchar"),
    **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_term"), "varchar"),
    **dict.fromkeys(("click_id_type", "known_customer_id", "known_led_by"), "varchar"),
    **dict.fromkeys(("is_machine", "is_test", "is_bot"), "boolean"),
}
_TWO_WAY = Stitching()


def customers_of(
    touches: Sequence[Touch],
    stitching: Stitching = _TWO_WAY,
    known_customers: Sequence[Row] = (),
) -> Customers:
    """Stitch touches with the product's own queries, and give the customer of each."""
    warehouse = in_memory()
    try:
        warehouse.run("attach ':memory:' as scratch")
        warehouse.run("create schema core")
        warehouse.run(read_sql(shipped_dir() / "macros" / "traffic.sql"))
        for name, columns in _EMPTY.items():
            warehouse.run(f"create table {name} ({columns})")
        _tell(warehouse, touches, known_customers)
        identity = Identity.model_construct(
            mode=stitching.mode, backfill=stitching.backfill, max_links=stitching.max_links
        )
        stitch(warehouse, identity)
        query = read_sql(shipped_dir() / "scratch" / "told_touches.sql")
        return dict(warehouse.rows(f"select touchpoint_id, customer_id from ({query})"))
    finally:
        warehouse.close()


def _tell(warehouse: Warehouse, touches: Sequence[Touch], known_customers: Sequence[Row]) -> None:
    """Make of touches and the customer file what an intake makes of them."""
    told = pl.DataFrame([_row(touch) for touch in touches], schema=_TOUCHES, orient="row")
    met = {one for touch in touches for one in (*touch.strong, touch.weak) if one}
    met.update(one for row in known_customers for one in row)
    identifiers = pl.DataFrame(
        [(readable_name(one), one.type) for one in met],
        schema={"identifier": pl.String, "type": pl.String},
        orient="row",
    )
    customers = pl.DataFrame(
        [(_names(row),) for row in known_customers],
        schema={"strong_ids": pl.List(pl.String)},
        orient="row",
    )
    for frame, name in (
        (told, "gathered_touches"),
        (identifiers, "known_identifiers"),
        (customers, "scratch.known_customers"),
    ):
        with warehouse.view_of(frame, "told_frame"):
            warehouse.run(f"create table {name} as from told_frame")
    for name, kind in _UNASKED.items():
        warehouse.run(f"alter table gathered_touches add column {name} {kind}")


def _row(touch: Touch) -> tuple[object, ...]:
    strong = [] if touch.is_denied else _names(touch.strong)
    weak = None if touch.is_denied or touch.weak is None else readable_name(touch.weak)
    return (
        touch.touch_id,
        touch.source,
        touch.occurred_at,
        strong[0] if strong else None,
        strong if len(strong) > 1 else None,
        weak,
        None if touch.is_denied else touch.click_id,
    )


def _names(identifiers: Sequence[Identifier]) -> list[str]:
    ranked = sorted(identifiers, key=lambda one: STRONG_IDENTIFIERS.index(one.type))
    return [readable_name(one) for one in dict.fromkeys(ranked)]
