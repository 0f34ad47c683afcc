"""What the ad platforms charged, by day and campaign: they tell sums, never people."""

import polars as pl

from pipeline.sample.draw import scramble
from pipeline.sample.text import local

# traffic: pesos a click, and how often an ad is shown for each click on it
_TERMS = {
    "brand_search": (110, 7),
    "paid_search": (390, 22),
    "paid_social": (270, 95),
    "display": (190, 160),
}
# The platforms also count the clicks of people whom no log of ours names.
_CLICKS_MORE = 1.15


def count_paid_visits(touches: pl.DataFrame) -> pl.DataFrame:
    """Count the visits that ads brought: day, channel (the visit's traffic), campaign, visits."""
    return (
        touches.filter(
            pl.col("traffic").is_in(list(_TERMS))
            & pl.col("utm_campaign").is_not_null()
            & (pl.col("utm_medium") != "organic")
            & (pl.col("event") == "session_start")
        )
        .group_by(day=local("occurred_at").dt.date(), channel="traffic", campaign="utm_campaign")
        .agg(visits=pl.len().cast(pl.Int64))
    )


def spend_table(paid_visits: pl.DataFrame) -> pl.DataFrame:
    """Give day, channel, campaign, impressions, clicks, cost and currency, in the order of days."""
    daily = (
        paid_visits.group_by("day", "channel", "campaign")
        .agg(pl.col("visits").sum())
        .sort("day", "channel", "campaign")
    )
    sways = pl.Series(scramble(daily.with_row_index("row")["row"].to_numpy(), salt=51) % 41)
    sway = 0.8 + pl.lit(sways).cast(pl.Float64) / 100
    click_cost = pl.col("channel").replace_strict({k: cost for k, (cost, _) in _TERMS.items()})
    shown = pl.col("channel").replace_strict({k: shown for k, (_, shown) in _TERMS.items()})
    clicks = (pl.col("visits") * _CLICKS_MORE).ceil().cast(pl.Int64)
    return daily.select(
        "day",
        "channel",
        "campaign",
        impressions=(clicks * shown * sway).round().cast(pl.Int64),
        clicks=clicks,
        cost=(clicks * click_cost * sway).round().cast(pl.Int64),
        currency=pl.lit("CLP"),
    )
