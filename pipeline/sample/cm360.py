"""The ads' log as Campaign Manager's data transfer writes it: a row an impression or click."""

import polars as pl

from pipeline.sample.draw import digits, scramble
from pipeline.sample.season import CAMPAIGNS
from pipeline.sample.text import csv_line

CM360_HEADER = (
    "Event Time,Event Type,Event Sub-Type,User ID,Advertiser ID,Campaign ID,Ad ID,Rendering ID,"
    "Site ID (CM360),Placement ID,Country Code,Browser/Platform ID,Operating System ID,"
    "Impression ID,U Value"
)
_ADVERTISER = "8100456"
_FIRST_CAMPAIGN = 30_100_000
# The network withholds the user of far more impressions than this: they would only swell the
# sample, for a touch of nobody is counted and joins no journey.
_WITHHELD_ONE_IN = 70


def cm360_records(touches: pl.DataFrame) -> pl.DataFrame:
    """Give the ads' touches as rows; `U Value` carries the click's dclid, as the shop set it up.

    Some rows more have no user (`0`): people whom the network does not name.
    """
    ads = touches.filter(pl.col("channel") == "ads").select(
        "touch_no", "occurred_at", "event", "network_user_id", "campaign", "click_id"
    )
    withheld = ads.filter(
        (pl.col("event") == "ad_impression")
        & pl.Series(scramble(ads["touch_no"].to_numpy(), salt=31) % _WITHHELD_ONE_IN == 0)
    ).with_columns(network_user_id=pl.lit("0"), touch_no=-pl.col("touch_no") - 1)
    shown = pl.concat([ads, withheld])
    number = shown["touch_no"].to_numpy()
    marked = shown.with_columns(
        clock=pl.col("occurred_at").dt.epoch("us").cast(pl.String),
        impression_id=digits(number, salt=32, places=16, name="impression_id"),
        campaign_no=pl.col("campaign")
        .str.strip_prefix("display-")
        .replace_strict(list(CAMPAIGNS), list(range(len(CAMPAIGNS)))),
        variant=pl.Series(scramble(number, salt=33) % 3).cast(pl.Int64),
    )
    return marked.select(at="occurred_at", batch="touch_no", record=_row(), event="event")


def _row() -> pl.Expr:
    is_click = pl.col("event") == "ad_click"
    kind = pl.when(is_click).then(pl.lit("CLICK")).otherwise(pl.lit("VIEW"))
    campaign, variant = pl.col("campaign_no"), pl.col("variant")
    return csv_line(
        pl.col("clock"),
        kind,
        kind,
        pl.col("network_user_id"),
        pl.lit(_ADVERTISER),
        _FIRST_CAMPAIGN + campaign,
        550_000_000 + campaign * 10 + variant,
        190_000_000 + campaign * 10 + variant,
        6_200_000 + variant,
        370_000_000 + campaign * 10 + variant,
        pl.lit("CL"),
        60 + variant,
        22 + variant,
        pl.col("impression_id"),
        pl.when(is_click).then(pl.format("dclid={}", "click_id")),
    )
