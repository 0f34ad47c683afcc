"""What each node of the graph means for the conversion."""

import numpy as np
import polars as pl

from pipeline.figures.chain import (
    START,
    chain_of,
    conversion_chance,
    expected_steps,
    removal_effects,
    return_chance,
    total,
    visit_chance,
)

# By how much what is solved for may miss 1.
_ROUNDING = 1e-9
FIGURES = {
    "grain": pl.String,
    "node": pl.String,
    "conversion_chance": pl.Float64,
    "expected_steps": pl.Float64,
    "visit_chance": pl.Float64,
    "return_chance": pl.Float64,
    "removal_effect": pl.Float64,
}


def describe_nodes(moves: pl.DataFrame) -> pl.DataFrame:
    """Say of each node of each grain what its place in the conversion chain is.

    In: grain, origin, target and transitions (marts.conversion_chain). Out: `FIGURES`, in the order
    of grains. Of the start only the chance and the steps are told: nobody comes there.
    """
    grains = [
        _describe_grain(edges).with_columns(grain=pl.lit(grain)).select(*FIGURES)
        for (grain,), edges in moves.sort("grain").group_by("grain", maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=FIGURES), *grains])


def _describe_grain(moves: pl.DataFrame) -> pl.DataFrame:
    chain = chain_of(moves.rename({"transitions": "count"}))
    steps = expected_steps(chain)
    nodes = pl.DataFrame(
        {
            "node": chain.nodes,
            "conversion_chance": conversion_chance(chain),
            "expected_steps": steps,
            "visit_chance": visit_chance(chain),
            "return_chance": return_chance(chain),
            "removal_effect": removal_effects(chain),
        }
    )
    start = pl.DataFrame(
        {
            "node": START,
            "conversion_chance": total(chain),
            "expected_steps": float(np.dot(chain.start, steps)),
        }
    )
    # A chance of 1, or a single step, is solved for to the last digit but one.
    shares = pl.col("conversion_chance", "removal_effect").clip(0, 1)
    told = pl.col("expected_steps")
    is_one = told.is_between(1 - _ROUNDING, 1)
    counted = pl.when(is_one).then(1.0).otherwise(told).alias("expected_steps")
    return pl.concat([start, nodes], how="diagonal").with_columns(shares, counted)
