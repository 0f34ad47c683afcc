"""The fast kernels and the plain loops tell the same, on any log."""

import os
from operator import itemgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import reference
from tests.drawn import Engine
from tests.logs import Log, logs, shards_of
from tests.reference import Rebuilt, Row
from tests.spec.conftest import ENGINES, name_of

EXAMPLES = int(os.environ.get("RECORRIDO_EXAMPLES", "40"))
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# These run the kernels several times a log, and a break would show in few logs.
brief = settings(thorough, max_examples=max(EXAMPLES // 4, 1))
every_engine = pytest.mark.parametrize("rebuild", ENGINES, ids=name_of)
every_fast_engine = pytest.mark.parametrize("rebuild", ENGINES[1:], ids=name_of)


def in_canonical_order(rebuilt: Rebuilt) -> dict[str, list[Row]]:
    """Give the five lists, each sorted by its own key."""
    return {
        "touches": sorted(rebuilt.touches, key=itemgetter("touchpoint_id")),
        "sessions": sorted(rebuilt.sessions, key=itemgetter("session_id")),
        "journeys": sorted(rebuilt.journeys, key=itemgetter("journey_id")),
        "steps": sorted(rebuilt.steps, key=itemgetter("journey_id", "step_no")),
        "visits": sorted(rebuilt.visits, key=itemgetter("journey_id", "visit_no")),
    }


@every_fast_engine
@thorough
@given(log=logs())
def test_the_kernels_agree_with_the_reference(rebuild: Engine, log: Log) -> None:
    fast = in_canonical_order(rebuild(log.touches, log.rulebook, log.cut_off))
    plain = in_canonical_order(reference.rebuild(log.touches, log.rulebook, log.cut_off))
    # One list after the other, so that a failure shows the first that differs.
    for name, rows in plain.items():
        assert fast[name] == rows, name


@every_engine
@brief
@given(log=logs(), data=st.data())
def test_the_order_of_files_and_rows_changes_nothing(
    rebuild: Engine, log: Log, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(log.touches))
    as_given = rebuild(log.touches, log.rulebook, log.cut_off)
    assert in_canonical_order(as_given) == in_canonical_order(
        rebuild(shuffled, log.rulebook, log.cut_off)
    )


@every_engine
@brief
@given(log=logs(), count=st.integers(2, 3))
def test_the_journeys_of_the_union_are_the_union_of_the_journeys(
    rebuild: Engine, log: Log, count: int
) -> None:
    union = Rebuilt([], [], [], [], [])
    for shard in shards_of(log.touches, count):
        rebuilt = rebuild(shard, log.rulebook, log.cut_off)
        union.touches.extend(rebuilt.touches)
        union.sessions.extend(rebuilt.sessions)
        union.journeys.extend(rebuilt.journeys)
        union.steps.extend(rebuilt.steps)
        union.visits.extend(rebuilt.visits)
    whole = rebuild(log.touches, log.rulebook, log.cut_off)
    assert in_canonical_order(union) == in_canonical_order(whole)
