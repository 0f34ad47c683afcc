"""What the rulebook says of each kind of touch: one row for all that it may ask of one."""

from collections.abc import Collection, Mapping

import polars as pl

from pipeline.rulebook import Rulebook
from pipeline.vocabulary import (
    CART_EVENT,
    CONVERTING_EVENT,
    EFFECT_OF_EVENT,
    LAST_STAGE_BEFORE,
    PASSING_EVENTS,
    PASSIVE_EVENTS,
    PERSONAL_CHANNELS,
    PERSONAL_EVENTS,
    PLACES,
    RATED_EVENT,
    STAGE_NUMBER,
    Condition,
    Rule,
)

# An either-touch is decided by what came before it; a service mail likewise, but opens nothing.
ROLES = ("before", "after", "either", "service", "ignored", "unmapped")

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "event": pl.String,
    "channel": pl.String,
    "source": pl.String,
    "place": pl.UInt8,
    "role": pl.Enum(ROLES),
    "rule_stage": pl.UInt8,
    "stage_after": pl.UInt8,
    "goal": pl.UInt8,
    "rule_sentiment": pl.Int8,
    "effect": pl.String,
    "source_rank": pl.UInt16,
    "amount_rank": pl.UInt16,
    "is_passive": pl.Boolean,
    "is_passing": pl.Boolean,
    "is_purchase": pl.Boolean,
    "is_checkout": pl.Boolean,
    "is_rated": pl.Boolean,
    "is_personal": pl.Boolean,
    "has_own_traffic": pl.Boolean,
}


def describe_kinds(kinds: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Say of each kind of touch what the rulebook makes of it.

    In: one row per kind with event, channel, source, is_machine; where rules ask for properties,
    also `held`, which numbers those of the event's conditions that hold (`0,2`). Out: the same rows
    in the same order under `SCHEMA`, so that a touch's `kind` is its row number here. Stages and
    places are numbers: `STAGE_NUMBER`, and the position in `PLACES`.
    """
    asked = rulebook.conditions()
    told = kinds.select(
        "event", "channel", "source", "is_machine", pl.col("held") if asked else pl.lit("")
    )
    rows = [
        _describe(event, channel, source, is_machine, _held(asked, event, numbers), rulebook)
        for event, channel, source, is_machine, numbers in told.iter_rows()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def add_kind(touches: pl.DataFrame, kinds: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Give every touch what is known of its kind; the same rows in the same order."""
    return touches.with_columns(kinds.select(names)[touches["kind"]].get_columns())


def _held(asked: Mapping[str, tuple[Condition, ...]], event: str, numbers: str) -> list[Condition]:
    return [asked[event][int(number)] for number in numbers.split(",") if number]


def _role(rule: Rule | None, is_machine: bool) -> str:
    if is_machine:
        return "ignored"
    if rule is None:
        return "unmapped"
    if rule.stage is None:
        return "service" if rule.stage_after else "ignored"
    if rule.stage_after:
        return "either"
    return "before" if STAGE_NUMBER[rule.stage] <= LAST_STAGE_BEFORE else "after"


def _describe(
    event: str,
    channel: str,
    source: str,
    is_machine: bool,
    held: Collection[Condition],
    rulebook: Rulebook,
) -> tuple[object, ...]:
    rule = rulebook.rule_of(event, channel, source, held)
    role = _role(rule, is_machine)
    staged = rule if role in ("before", "after", "either", "service") else None
    return (
        event,
        channel,
        source,
        PLACES.index(rulebook.place_of(channel)),
        role,
        STAGE_NUMBER.get(staged.stage or "") if staged else None,
        STAGE_NUMBER.get(staged.stage_after or "") if staged else None,
        STAGE_NUMBER.get(staged.goal or "") if staged else None,
        rule.sentiment if rule else None,
        EFFECT_OF_EVENT.get(event),
        rulebook.sources.index(source) if source in rulebook.sources else len(rulebook.sources),
        rulebook.amount_rank_of(source),
        event in PASSIVE_EVENTS,
        event in PASSING_EVENTS,
        event == CONVERTING_EVENT and role == "before",
        role == "before"
        and (event == CART_EVENT or (rule is not None and rule.stage == "purchase")),
        event == RATED_EVENT,
        channel in PERSONAL_CHANNELS or event in PERSONAL_EVENTS,
        rulebook.place_of(channel) == "online" and channel in ("web", "app"),
    )
