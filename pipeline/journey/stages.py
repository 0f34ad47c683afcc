"""Stages: the one of the six that each touch of a journey stands in."""

import polars as pl

from pipeline.vocabulary import STAGE_NUMBER

EXPERIENCE = STAGE_NUMBER["experience"]


def add_stages(flow: pl.DataFrame) -> pl.DataFrame:
    """Add `stage` and `goal`; a journey's touches stand together, in order, from here on.

    A touch with no mind of its own takes the stage of the touch before it in the journey: passive
    ones and orders told again always, passing ones within their session. One that opens a journey
    has its own stage.
    """
    rows = flow.sort("journey", maintain_order=True)
    is_past = pl.col("head").is_not_null()
    own = (
        pl.when("is_afterglow")
        .then(pl.lit(EXPERIENCE, pl.UInt8))
        .when(is_past & pl.col("role").is_in(["either", "service"]))
        .then("stage_after")
        .otherwise("rule_stage")
    )
    joins_current = ~pl.col("opens") & ~is_past
    same_session = pl.col("session") == pl.col("session").shift(1)
    follows = (pl.col("is_purchase") & pl.col("told").is_not_null()) | (
        joins_current & (pl.col("is_passive") | (pl.col("is_passing") & same_session))
    )
    stage = pl.when(~follows).then(own).forward_fill()
    counts_goal = (pl.col("role") != "either") | is_past
    return rows.with_columns(stage=stage, goal=pl.when(counts_goal).then("goal"))
