"""Credits: the kernel and the plain loops tell the same, on any visits."""

import math
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.journey.credits import RULES, add_credits
from tests.test_reference_agrees import EXAMPLES
from tests.visits_reference import MODELS, Row, credits_of, earns

HOUR = timedelta(hours=1)
SCHEMA: dict[str, Any] = {
    "journey": pl.UInt32,
    "traffic": pl.String,
    "to_conversion": pl.Duration("us"),
}
LOOKBACKS = st.sampled_from([None, timedelta(), HOUR, 2 * HOUR, timedelta(days=90)])
HALF_LIVES = st.sampled_from([timedelta(microseconds=1), HOUR, timedelta(days=7)])
thorough = settings(max_examples=EXAMPLES, deadline=None)


@st.composite
def visits_of_journeys(draw: st.DrawFn) -> list[Row]:
    """Draw the visits of some journeys, in order: what led to the conversion, then what did not."""
    hours = st.sampled_from([0, 1, 1, 2, 3, 24, 24 * 100])
    traffic = st.sampled_from(["direct", "direct", "email", "paid_search"])
    visits = []
    for journey in range(draw(st.integers(1, 4))):
        before = sorted(draw(st.lists(hours, max_size=7)), reverse=True)
        after = [None] * draw(st.integers(0 if before else 1, 2))
        visits += [
            {
                "journey": journey,
                "traffic": draw(traffic),
                "to_conversion": gap if gap is None else gap * HOUR,
            }
            for gap in (*before, *after)
        ]
    return visits


def credits_by_kernel(visits: list[Row], lookback: timedelta | None, half_life: timedelta):
    """Ask the kernel what each visit is credited with."""
    frame = pl.DataFrame(visits, schema=SCHEMA)
    credited = add_credits(frame, lookback=lookback, half_life=half_life)
    assert credited.select(list(SCHEMA)).equals(frame)
    return credited.select(pl.col(f"credit_{rule}").alias(rule) for rule in RULES).to_dicts()


@thorough
@given(visits=visits_of_journeys(), lookback=LOOKBACKS, half_life=HALF_LIVES)
def test_the_kernel_credits_each_visit_as_the_plain_loops_do(
    visits: list[Row], lookback: timedelta | None, half_life: timedelta
) -> None:
    plain = [
        credit
        for _, journey in groupby(visits, key=itemgetter("journey"))
        for credit in credits_of(list(journey), lookback, half_life)
    ]
    fast = credits_by_kernel(visits, lookback, half_life)
    assert set(RULES) == set(MODELS)
    for expected, found in zip(plain, fast, strict=True):
        for rule, share in expected.items():
            assert (share is None) == (found[rule] is None), rule
            assert share is None or math.isclose(share, found[rule], abs_tol=1e-12), rule


@thorough
@given(visits=visits_of_journeys(), lookback=LOOKBACKS, half_life=HALF_LIVES)
def test_by_every_rule_a_journey_gives_its_conversion_once_or_nobody_earns_it(
    visits: list[Row], lookback: timedelta | None, half_life: timedelta
) -> None:
    rows = zip(visits, credits_by_kernel(visits, lookback, half_life), strict=True)
    for _, journey in groupby(rows, key=lambda row: row[0]["journey"]):
        told, credits = zip(*journey, strict=True)
        for rule in RULES:
            shares = [credit[rule] for credit in credits]
            earning = [share for share in shares if share is not None]
            assert [share is not None for share in shares] == [
                earns(visit, lookback) for visit in told
            ]
            assert not earning or math.isclose(math.fsum(earning), 1)
            assert all(0 <= share <= 1 for share in earning)
