"""The curve of who has not gone on, against scipy's, and what must always hold of it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import CensoredData, binomtest, ecdf

from pipeline.figures.survival import Hazards, continue_by, hazards, interval_left, shares_left

COUNTS = st.integers(1, 12).flatmap(
    lambda bins: hnp.arrays(
        np.float64, (2, 3, bins), elements=st.integers(0, 6).map(float), fill=st.nothing()
    )
)


def table(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


def waits(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw times to go on, of which some are not seen to their end."""
    random = np.random.default_rng(seed)
    went_on = random.lognormal(12, 3, size)
    watched = random.uniform(0, 3e6, size)
    return np.ceil(np.minimum(went_on, watched)), went_on <= watched


def counted(times: np.ndarray, has_gone_on: np.ndarray, ends: np.ndarray) -> Hazards:
    """Count times into bins that end at `ends`, and tell the hazards of the one cell."""
    column = np.searchsorted(ends, times)
    went_on = np.bincount(column[has_gone_on], minlength=len(ends))
    not_yet = np.bincount(column[~has_gone_on], minlength=len(ends))
    return hazards(np.array([went_on], dtype=float), np.array([not_yet], dtype=float))


@pytest.mark.parametrize("seed", range(5))
def test_where_all_times_stand_in_bins_of_their_own_the_curve_is_kaplan_and_meiers(
    seed: int,
) -> None:
    times, has_gone_on = waits(seed, 120)
    ends = np.unique(times)
    assert len(ends) == len(times)
    found = counted(times, has_gone_on, ends)
    expected = ecdf(CensoredData.right_censored(times, ~has_gone_on)).sf
    assert shares_left(found)[0] == pytest.approx(expected.evaluate(ends), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_its_interval_is_greenwoods_on_the_scale_of_log_minus_log(seed: int) -> None:
    times, has_gone_on = waits(seed, 60)
    ends = np.unique(times)
    found = counted(times, has_gone_on, ends)
    survival = ecdf(CensoredData.right_censored(times, ~has_gone_on)).sf
    expected: Any = survival.confidence_interval(method="log-log")
    # Before anybody has gone on scipy knows no interval.
    begun = np.flatnonzero((shares_left(found)[0] < 1) & (shares_left(found)[0] > 0))
    assert len(begun) > 40
    for at in begun:
        low, high = interval_left(found, int(at))
        assert low[0] == pytest.approx(expected.low.evaluate(ends[at]), abs=1e-9)
        assert high[0] == pytest.approx(expected.high.evaluate(ends[at]), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_sixteen_bins_to_a_doubling_move_the_curve_by_less_than_a_hundredth(seed: int) -> None:
    times, has_gone_on = waits(seed, 3000)
    ends = np.unique(np.ceil(2 ** (np.arange(1, 23 * 16) / 16)) - 1)
    found = shares_left(counted(times, has_gone_on, ends))[0]
    expected = ecdf(CensoredData.right_censored(times, ~has_gone_on)).sf.evaluate(ends)
    assert found[ends < 2.5e6] == pytest.approx(expected[ends < 2.5e6], abs=0.01)


def test_a_journey_last_watched_in_a_bin_counts_half_there() -> None:
    found = hazards(table([4, 2]), table([2, 2]))
    # Of ten, two are last watched in the first bin, where four go on: 4 of 9; then 2 of 3.
    assert found.chance == pytest.approx(table([4 / 9, 2 / 3]))
    assert shares_left(found) == pytest.approx(table([5 / 9, 5 / 27]))


def test_nobody_knows_of_times_for_which_nobody_was_watched() -> None:
    left = shares_left(hazards(table([1, 0, 0], [1, 1, 0]), table([0, 1, 0], [0, 0, 0])))
    assert left[0].tolist()[:2] == [0.5, 0.5]
    assert np.isnan(left[0, 2])
    # Where all have gone on, nobody is left whom one would have to watch.
    assert left[1].tolist() == [0.5, 0, 0]


def test_a_young_cell_speaks_for_itself_while_half_of_it_is_watched() -> None:
    parent = hazards(table([10, 10, 10, 20]), table([0, 0, 0, 50]))
    not_yet = table([4, 4, 4, 0])
    own = hazards(table([8, 0, 0, 0]), not_yet)
    found = continue_by(own, not_yet, parent.of_rows(np.array([0])))
    # Eight of twelve are watched in the second bin, in the third only four.
    assert found.chance == pytest.approx(table([8 / 18, 0, 10 / 80, 20 / 45]))
    assert found.variance[:, 2:] == pytest.approx(parent.variance[:, 2:])
    assert shares_left(found)[0, -1] == pytest.approx(10 / 18 * 70 / 80 * 25 / 45)


def test_where_all_or_none_have_gone_on_the_interval_is_wilsons() -> None:
    found = hazards(table([3, 4, 0], [0, 0, 0]), table([0, 0, 0], [0, 0, 7]))
    low, high = interval_left(found, 2)
    all_gone = binomtest(0, 7).proportion_ci(0.95, method="wilson")
    # Those who are watched in the last bin stand for half of it.
    assert (low[0], high[0]) == pytest.approx((0, all_gone.high))
    assert (low[1], high[1]) == pytest.approx((3.5 / (3.5 + 1.959964**2), 1))


@given(COUNTS)
def test_the_share_left_falls_and_lies_in_its_interval(counts: np.ndarray) -> None:
    found = hazards(*counts)
    left = shares_left(found)
    for at in range(left.shape[1]):
        low, high = interval_left(found, at)
        share = left[:, at]
        is_known = ~np.isnan(share)
        assert np.array_equal(is_known, ~np.isnan(low) & ~np.isnan(high))
        assert np.all((low >= 0) & (low <= share) & (share <= high) & (high <= 1) | ~is_known)
        if at:
            assert np.all((share <= left[:, at - 1]) | ~is_known)


@given(COUNTS, COUNTS)
def test_a_continued_curve_falls_and_lies_in_its_interval(
    counts: np.ndarray, others: np.ndarray
) -> None:
    bins = min(counts.shape[2], others.shape[2])
    own, not_yet = hazards(*counts[:, :, :bins]), counts[1, :, :bins]
    found = continue_by(own, not_yet, hazards(*others[:, :, :bins]))
    left = shares_left(found)
    low, high = interval_left(found, bins - 1)
    share = left[:, -1]
    is_known = ~np.isnan(share)
    assert np.all((low >= 0) & (low <= share) & (share <= high) & (high <= 1) | ~is_known)
    assert np.all((np.diff(left, axis=1) <= 0) | np.isnan(left[:, 1:]))


@given(COUNTS, st.data())
def test_one_more_who_goes_on_never_raises_the_share_left(
    counts: np.ndarray, data: st.DataObject
) -> None:
    went_on, not_yet = counts
    cells = np.argwhere(not_yet > 0)
    assume(len(cells))
    row, column = cells[data.draw(st.integers(0, len(cells) - 1))]
    before = shares_left(hazards(went_on, not_yet))
    went_on[row, column] += 1
    not_yet[row, column] -= 1
    after = shares_left(hazards(went_on, not_yet))
    assert np.all((after <= before + 1e-12) | np.isnan(before) | np.isnan(after))
