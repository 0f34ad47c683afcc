"""Who a touch says it is from: each vendor knows the customer by something else."""

import numpy as np
import polars as pl

_ON_PAPER = ("loyalty_id", "email", "phone", "card_token")


def add_till_identity(
    orders: pl.DataFrame, people: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Add what the customer shows at the till, as `given_…`; online orders give an email.

    Who shows neither loyalty card nor email nor phone is known by the payment card alone.
    """
    drawn = chance.random((4, orders.height))
    rates = (0.94, 0.62, 0.35, 0.5)
    shows = [pl.lit(pl.Series(one < rate)) for one, rate in zip(drawn, rates, strict=True)]
    in_store = ~pl.col("is_online")
    known = orders.select("order_no", "person", "is_online").join(
        people.select("person", *_ON_PAPER), on="person", how="left", maintain_order="left"
    )
    given = known.select(
        given_loyalty_id=pl.when(in_store & shows[0]).then("loyalty_id"),
        given_email=pl.when(~in_store | shows[1]).then("email"),
        given_phone=pl.when(in_store & shows[2]).then("phone"),
        card_token="card_token",
        is_online="is_online",
    )
    is_nameless = pl.all_horizontal(
        pl.col("given_loyalty_id", "given_email", "given_phone").is_null()
    )
    return pl.concat(
        [
            orders,
            given.select(
                "given_loyalty_id",
                "given_email",
                "given_phone",
                given_card_token=pl.when(in_store & (shows[3] | is_nameless)).then("card_token"),
            ),
        ],
        how="horizontal",
    )


def add_identifiers(
    touches: pl.DataFrame, people: pl.DataFrame, orders: pl.DataFrame
) -> pl.DataFrame:
    """Add the identifiers that a touch of its channel carries; all others stay null."""
    known = people.select(
        "person", "user_id", "network_user_id", own_email="email", own_phone="phone"
    )
    named = orders.select(
        "order_no",
        order="order_id",
        loyalty="given_loyalty_id",
        till_email="given_email",
        till_phone="given_phone",
        card="given_card_token",
    )
    channel = pl.col("channel").cast(pl.String)
    in_store = channel == "store"
    writes = channel.is_in(["email", "support", "reviews"])
    # On the site only the sale itself names its order.
    names_order = (channel != "web") | (pl.col("event").cast(pl.String) == "purchase")
    return (
        touches.join(known, on="person", how="left", maintain_order="left")
        .join(named, on="order_no", how="left", maintain_order="left")
        .with_columns(
            user_id=pl.when("has_login").then("user_id"),
            email=pl.when(in_store).then("till_email").when(writes).then("own_email"),
            phone=pl.when(in_store).then("till_phone"),
            loyalty_id=pl.when(in_store).then("loyalty"),
            device_id=pl.when(in_store).then("card"),
            network_user_id=pl.when(channel == "ads").then("network_user_id"),
            order_id=pl.when(names_order).then("order"),
        )
        .drop("own_email", "own_phone", "order", "loyalty", "till_email", "till_phone", "card")
    )
