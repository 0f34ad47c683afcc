"""Comparing two shares, and many comparisons at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, hypergeom

Numbers = NDArray[np.float64]

# Of the comparisons that are flagged, how many may be flagged by mere chance, in the mean.
FALSE_DISCOVERY_RATE = 0.05
# Tables as likely as the observed one must not seem less likely by rounding.
_SLACK = 1 + 1e-7


def benjamini_hochberg(p_values: Numbers) -> Numbers:
    """Give the q-value of each test: the smallest false discovery rate at which it is flagged.

    nan is a test that was not made: it counts for nothing, and stays nan. After Benjamini and
    Hochberg, Journal of the Royal Statistical Society B, 1995.
    """
    q_values = np.full(p_values.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    falling = tested[np.argsort(-p_values[tested], kind="stable")]
    ranks = np.arange(len(falling), 0, -1)
    q_values[falling] = np.minimum.accumulate(p_values[falling] * (len(falling) / ranks))
    return q_values


def compare_shares(
    events: Numbers, trials: Numbers, other_events: Numbers, other_trials: Numbers
) -> Numbers:
    """Give the two-sided p-value that two shares differ by mere chance, row by row.

    By the N−1 chi-squared test where every expected count is at least 1, else by Fisher's exact
    test, as Campbell recommends (Statistics in Medicine, 2007).
    """
    whole, hits = trials + other_trials, events + other_events
    smallest = np.minimum(trials, other_trials) * np.minimum(hits, whole - hits)
    is_large = smallest >= whole
    cross = events * (other_trials - other_events) - other_events * (trials - events)
    margins = trials * other_trials * hits * (whole - hits)
    statistic = np.divide(
        (whole - 1) * cross**2, margins, out=np.zeros(whole.shape), where=is_large
    )
    p_values = np.asarray(chi2.sf(statistic, 1))
    few = np.flatnonzero(~is_large)
    p_values[few] = _fisher(events[few], trials[few], hits[few], whole[few])
    return p_values


def can_be_told(trials: Numbers, other_trials: Numbers, hits: Numbers) -> NDArray[np.bool_]:
    """Tell where a difference could be significant at all, with so many events in both together.

    Where even the utmost difference is too likely, a comparison finds nothing, and would only make
    the others look like chance: after Gilbert, Applied Statistics, 2005.
    """
    whole = trials + other_trials
    fewest, most = np.maximum(0, hits - other_trials), np.minimum(trials, hits)
    chances = (_chance(utmost, trials, hits, whole) for utmost in (fewest, most))
    return np.minimum(*chances) <= FALSE_DISCOVERY_RATE


def _fisher(events: Numbers, trials: Numbers, hits: Numbers, whole: Numbers) -> Numbers:
    """Sum the chances of all tables with these margins that are no likelier than the observed."""
    fewest = np.maximum(0, trials + hits - whole)
    tables = (np.minimum(trials, hits) - fewest + 1).astype(np.intp)
    row = np.repeat(np.arange(len(tables)), tables)
    place = np.arange(len(row)) - np.repeat(np.cumsum(tables) - tables, tables)
    chances = _chance(fewest[row] + place, trials[row], hits[row], whole[row])
    observed = _chance(events, trials, hits, whole)
    is_counted = chances <= observed[row] * _SLACK
    return np.minimum(1, np.bincount(row, chances * is_counted, minlength=len(tables)))


def _chance(events: Numbers, trials: Numbers, hits: Numbers, whole: Numbers) -> Numbers:
    """Tell how likely so many of the hits fall to these trials, if all are alike."""
    return np.asarray(hypergeom.pmf(events, whole, hits, trials), dtype=np.float64)
