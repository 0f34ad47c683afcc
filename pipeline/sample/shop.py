"""The shop, invented: a chunk of customers at a time, from people to touches."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from pipeline.sample.aftermath import add_aftermath
from pipeline.sample.catalogue import SKUS
from pipeline.sample.details import add_products, add_visit_details
from pipeline.sample.draw import chance_for
from pipeline.sample.identify import add_identifiers, add_till_identity
from pipeline.sample.mailings import send_newsletters
from pipeline.sample.orders import favourite_products, invent_orders
from pipeline.sample.people import invent_devices, invent_people
from pipeline.sample.steps import add_scenes, add_visits, invent_visits
from pipeline.sample.touches import play_scenes
from pipeline.sample.truth import tell_identifiers, tell_journeys, tell_people
from pipeline.sample.walk import walk_journeys

CHUNK = 50_000
TOUCH_COLUMNS = (
    "touch_no", "person", "journey", "step", "stage", "scene", "visit", "mailing", "order_no",
    "channel", "event", "occurred_at", "traffic", "device_type", "session_id", "is_denied",
    "user_id", "email", "phone", "loyalty_id", "order_id", "anonymous_id", "device_id",
    "network_user_id", "click_id", "click_id_type", "utm_source", "utm_medium", "utm_campaign",
    "utm_term", "referrer", "campaign", "page_url", "search_term", "product", "product_no",
    "value", "currency", "rating", "is_machine",
)  # fmt: skip
EVENT_COLUMNS = tuple(
    column
    for column in TOUCH_COLUMNS
    if column not in ("person", "journey", "step", "stage", "scene", "visit", "mailing",
                      "order_no", "product_no", "is_denied", "search_term")
)  # fmt: skip
# Numbers of one chunk never reach those of the next: fewer than so many a customer.
_NUMBERS_EACH = 1_024


@dataclass(frozen=True, slots=True)
class Truth:
    """What the logs do not tell: who is who, which identifier is whose, how journeys went."""

    people: pl.DataFrame
    identifiers: pl.DataFrame
    journeys: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Shop:
    """An invented year of the shop, in frames: customers, their devices, orders, touches, truth."""

    people: pl.DataFrame
    devices: pl.DataFrame
    orders: pl.DataFrame
    touches: pl.DataFrame
    truth: Truth


def invent_shop(*, customers: int, seed: int) -> Shop:
    """Invent the whole shop in memory; beyond some 100,000 customers rather take `iter_shop`."""
    chunks = list(iter_shop(customers=customers, seed=seed))
    truths = [chunk.truth for chunk in chunks]
    return Shop(
        people=pl.concat(chunk.people for chunk in chunks),
        devices=pl.concat(chunk.devices for chunk in chunks),
        orders=pl.concat(chunk.orders for chunk in chunks),
        touches=pl.concat(chunk.touches for chunk in chunks),
        truth=Truth(
            **{
                field.name: pl.concat(getattr(truth, field.name) for truth in truths)
                for field in fields(Truth)
            }
        ),
    )


def iter_shop(*, customers: int, seed: int) -> Iterator[Shop]:
    """Invent the shop one chunk of customers after the other; no two chunks share anybody."""
    for chunk, first in enumerate(range(0, customers, CHUNK)):
        yield _invent_chunk(first, min(CHUNK, customers - first), seed=seed, chunk=chunk)


def iter_touches(*, customers: int, seed: int) -> Iterator[pl.DataFrame]:
    """Give the touches alone, a chunk of customers at a time, as generic events.

    The columns of the input contract under their own names; no two chunks share a customer's
    touches, and each is in the order of time.
    """
    for shop in iter_shop(customers=customers, seed=seed):
        yield shop.touches.select(EVENT_COLUMNS)


def _invent_chunk(first: int, count: int, *, seed: int, chunk: int) -> Shop:
    def chance(idea: str) -> np.random.Generator:
        return chance_for(idea, seed=seed, chunk=chunk)

    people = invent_people(first, count, chance("people"))
    devices = invent_devices(people, chance("devices"))
    stages = walk_journeys(people, chance("walk"))
    favourites = favourite_products(stages["journey"].n_unique(), chance("favourites"))
    orders = invent_orders(stages, favourites, chance("orders"), chunk=chunk)
    orders = add_till_identity(orders, people, chance("till"))
    before = add_scenes(stages, orders, chance("scenes"))
    after = add_aftermath(orders, people, chance("aftermath"))
    steps = add_visits(pl.concat([before, after], how="diagonal"))
    visits = invent_visits(steps, people, devices, chance("visits"))
    played = play_scenes(steps, visits, chance("touches"))
    mails = send_newsletters(played, people, chance("mailings"))
    touches = pl.concat([played, mails], how="diagonal").with_columns(
        pl.col("is_machine", "has_login").fill_null(value=False)
    )
    numbers_from = first * _NUMBERS_EACH
    touches = add_visit_details(touches, visits, devices, first_visit=numbers_from)
    touches = add_identifiers(touches, people, orders)
    touches = add_products(touches, orders, favourites, chance("products"))
    shop_orders = _made_in_time(orders, touches, numbers_from)
    return Shop(
        people=people,
        devices=devices,
        orders=shop_orders,
        touches=_finish(touches, numbers_from),
        truth=Truth(
            people=tell_people(people),
            identifiers=tell_identifiers(people, devices, shop_orders),
            journeys=tell_journeys(touches, numbers_from),
        ),
    )


def _made_in_time(orders: pl.DataFrame, touches: pl.DataFrame, numbers_from: int) -> pl.DataFrame:
    """Keep the orders that were made before the year ended, with the moment when they were."""
    made = touches.filter(pl.col("event") == "purchase").select("order_no", at="occurred_at")
    return (
        orders.drop("at")
        .join(made, on="order_no", maintain_order="left")
        .with_columns(
            pl.col("order_no", "journey") + numbers_from,
            at=pl.from_epoch("at", "us").dt.replace_time_zone("UTC"),
        )
    )


def _finish(touches: pl.DataFrame, numbers_from: int) -> pl.DataFrame:
    """Put touches in the order of time, number them, and keep the columns that vendors tell of."""
    numbered = ("journey", "visit", "step", "order_no")
    return (
        touches.with_row_index("row")
        .sort("occurred_at", "row")
        .drop("row")
        .with_row_index("touch_no")
        .with_columns(
            pl.col("touch_no").cast(pl.Int64) + numbers_from,
            *[pl.col(name) + numbers_from for name in numbered],
            occurred_at=pl.from_epoch("occurred_at", "us").dt.replace_time_zone("UTC"),
            product=pl.lit(pl.Series(SKUS)).gather(pl.col("product")),
            product_no="product",
            currency=pl.when(pl.col("value").is_not_null()).then(pl.lit("CLP")),
            rating="stars",
        )
        .select(TOUCH_COLUMNS)
    )
