"""What is unusual: steady shops are left in peace, and a halved volume is found."""

from datetime import date, timedelta

import numpy as np
import pytest

from pipeline.figures.unusual import Measure, Measured, judge

COUNT = Measure(low=0.7, high=1.5)
SHARE = Measure(step=0.01)
MONDAY = date(2026, 1, 5)
WEEKS = 20
# What a weekday brings, compared with the others.
WEEK = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.4, 0.8])


def days(values, out_of=None):
    """Give figures of days in a row; the first is a Monday."""
    return [
        Measured(MONDAY + timedelta(number), float(value), out_of and float(out_of))
        for number, value in enumerate(values)
    ]


def kind_of(values, measure=COUNT, out_of=None):
    *past, tonight = days(values, out_of)
    found = judge(tonight, past, measure)
    return found and found.kind


def steady(*, mean, noise, weeks, seed):
    """Draw a shop's nights: its week, a slow growth, and noise beyond that of chance."""
    generator = np.random.default_rng(seed)
    day = np.arange(weeks * 7)
    expected = mean * WEEK[day % 7] * 1.003 ** (day / 7)
    return generator.poisson(expected * generator.gamma(noise**-2, noise**2, len(day)))


def test_a_day_like_the_others_of_its_weekday_is_not_unusual() -> None:
    assert kind_of([1000] * 57) is None


@pytest.mark.parametrize(("last", "kind"), [(0, "silent"), (500, "low"), (1900, "high")])
def test_a_day_unlike_the_others_of_its_weekday_is(last: int, kind: str) -> None:
    assert kind_of([*[1000, 1010, 990, 1005] * 14, last]) == kind


def test_a_difference_beyond_chance_and_yet_small_is_not_worth_a_word() -> None:
    assert kind_of([*[100_000] * 56, 80_000]) is None


def test_a_weekday_is_compared_with_itself() -> None:
    week = [1000, 1000, 1000, 1000, 1000, 300, 0]
    assert kind_of([*week * 8, 1000]) is None
    assert kind_of([*week * 8, *week[:5], 300]) is None
    assert kind_of([*week * 8, *week[:5], 1000]) == "high"


def test_silence_on_a_weekday_that_is_usually_silent_is_not_unusual() -> None:
    assert kind_of([*[500, 500, 500, 500, 500, 0, 0] * 8, *[500] * 5, 0]) is None


def test_with_three_of_the_weekday_nothing_is_said() -> None:
    assert kind_of([*[1000] * 21, 0]) is None
    assert kind_of([*[1000] * 28, 0]) == "silent"


def test_what_is_older_than_eight_weeks_is_forgotten() -> None:
    past, tonight = days([1000] * 28), Measured(MONDAY + timedelta(weeks=12), 0.0)
    assert judge(tonight, past, COUNT) is None


def test_few_a_day_may_well_be_none() -> None:
    assert kind_of([*[3, 2, 4, 5, 3, 2, 4] * 8, 0]) is None


def test_one_wild_night_before_does_not_hide_the_next() -> None:
    values = [1000, 1010, 990, 1005] * 14
    values[20] = 40_000
    assert kind_of([*values, 500]) == "low"


def test_a_share_that_jumps_is_unusual_and_one_that_creeps_is_not() -> None:
    assert kind_of([*[5] * 56, 80], SHARE, out_of=2000) == "high"
    assert kind_of([*[5] * 56, 15], SHARE, out_of=2000) is None
    assert kind_of([*[80] * 56, 0], SHARE, out_of=2000) is None


def test_a_share_of_nothing_is_not_judged() -> None:
    assert judge(Measured(MONDAY, 0, 0), days([5] * 56, 2000), SHARE) is None


def flagged(values, *, halved_by=None):
    """Judge each night by those before, once there are enough; say how many were unusual."""
    past = days(values)
    tonight = [
        Measured(one.day, float(halved_by.binomial(int(one.value), 0.5))) if halved_by else one
        for one in past
    ]
    judged = [judge(tonight[last], past[:last], COUNT) for last in range(56, len(past))]
    return [found is not None for found in judged]


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.2])
def test_steady_shops_are_left_in_peace(noise: float) -> None:
    """Two hundred steady weeks of sources, of a handful and of thousands of records a night."""
    nights = [
        found
        for seed, mean in enumerate([20, 100, 300, 1000, 3000, 10_000] * 3)
        for found in flagged(steady(mean=mean, noise=noise, weeks=WEEKS, seed=seed))
    ]
    assert len(nights) >= 200 * 7
    assert np.mean(nights) < 0.005


def test_a_halved_volume_is_found() -> None:
    coin = np.random.default_rng(1)
    nights = [
        found
        for seed in range(3)
        for found in flagged(steady(mean=1000, noise=0.08, weeks=WEEKS, seed=seed), halved_by=coin)
    ]
    assert np.mean(nights) > 0.9


def test_a_share_that_comes_in_bursts_has_to_beat_all_bursts_but_one() -> None:
    burst = [*[5] * 13, 150] * 4
    assert kind_of([*burst, 150], SHARE, out_of=2000) is None
    assert kind_of([*burst, 400], SHARE, out_of=2000) == "high"
