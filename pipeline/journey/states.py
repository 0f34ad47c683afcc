"""Journeys and steps as rows, each journey with the state in which it ends."""

from datetime import datetime

import polars as pl

from pipeline.journey.order import starts_run
from pipeline.journey.runs import fold_runs, number_runs
from pipeline.rulebook import Rulebook
from pipeline.vocabulary import STAGE_NUMBER, STATES

OUTCOME = STAGE_NUMBER["outcome"]
STATE = pl.Enum(STATES)


def add_steps(flow: pl.DataFrame) -> pl.DataFrame:
    """Add `step_no`: neighbouring touches of one stage of a journey are one step, from 1."""
    return flow.with_columns(step_no=number_runs(flow, "stage", within="journey"))


def summarise_steps(flow: pl.DataFrame) -> pl.DataFrame:
    """Make one row per step: what its first touch was, its times, touches, goals and revenue.

    `is_new_depth` tells the steps that stand deeper than all before them in their journey.
    """
    rows = flow.with_columns(is_goal=pl.col("goal").is_not_null())
    steps = fold_runs(
        rows,
        "journey",
        "step_no",
        first={
            "journey": "journey",
            "step_no": "step_no",
            "customer": "customer",
            "stage": "stage",
            "channel": "channel",
            "event": "event",
            "started_at": "occurred_at",
        },
        last={"ended_at": "occurred_at"},
        total={"goals": "is_goal", "value": "revenue"},
        count="touches",
    )
    return steps.with_columns(is_new_depth=starts_run("journey") | _is_deeper())


def summarise_journeys(flow: pl.DataFrame, rulebook: Rulebook, cut_off: datetime) -> pl.DataFrame:
    """Make one row per journey, with its state as of the cut-off.

    Out: journey (row), customer, started_at, ended_at, first and last channel, first_traffic,
    first_campaign, first_device_type, touches, sessions, steps, deepest_stage, deepest_at (when it
    was reached by a touch), last_stage, last_active_at (from which the silence runs), state,
    converted_at, orders, value and returned_value (ten-thousandths), entered_late,
    touches_before_conversion, contact_at and touches_before_contact.
    """
    journeys = fold_runs(
        _told_by_touches(flow),
        "journey",
        first={
            "journey": "journey",
            "customer": "customer",
            "started_at": "occurred_at",
            "first_channel": "channel",
            "first_traffic": "traffic",
            "first_campaign": "campaign",
            "first_device_type": "device_type",
            "entered_late": "opens_late",
            "next_contact": "next_contact",
            "journey_position": "journey_position",
        },
        last={
            "ended_at": "occurred_at",
            "last_channel": "channel",
            "last_stage": "stage",
            "steps": "step_no",
            "converted_at": "converted_at",
            "conversion_row": "conversion_row",
            "conversion_position": "conversion_position",
            "last_active_at": "last_active_at",
            "deepest_stage": "deepest_stage",
            "deepest_at": "deepest_at",
        },
        total={
            "sessions": "is_new_session",
            "orders": "is_order",
            "value": "earned",
            "returned": "given_back",
            "has_returned": "is_returned",
            "has_detracted": "is_detracted",
            "has_advocated": "is_advocated",
            "has_renewed": "is_renewed",
        },
        count="touches",
    )
    known = _with_later_conversions(_with_contact(journeys, flow), flow)
    return _with_state(known, rulebook, cut_off)


