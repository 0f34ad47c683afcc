"""Steps: the stages of all journeys in order, each with its scene and the visit it belongs to."""

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.sample.arrivals import DIRECT, DISPLAY, EMAIL, RETURNING
from pipeline.sample.draw import Numbers, pick
from pipeline.sample.personas import trait
from pipeline.sample.scenes import SCENES, number_of, scene_weights
from pipeline.sample.season import MINUTE

# Below the half hour that ends a session, so that vendor and pipeline rarely cut differently.
_VISIT_ENDS_AFTER = 25 * MINUTE
_PLAYS_ON_SITE = np.array([any(line.channel == "web" for line in scene.lines) for scene in SCENES])
_BEGINS_VISIT = np.array([scene.begins_visit for scene in SCENES])


def add_scenes(
    stages: pl.DataFrame, orders: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Choose the scene of each stage of the walks; purchases get the number of their order."""
    state = stages["state"].to_numpy()
    scene = pick(scene_weights()[state] + 1e-12, chance)
    is_bought = stages["is_bought"].to_numpy()
    is_in_store = stages["is_in_store"].to_numpy()
    scene = np.where(state == 3, number_of("checkout_left"), scene)
    scene = np.where(is_bought, number_of("checkout_done"), scene)
    scene = np.where(is_in_store, number_of("bought_in_store"), scene)
    bought = orders.select("journey", "order_no", is_bought=True)
    return (
        stages.with_columns(scene=pl.lit(pl.Series(scene)))
        .join(bought, on=["journey", "is_bought"], how="left", maintain_order="left")
        .select("person", "journey", "order_no", "scene", "at", stage="state")
        .with_columns(stars=pl.lit(None, pl.Int64))
    )


def add_visits(steps: pl.DataFrame) -> pl.DataFrame:
    """Sort steps by journey and time, and number their visits to the site (`visit`, else null).

    `opens_visit` marks a visit's first step; `room` is the time until the journey's next step.
    """
    is_on_site = pl.lit(pl.Series(_PLAYS_ON_SITE)).gather(pl.col("scene"))
    begins = pl.lit(pl.Series(_BEGINS_VISIT)).gather(pl.col("scene"))
    on_site_at = pl.when("is_on_site").then("at")
    pause = pl.col("at") - on_site_at.forward_fill().shift(1).over("journey")
    is_new = pl.col("is_on_site") & (begins | pause.is_null() | (pause > _VISIT_ENDS_AFTER))
    return (
        steps.sort("journey", "at", "stage", "scene")
        .with_columns(is_on_site=is_on_site)
        .with_columns(
            opens_visit=is_new, room=pl.col("at").shift(-1).over("journey") - pl.col("at")
        )
        .with_columns(visit=pl.when("is_on_site").then(pl.col("opens_visit").cum_sum() - 1))
        .cast({"visit": pl.Int64})
        .drop("is_on_site")
    )


def invent_visits(
    steps: pl.DataFrame, people: pl.DataFrame, devices: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Give the visits in their order: person, arrival, device (a row of devices), and what is said.

    `is_logged_in` marks visits logged in from beginning to end, `logs_in` those at the checkout,
    `is_denied` those without consent to analytics: never one with a purchase.
    """
    opening = steps.filter("opens_visit")
    of_person = opening["person"].to_numpy() - people["person"][0]
    habit = people["habit"].gather(of_person)
    owned = devices.group_by("person", maintain_order=True).len()["len"].to_numpy().astype(np.int64)
    device_no = _draw_devices(owned[of_person], chance)
    buys = steps.group_by("visit").agg(buys=pl.col("order_no").is_not_null().any())
    drawn = chance.random((3, opening.height))
    return (
        opening.select(
            "visit",
            "person",
            "journey",
            arrival=pl.lit(pl.Series(_draw_arrivals(opening, people, of_person, chance))),
            device=pl.lit(pl.Series((np.cumsum(owned) - owned)[of_person] + device_no)),
            is_logged_in=pl.lit((habit == "mostly") & pl.Series(drawn[0] < 0.9)),
            logs_in=pl.lit(habit == "at_checkout"),
            is_denied=pl.lit(pl.Series(drawn[1] < 0.02)),
        )
        .join(buys, on="visit", how="left", maintain_order="left")
        .with_columns(is_denied=pl.col("is_denied") & ~pl.col("buys"))
        .drop("buys")
    )


def _draw_devices(owned: Numbers, chance: np.random.Generator) -> Numbers:
    other = 1 + (chance.random(owned.size) * (owned - 1)).astype(np.int64)
    return np.where((chance.random(owned.size) < 0.72) | (owned == 1), 0, other)


def _draw_arrivals(
    opening: pl.DataFrame, people: pl.DataFrame, of_person: Numbers, chance: np.random.Generator
) -> Numbers:
    persona = people["persona_no"].to_numpy()[of_person]
    returns = opening["journey"].is_first_distinct().not_().to_numpy()
    weights: npt.NDArray[np.float64] = trait("arrivals")[persona]
    weights = np.where(returns[:, None], np.array(RETURNING), weights)
    arrival = pick(weights, chance)
    scene = opening["scene"].to_numpy()
    arrival = np.where(scene == number_of("ad_clicked"), DISPLAY, arrival)
    arrival = np.where(scene == number_of("mail_clicked"), EMAIL, arrival)
    # Nobody looks for flowers where they only ask after a parcel.
    after = np.isin(scene, [number_of("tracked"), number_of("joined_loyalty")])
    return np.where(after, DIRECT, arrival)
