"""Attribution by chains: what the names of visits earn by Markov's and Shapley's ways of asking."""

import numpy as np
import polars as pl

from pipeline.figures.chain import (
    CONVERTED,
    DROPPED,
    Chain,
    Numbers,
    chain_of,
    conversion_chance,
    visit_chance,
)
from pipeline.figures.memory import long_chain_of, losses
from pipeline.figures.shapley import shapley_values

# Of more names the rarest are one node of the chain, and share what it earns as linear does.
MOST_NAMES = 500
_REST = "(the rest)"
_WAY = ("third_last", "second_last", "origin", "target")
_COLUMNS = ("traffic", "campaign", "channel", "touchpoint")


def attribute(rules: pl.DataFrame, moves: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Lay the credits by chains under those by rules: in the same columns, with an `error`.

    In: `rules`, by dimension, model and name (and what that stands for: traffic, campaign, channel
    or touchpoint), conversions and revenue; `moves`, as in marts.visit_moves. Out: also models
    markov_1, and of traffic markov_2, markov_3 and shapley. `error` is the standard error of
    conversions that were sampled; null where they are exact.
    """
    names = rules.select("dimension", "name", *_COLUMNS).unique()
    by_chains = [
        _by_chains(
            of_one, _linear(rules, str(dimension)), is_traffic=dimension == "traffic", seed=seed
        )
        .with_columns(dimension=pl.lit(dimension))
        .join(names, on=["dimension", "name"])
        for (dimension,), of_one in moves.group_by("dimension", maintain_order=True)
    ]
    no_error = pl.lit(None, dtype=pl.Float64).alias("error")
    return pl.concat([rules.with_columns(no_error), *by_chains], how="diagonal")


def _linear(rules: pl.DataFrame, dimension: str) -> pl.DataFrame:
    linear = rules.filter(pl.col("dimension") == dimension, pl.col("model") == "linear")
    return linear.select("name", "conversions")


def _by_chains(
    moves: pl.DataFrame, linear: pl.DataFrame, *, is_traffic: bool, seed: int
) -> pl.DataFrame:
    """Give model, name, conversions, revenue and error, of the names of one dimension."""
    rest = _rarest(moves)
    told = moves.with_columns(pl.col(_WAY).replace(rest, _REST))
    conversions, earnings = _first_order(told)
    whole = _converted(told)
    models = [_shared("markov_1", conversions.nodes, _losses(conversions, earnings), whole)]
    if is_traffic:
        for order in (2, 3):
            chain = long_chain_of(told, order=order)
            models.append(_shared(f"markov_{order}", chain.names, losses(chain), whole))
        gains = np.column_stack([conversions.gain, earnings.gain])
        values, errors = shapley_values(conversions.start, conversions.moves, gains, seed=seed)
        models.append(_shared("shapley", conversions.nodes, values, whole, errors))
    return _divide_rest(pl.concat(models), linear.filter(pl.col("name").is_in(rest.implode())))


def _rarest(moves: pl.DataFrame) -> pl.Series:
    """List the names past the most frequent ones, ties by name; none where all find room."""
    visits = (
        moves.filter(~pl.col("target").is_in([CONVERTED, DROPPED]))
        .group_by(name="target")
        .agg(pl.col("moves").sum())
        .sort("moves", "name", descending=[True, False])
    )
    return visits["name"].slice(MOST_NAMES - 1 if visits.height > MOST_NAMES else visits.height)


def _first_order(moves: pl.DataFrame) -> tuple[Chain, Chain]:
    """Make the chain without a memory twice: one of chances, one of mean earnings."""
    counts = moves.group_by("origin", "target").agg(
        count=pl.col("moves").sum(), value=pl.col("value").sum()
    )
    return chain_of(counts), chain_of(counts, worth="value")


def _losses(conversions: Chain, earnings: Chain) -> Numbers:
    """Give what is lost without each node: what passes it, of conversions and of earnings."""
    from_there = np.column_stack([conversion_chance(conversions), conversion_chance(earnings)])
    lost: Numbers = visit_chance(conversions)[:, None] * from_there
    return lost


def _converted(moves: pl.DataFrame) -> tuple[float, float]:
    """Give how many journeys converted, and what they earned together."""
    converted = moves.filter(pl.col("target") == CONVERTED).select(
        pl.col("moves", "value").sum().cast(pl.Float64)
    )
    conversions, revenue = converted.row(0)
    return conversions, revenue


def _shared(
    model: str,
    names: tuple[str, ...],
    effects: Numbers,
    whole: tuple[float, float],
    errors: Numbers | None = None,
) -> pl.DataFrame:
    """Divide the conversions as the first column of effects stand, the revenue as the second.

    Where returns leave a name with a loss, shares of what is earned tell nothing: then revenue is
    divided as the conversions are.
    """
    conversions, revenue = whole
    chances = np.maximum(effects[:, 0], 0)
    scale = chances.sum() or 1.0
    shares = chances / scale
    earned = effects[:, 1]
    earned_shares = earned / earned.sum() if (earned >= 0).all() and earned.sum() > 0 else shares
    return pl.DataFrame(
        {
            "model": [model] * len(names),
            "name": names,
            "conversions": shares * conversions,
            "revenue": earned_shares * revenue,
            "error": None if errors is None else errors[:, 0] / scale * conversions,
        },
        schema_overrides={"name": pl.String, "error": pl.Float64},
    )


def _divide_rest(credits: pl.DataFrame, linear: pl.DataFrame) -> pl.DataFrame:
    """Divide what the node of the rarest names earned among them, as linear credits them."""
    if linear.is_empty():
        return credits
    whole = linear["conversions"].sum()
    share = pl.col("conversions") / whole if whole else pl.lit(1 / linear.height)
    shares = linear.select("name", share=share)
    is_rest = pl.col("name") == _REST
    divided = (
        credits.filter(is_rest)
        .drop("name")
        .join(shares, how="cross")
        .with_columns(pl.col("conversions", "revenue", "error") * pl.col("share"))
    )
    return pl.concat([credits.filter(~is_rest), divided.select(credits.columns)])
