"""The truth beside the logs: whose each identifier is, and how each journey went."""

import polars as pl

from pipeline.sample.season import DAY, YEAR_ENDS

_JOURNEY_SILENCE = 90 * DAY
_AFTER_SILENCE = 180 * DAY
_PASSIVE = ("ad_impression", "view_promotion")
# Truth's word for a kind of identifier, and the column of people that holds it.
_OF_PEOPLE = {
    "user_id": "user_id", "email": "email", "phone": "phone", "loyalty_id": "loyalty_id",
    "network_user_id": "network_user_id", "device_id": "card_token",
}  # fmt: skip


def tell_people(people: pl.DataFrame) -> pl.DataFrame:
    """Give one row a person, with the identifiers that name a person."""
    return people.select("person", "persona", "user_id", "email", "phone", "loyalty_id")


def tell_identifiers(
    people: pl.DataFrame, devices: pl.DataFrame, orders: pl.DataFrame
) -> pl.DataFrame:
    """Give type, value and person of every identifier; what two people share has two rows."""
    own = [
        people.select(type=pl.lit(kind), value=column, person="person").drop_nulls()
        for kind, column in _OF_PEOPLE.items()
    ]
    cookies = devices.select(type=pl.lit("anonymous_id"), value="cookie", person="person").unique(
        maintain_order=True
    )
    named = orders.select(type=pl.lit("order_id"), value="order_id", person="person")
    return pl.concat([*own, cookies, named])


def tell_journeys(touches: pl.DataFrame, numbers_from: int) -> pl.DataFrame:
    """Give one row a journey: person, journey, started_at, stage_path, ended_as, order_ids.

    `stage_path` folds repeats; `ended_as` is how the journey stands when the year ends.
    """
    event = pl.col("event").cast(pl.String)
    at = pl.col("occurred_at")
    stage = pl.col("stage").cast(pl.String)
    told = (
        touches.filter(pl.col("journey").is_not_null())
        .sort("journey", "occurred_at", maintain_order=True)
        .group_by("journey", maintain_order=True)
        .agg(
            person=pl.col("person").first(),
            started=at.min(),
            stage_path=stage.filter(stage.rle_id().is_first_distinct()).str.join(">"),
            last_at=at.max(),
            last_active_at=at.filter(~event.is_in(_PASSIVE)).max(),
            order_ids=pl.col("order_id").filter(event == "purchase").str.join(" "),
            has_bought=(event == "purchase").any(),
            sends_back=(event == "return").any(),
            complains=(event == "complaint").any(),
            stars=pl.col("stars").max(),
        )
    )
    return told.with_columns(ended_as=_end(), journey=pl.col("journey") + numbers_from).select(
        "person",
        "journey",
        pl.from_epoch("started", "us").dt.replace_time_zone("UTC").alias("started_at"),
        "stage_path",
        "ended_as",
        order_ids=pl.when("has_bought").then("order_ids"),
    )


def _end() -> pl.Expr:
    """Say how a journey stands, the first that holds, as the product's own rules have it."""
    silence = YEAR_ENDS - pl.coalesce("last_active_at", "last_at")
    # Journeys come in the order of their people and times.
    buys_again = pl.col("has_bought").reverse().cum_max().shift(1).reverse().over("person")
    return (
        pl.when(~pl.col("has_bought") & (silence <= _JOURNEY_SILENCE)).then(pl.lit("open"))
        .when(~pl.col("has_bought")).then(pl.lit("dropped"))
        .when("sends_back").then(pl.lit("returned"))
        .when("complains").then(pl.lit("detracted"))
        .when(pl.col("stars") <= 2).then(pl.lit("detracted"))
        .when(pl.col("stars") >= 4).then(pl.lit("advocated"))
        .when(buys_again.fill_null(value=False)).then(pl.lit("repurchased"))
        .when(silence <= _AFTER_SILENCE).then(pl.lit("open"))
        .otherwise(pl.lit("kept"))
    )  # fmt: skip
