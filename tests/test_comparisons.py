"""Comparisons of shares, against scipy's; and how rarely they flag what is mere chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency, false_discovery_control, fisher_exact

from pipeline.figures.comparisons import (
    FALSE_DISCOVERY_RATE,
    benjamini_hochberg,
    can_be_told,
    compare_shares,
)

PAIR = st.integers(1, 15).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


def p_value(one: tuple[int, int], other: tuple[int, int]) -> float:
    return float(compare_shares(*(np.array([float(count)]) for count in (*one, *other)))[0])


def fisher(one: tuple[int, int], other: tuple[int, int]) -> float:
    rows = np.array([[events, trials - events] for events, trials in (one, other)])
    return float(fisher_exact(rows)[1])


def least_expected(one: tuple[int, int], other: tuple[int, int]) -> float:
    hits, whole = one[0] + other[0], one[1] + other[1]
    return min(one[1], other[1]) * min(hits, whole - hits) / whole


@given(PAIR, PAIR)
def test_two_shares_are_compared_by_chi_squared_or_where_few_are_expected_by_fishers_test(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    if least_expected(one, other) < 1:
        expected = fisher(one, other)
    else:
        rows = [[events, trials - events] for events, trials in (one, other)]
        whole = one[1] + other[1]
        statistic = chi2_contingency(rows, correction=False).statistic
        expected = float(chi2.sf(statistic * (whole - 1) / whole, 1))
    assert p_value(one, other) == pytest.approx(expected, abs=1e-9)
    assert p_value(one, other) == pytest.approx(p_value(other, one), abs=1e-9)


def test_many_shares_are_compared_at_once() -> None:
    pairs = [((3, 10), (4, 5)), ((0, 1), (1, 1)), ((40, 100), (60, 100)), ((0, 9), (0, 4))]
    columns = np.array([(*one, *other) for one, other in pairs], dtype=np.float64).T
    assert compare_shares(*columns).tolist() == [p_value(one, other) for one, other in pairs]


@given(PAIR, PAIR)
def test_a_difference_can_be_told_where_some_table_of_these_margins_is_significant(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    (events, trials), (other_events, other_trials) = one, other
    hits = events + other_events
    possible = range(max(0, hits - other_trials), min(trials, hits) + 1)
    least = min(fisher((k, trials), (hits - k, other_trials)) for k in possible)
    told = can_be_told(*(np.array([float(n)]) for n in (trials, other_trials, hits)))[0]
    # Two utmost tables that are equally likely make one tail of twice the chance.
    assert told or least > FALSE_DISCOVERY_RATE
    assert not told or least <= 2 * FALSE_DISCOVERY_RATE


@given(st.lists(st.none() | st.floats(0, 1), max_size=20))
def test_q_values_are_benjamini_and_hochbergs_over_the_tests_that_were_made(
    p_values: list[float | None],
) -> None:
    found = benjamini_hochberg(np.array(p_values, dtype=np.float64))
    made = [p for p in p_values if p is not None]
    expected = iter(false_discovery_control(made).tolist() if made else [])
    for p, q in zip(p_values, found, strict=True):
        assert np.isnan(q) if p is None else q == pytest.approx(next(expected))
        assert p is None or p <= q <= 1


@pytest.mark.parametrize("journeys", [8, 40, 1000])
def test_of_many_shops_in_which_nothing_changes_hardly_one_is_flagged(journeys: int) -> None:
    shops, months, cells = 300, 12, 4
    random = np.random.default_rng(journeys)
    rates = random.uniform(0.05, 0.9, (shops, 1, cells))
    trials = np.full((shops, months, cells), float(journeys))
    lost = random.binomial(journeys, rates, trials.shape).astype(np.float64)
    one, other = (lost[:, 1:].ravel(), lost[:, :-1].ravel())
    of_one, of_other = (trials[:, 1:].ravel(), trials[:, :-1].ravel())
    is_told = can_be_told(of_one, of_other, one + other)
    p_values = np.where(is_told, compare_shares(one, of_one, other, of_other), np.nan)
    is_flagged = [
        np.nanmin(q_values) <= FALSE_DISCOVERY_RATE
        for q_values in map(benjamini_hochberg, p_values.reshape(shops, -1))
    ]
    # At 5%, 15 of 300; by chance rarely more than 22.
    assert sum(is_flagged) <= 22
