"""The walk of a journey through the four stages before a purchase, one stage at a time."""

import numpy as np
import polars as pl

from pipeline.sample.draw import Numbers, pick
from pipeline.sample.personas import BOUGHT, LEFT, trait
from pipeline.sample.season import (
    DAY,
    HOUR,
    MINUTE,
    YEAR_ENDS,
    Moments,
    draw_moments,
    within_opening_hours,
)

# A walk that is not over after so many stages has got lost: whoever walks it leaves.
_LONGEST_WALK = 14
_ROUNDS_OF_REPURCHASE = 4


def walk_journeys(people: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Let people walk their journeys; one row per stage that a journey comes through.

    Gives person, persona_no, journey (numbered from 0), walk_no, state (0 to 3, a place in
    WALK_STATES), at, is_bought (the purchase is made here) and is_in_store. No two journeys of a
    person overlap: of two that would, the later one is left out.
    """
    persona = people["persona_no"].to_numpy()
    begun = chance.poisson(trait("journeys")[persona] - 1) + 1
    walker = np.repeat(np.arange(persona.size), begun)
    starts = draw_moments(chance, lead_days=trait("lead_days")[persona[walker]])
    walks = [_walk(walker, persona[walker], starts, chance)]
    for _ in range(_ROUNDS_OF_REPURCHASE):
        walks.append(_walk_again(walks[-1], chance))
    stages = _number_journeys(walks)
    number_of_person = pl.col("walker") + people["person"][0]
    return _without_overlaps(stages.with_columns(person=number_of_person)).drop("walker")


def _walk(
    walker: Numbers, persona: Numbers, at: Moments, chance: np.random.Generator
) -> pl.DataFrame:
    """Walk each row's journey from its moment to its end, all journeys one stage at a time."""
    ways = trait("walk")
    state = pick(trait("starts")[persona], chance)
    journey = np.arange(walker.size)
    stages = []
    for walk_no in range(_LONGEST_WALK):
        after = pick(ways[persona, state], chance)
        is_bought = after == BOUGHT
        is_in_store = is_bought & (chance.random(at.size) < trait("buys_in_store")[persona])
        at = np.where(is_in_store, within_opening_hours(at, chance), at)
        stages.append(
            pl.DataFrame(
                {
                    "walk": journey, "walker": walker, "persona_no": persona, "state": state,
                    "at": at, "is_bought": is_bought, "is_in_store": is_in_store,
                }
            ).with_columns(walk_no=pl.lit(walk_no, pl.Int64))
        )  # fmt: skip
        goes_on = after < min(BOUGHT, LEFT)
        walker, persona, journey, state = (
            walker[goes_on], persona[goes_on], journey[goes_on], after[goes_on],
        )  # fmt: skip
        at = at[goes_on] + _pauses(persona, chance)
    return pl.concat(stages)


def _pauses(persona: Numbers, chance: np.random.Generator) -> Moments:
    """Draw the pause before the next stage: some minutes in the same visit, or a time away."""
    stays = chance.random(persona.size) < trait("stays")[persona]
    minutes = chance.uniform(2 * MINUTE, 9 * MINUTE, persona.size)
    days = trait("away_days")[persona] * chance.lognormal(0.0, 0.9, persona.size)
    # Whole days keep the hour at which somebody likes to shop; a little of it wanders.
    whole = np.where(days > 0.6, np.ceil(days - 0.5), days)
    away = whole * DAY + chance.normal(0.0, 1.2 * HOUR, persona.size)
    pause = np.where(stays, minutes, np.clip(away, 40 * MINUTE, 28 * DAY))
    return pause.astype(np.int64)


def _walk_again(before: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Walk the journeys of those buyers who come back, some weeks after they bought."""
    bought = before.filter("is_bought")
    persona = bought["persona_no"].to_numpy()
    weeks = chance.lognormal(np.log(38), 0.55, persona.size) * DAY
    starts = bought["at"].to_numpy() + weeks.astype(np.int64)
    returns = (chance.random(persona.size) < trait("buys_again")[persona]) & (starts < YEAR_ENDS)
    return _walk(bought["walker"].to_numpy()[returns], persona[returns], starts[returns], chance)


def _number_journeys(walks: list[pl.DataFrame]) -> pl.DataFrame:
    sizes = [0 if walk.is_empty() else int(walk["walk"].to_numpy().max()) + 1 for walk in walks]
    firsts = np.cumsum([0, *sizes[:-1]])
    return pl.concat(
        walk.with_columns(journey=pl.col("walk") + int(first)).drop("walk")
        for walk, first in zip(walks, firsts, strict=True)
    )


def _without_overlaps(stages: pl.DataFrame) -> pl.DataFrame:
    spans = stages.group_by("person", "journey").agg(
        begins=pl.col("at").min(), ends=pl.col("at").max()
    )
    ends_before = pl.col("ends").cum_max().shift(1).over("person").fill_null(0)
    apart = (
        spans.sort("person", "begins", "journey")
        .with_columns(ends_before=ends_before)
        .filter((pl.col("begins") > pl.col("ends_before") + DAY) & (pl.col("begins") < YEAR_ENDS))
        .with_row_index("number")
        .select("journey", number=pl.col("number").cast(pl.Int64))
    )
    return (
        stages.join(apart, on="journey")
        .drop("journey")
        .rename({"number": "journey"})
        .sort("journey", "walk_no")
    )
