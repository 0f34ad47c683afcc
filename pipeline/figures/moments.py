"""Pain points and moments of truth: what steps with a touch of a kind lead to more than others do.

Like is compared with like: steps of one stage and one segment, of journeys of much the same length
so far. Who travels long meets everything and buys more, and no touch is to be praised for that.
What is found is association, never cause.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import chi2

from pipeline.figures.comparisons import benjamini_hochberg

OUTCOMES = ("advanced", "left", "back", "negative")
MOMENT_OF_TRUTH = "moment of truth"
PAIN_POINT = "pain point"

_WISHED_FOR = "advanced"
_FALSE_DISCOVERIES = 0.05
_LEAST_ROOM = 5
_Z95 = 1.959963984540054
_KEY = ("is_all", "segment", "stage", "stage_no", "channel", "event", "outcome")

Numbers = NDArray[np.float64]


def find_moments(counts: pl.DataFrame) -> pl.DataFrame:
    """Compare the steps with a touch of each kind to the others, and flag what is beyond chance.

    In: marts.moment_counts, a stratum a row. Out: one row per segment (`is_all`: all together, yet
    still compared within each), stage, channel, event and outcome: counts, shares, `lift` with its
    interval, `p_value` and `q_value` (null where not tested), `is_significant`, `kind`.
    """
    sums = _sums(_strata(counts))
    p_values = _p_values(sums)
    q_values = benjamini_hochberg(p_values)
    is_raised = pl.col("is_significant") & (pl.col("excess") > 0)
    kind = pl.when(pl.col("outcome") == _WISHED_FOR).then(pl.lit(MOMENT_OF_TRUTH))
    return (
        sums.with_columns(
            *_lift(),
            rate=pl.col("exposed_with") / pl.col("exposed"),
            others_rate=pl.when(pl.col("others") > 0).then(
                pl.col("others_with") / pl.col("others")
            ),
            p_value=pl.Series(p_values, nan_to_null=True),
            q_value=pl.Series(q_values, nan_to_null=True),
            is_significant=pl.Series(q_values <= _FALSE_DISCOVERIES),
        )
        .with_columns(kind=pl.when(is_raised).then(kind.otherwise(pl.lit(PAIN_POINT))))
        .drop(*_TERMS)
    )


def _strata(counts: pl.DataFrame) -> pl.DataFrame:
    """Lay the strata of all comparisons below each other, in an order that stays."""
    alone = pl.concat(
        counts.select(
            *_KEY[1:-1],
            "touches_before_from",
            "touches_from",
            stratum_segment="segment",
            outcome=pl.lit(outcome),
            exposed="exposed_answered" if outcome == "negative" else "exposed",
            exposed_with=f"exposed_{outcome}",
            others="others_answered" if outcome == "negative" else "others",
            others_with=f"others_{outcome}",
            is_all=pl.lit(False),
        )
        for outcome in OUTCOMES
    )
    together = alone.with_columns(is_all=pl.lit(True), segment=pl.lit(None, pl.String))
    return pl.concat([alone, together]).sort(
        *_KEY, "stratum_segment", "touches_before_from", "touches_from"
    )


def _sums(strata: pl.DataFrame) -> pl.DataFrame:
    """Sum each comparison over its strata: counts, and the terms of lift and test."""
    counts = ("exposed", "exposed_with", "others", "others_with")
    terms = strata.with_columns(**_TERMS).with_columns(pl.col(*_TERMS).fill_nan(0))
    sums = terms.group_by(_KEY, maintain_order=True).agg(pl.col(*counts, *_TERMS).sum())
    return sums.filter(pl.col("exposed") > 0)


def _terms() -> dict[str, pl.Expr]:
    """Write what a stratum adds: a table of two by two, of which all margins are taken as given.

    `up` and `down` are the parts of Mantel and Haenszel's ratio of risks (Journal of the National
    Cancer Institute, 1959), `spread` that of the variance of its logarithm (Greenland and Robins,
    Biometrics, 1985). `excess`, over what is expected by chance, and `variance` are of Cochran's
    test; `below` and `above` are how far a count may lie from what is expected.
    """
    exposed, exposed_with = pl.col("exposed").cast(pl.Float64), pl.col("exposed_with")
    others, others_with = pl.col("others").cast(pl.Float64), pl.col("others_with")
    size, having = exposed + others, exposed_with + others_with
    expected = exposed * having / size
    return {
        "up": exposed_with * others / size,
        "down": others_with * exposed / size,
        "spread": (exposed * others * having - exposed_with * others_with * size) / size**2,
        "excess": exposed_with - expected,
        "variance": expected * others * (size - having) / (size * (size - 1)),
        "below": expected - pl.max_horizontal(having - others, pl.lit(0.0)),
        "above": pl.min_horizontal(having, exposed) - expected,
    }


_TERMS = _terms()


def _lift() -> tuple[pl.Expr, ...]:
    """Write the ratio of risks and its 95% interval; null where one of the two never was."""
    lift = pl.col("up") / pl.col("down")
    deviation = (pl.col("spread") / (pl.col("up") * pl.col("down"))).sqrt()
    high = lift * (_Z95 * deviation).exp()
    is_bounded = (pl.col("up") > 0) & (pl.col("down") > 0) & high.is_finite()
    return (
        pl.when(pl.col("down") > 0).then(lift).alias("lift"),
        pl.when(is_bounded).then(lift * (-_Z95 * deviation).exp()).alias("low"),
        pl.when(is_bounded).then(high).alias("high"),
    )


def _p_values(sums: pl.DataFrame) -> Numbers:
    """Give the p-value of the Cochran-Mantel-Haenszel test, without correction for continuity.

    nan where it is not tested: the count expected by chance must lie at least 5 away from the least
    and the most that it could be (Mantel and Fleiss, American Journal of Epidemiology, 1980).
    """
    room = sums.select(pl.min_horizontal("below", "above")).to_series().to_numpy()
    excess, variance = sums["excess"].to_numpy(), sums["variance"].to_numpy()
    p_values = np.full(sums.height, np.nan)
    tested = (room >= _LEAST_ROOM) & (variance > 0)
    p_values[tested] = chi2.sf(excess[tested] ** 2 / variance[tested], 1)
    return p_values