def _told_by_touches(flow: pl.DataFrame) -> pl.DataFrame:
    """Lay beside each touch what it tells of its journey; what runs, runs within the journey."""
    start = starts_run("journey")
    effect = pl.col("effect").fill_null("")
    undoes = effect == "returned"
    is_review = pl.col("is_rated") & pl.col("sentiment").is_not_null()
    position = pl.int_range(pl.len(), dtype=pl.Int64)
    rows = flow.with_columns(
        position=position,
        journey_position=pl.when(start).then(position).forward_fill(),
        next_contact=pl.when("is_personal").then(position).backward_fill(),
        conversion_position=pl.when("converts").then(position).forward_fill(),
        # A journey's first touch stands for its silence until one that is not passive comes.
        last_active_at=pl.when(~pl.col("is_passive") | start).then("occurred_at").forward_fill(),
        deepest_stage=_deepest_so_far() % 8,
        deepest_at=pl.when(_is_deeper() | start).then("occurred_at").forward_fill(),
        is_new_session=(
            pl.col("journey").cast(pl.UInt64) * 2**32 + pl.col("session")
        ).is_first_distinct(),
        is_order=pl.col("conversion").is_not_null(),
        earned=pl.when(~undoes).then("revenue"),
        given_back=pl.when(undoes).then(-pl.col("revenue")),
        is_returned=undoes,
        is_detracted=(effect == "detracted") | (is_review & (pl.col("sentiment") < 0)),
        is_advocated=(effect == "advocated") | (is_review & (pl.col("sentiment") > 0)),
        is_renewed=effect == "renewed",
    )
    has_converted = rows["conversion_position"] >= rows["journey_position"]
    return rows.with_columns(
        conversion_position=pl.when(has_converted).then(rows["conversion_position"]),
        conversion_row=pl.when(has_converted).then(rows["row"].gather(rows["conversion_position"])),
        converted_at=pl.when(has_converted).then(
            rows["occurred_at"].gather(rows["conversion_position"])
        ),
    )


def _deepest_so_far() -> pl.Expr:
    """Give the deepest stage of a journey up to each row, in the last three bits.

    What stands above them is the journey's number, so that the maximum starts anew with each.
    """
    return (pl.col("journey").cast(pl.Int64) * 8 + pl.col("stage")).cum_max()


def _is_deeper() -> pl.Expr:
    """Say which rows stand deeper than all before them; a journey's first row has none before."""
    return _deepest_so_far() > _deepest_so_far().shift(1)


def _with_later_conversions(journeys: pl.DataFrame, flow: pl.DataFrame) -> pl.DataFrame:
    """Add `is_repurchased`: a later conversion of the customer followed, or a renewal."""
    last = flow.filter("converts").group_by("customer").agg(last_conversion=pl.col("row").max())
    own = pl.coalesce("conversion_row", pl.when("entered_late").then("journey"))
    return journeys.join(last, on="customer", how="left", maintain_order="left").with_columns(
        is_repurchased=own.is_not_null()
        & ((pl.col("last_conversion") > own).fill_null(False) | (pl.col("has_renewed") > 0))
    )


def _with_state(journeys: pl.DataFrame, rulebook: Rulebook, cut_off: datetime) -> pl.DataFrame:
    is_past = pl.col("converted_at").is_not_null() | pl.col("entered_late")
    silence = pl.lit(cut_off) - pl.col("last_active_at")
    state = (
        pl.when(~is_past & (silence <= rulebook.journey_silence))
        .then(pl.lit("open"))
        .when(~is_past)
        .then(pl.lit("dropped"))
        .when(pl.col("has_returned") > 0)
        .then(pl.lit("returned"))
        .when(pl.col("has_detracted") > 0)
        .then(pl.lit("detracted"))
        .when(pl.col("has_advocated") > 0)
        .then(pl.lit("advocated"))
        .when("is_repurchased")
        .then(pl.lit("repurchased"))
        .when(silence <= rulebook.after_silence)
        .then(pl.lit("open"))
        .otherwise(pl.lit("kept"))
        .cast(STATE)
    )
    return journeys.with_columns(
        state=state,
        touches_before_conversion=pl.col("conversion_position") - pl.col("journey_position"),
        returned_value=pl.col("returned"),
    ).with_columns(
        deepest_stage=pl.when(pl.col("state") == "repurchased")
        .then(pl.lit(OUTCOME, pl.UInt8))
        .otherwise(pl.col("deepest_stage").cast(pl.UInt8)),
        last_stage=pl.col("last_stage").cast(pl.UInt8),
    )


def _with_contact(journeys: pl.DataFrame, flow: pl.DataFrame) -> pl.DataFrame:
    """Add when a person of the company first met the customer, and how many touches came before."""
    touches_before = pl.col("next_contact") - pl.col("journey_position")
    met = journeys.select((touches_before < pl.col("touches")).fill_null(False)).to_series()
    contact = pl.select(pl.when(met).then(journeys["next_contact"])).to_series()
    return journeys.with_columns(
        contact_at=flow["occurred_at"].gather(contact),
        touches_before_contact=contact - journeys["journey_position"],
    )
