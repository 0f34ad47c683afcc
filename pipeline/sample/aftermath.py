"""What comes after a purchase: mail, delivery, questions, complaints, reviews and returns."""

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.sample.personas import trait
from pipeline.sample.scenes import STAGES, number_of
from pipeline.sample.season import DAY, HOUR, MINUTE, Moments, within_opening_hours

_EXPERIENCE = STAGES.index("experience")
_OUTCOME = STAGES.index("outcome")
# How many of a hundred reviews give one star, two, and so on.
_STARS_WHEN_PLEASED = (1, 2, 7, 26, 64)
_STARS_WHEN_CROSS = (55, 30, 10, 4, 1)

Chances = npt.NDArray[np.bool_]


def add_aftermath(
    orders: pl.DataFrame, people: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Give the scenes that follow the orders: person, journey, order_no, stage, scene, at, stars.

    `stars` is null but for reviews. Who complains or sends back is cross, and rates so.
    """
    bought_at = orders["at"].to_numpy()
    is_online = orders["is_online"].to_numpy()
    of_person = orders["person"].to_numpy() - people["person"][0]
    persona = people["persona_no"].to_numpy()[of_person]
    has_card = people["loyalty_id"].is_not_null().to_numpy()[of_person]

    def happens(rate: float) -> Chances:
        return chance.random(orders.height) < rate

    def later(least: int, usual: float) -> Moments:
        return least + chance.exponential(usual, orders.height).astype(np.int64)

    delivered_at = _delivered_at(bought_at, trait("lead_days")[persona], chance)
    received_at = np.where(is_online, delivered_at, bought_at)
    complains, gives_back = happens(0.045), happens(0.04)
    is_cross = complains | gives_back
    brought_at = within_opening_hours(received_at + later(DAY // 2, DAY), chance)
    reviews = is_online & (happens(0.24) | (is_cross & happens(0.3)))
    scenes = (
        ("order_mail", is_online, bought_at + 12 * MINUTE),
        ("delivered", is_online, delivered_at),
        ("tracked", is_online & happens(0.22), _between(bought_at, delivered_at, chance)),
        ("asked_after", happens(0.03), received_at + later(HOUR, DAY)),
        ("complained", complains, received_at + later(HOUR, 1.2 * DAY)),
        ("reviewed", reviews, received_at + later(3 * HOUR, 4.0 * DAY)),
        ("sent_back", is_online & gives_back, received_at + later(DAY // 2, 1.5 * DAY)),
        ("brought_back", ~is_online & gives_back, brought_at),
        ("joined_loyalty", has_card & happens(0.12), received_at + later(HOUR, 6.0 * DAY)),
    )
    stars = _draw_stars(is_cross, chance)
    return pl.concat(_play(orders, scene, happens, at, stars) for scene, happens, at in scenes)


def _delivered_at(
    bought_at: Moments, lead_days: npt.NDArray[np.float64], chance: np.random.Generator
) -> Moments:
    """Deliver by day, two hours after the order at the earliest; who plans ahead may wait."""
    waits = np.minimum(lead_days / 4, 2.0) * DAY * chance.uniform(0.2, 1.5, bought_at.size)
    return within_opening_hours(bought_at + 2 * HOUR + waits.astype(np.int64), chance)


def _between(first: Moments, last: Moments, chance: np.random.Generator) -> Moments:
    least = first + 40 * MINUTE
    room = np.maximum(last - least, 0)
    moments: Moments = least + (chance.random(first.size) * room).astype(np.int64)
    return moments


def _draw_stars(is_cross: Chances, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    pleased = np.searchsorted(np.cumsum(_STARS_WHEN_PLEASED), chance.random(is_cross.size) * 100)
    cross = np.searchsorted(np.cumsum(_STARS_WHEN_CROSS), chance.random(is_cross.size) * 100)
    return 1 + np.where(is_cross, cross, pleased)


def _play(
    orders: pl.DataFrame, scene: str, happens: Chances, at: Moments, stars: npt.NDArray[np.int64]
) -> pl.DataFrame:
    is_outcome = scene in ("complained", "reviewed", "sent_back", "brought_back", "joined_loyalty")
    given = pl.lit(pl.Series(stars)) if scene == "reviewed" else pl.lit(None, pl.Int64)
    return orders.select(
        "person",
        "journey",
        "order_no",
        stage=pl.lit(_OUTCOME if is_outcome else _EXPERIENCE, pl.Int64),
        scene=pl.lit(number_of(scene), pl.Int64),
        at=pl.lit(pl.Series(at)),
        stars=given,
    ).filter(pl.Series(happens))
