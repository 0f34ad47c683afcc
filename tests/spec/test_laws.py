"""The laws that no log can break, whatever the rules."""

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings

from pipeline.vocabulary import CONVERTING_EVENT, EFFECT_OF_EVENT, STATES
from tests.drawn import Engine
from tests.logs import Log, logs
from tests.reference import Rebuilt, stage_funnel
from tests.spec.conftest import ENGINES, name_of

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def no_touch_is_lost_and_every_staged_one_has_a_session_a_journey_and_a_step(
    log: Log, rebuilt: Rebuilt
) -> None:
    touches = rebuilt.touches
    assert sorted(touch["touchpoint_id"] for touch in touches) == sorted(
        touch["touchpoint_id"] for touch in log.touches
    )
    for touch in touches:
        staged = {touch[column] is not None for column in ("stage", "journey_id", "step_no")}
        assert len(staged) == 1
        assert staged == {False} or touch["session_id"] is not None
        assert not touch["is_unmapped"] or touch["session_id"] is not None


def sessions_journeys_and_steps_hold_all_touches_and_all_revenue(
    log: Log, rebuilt: Rebuilt
) -> None:
    staged = [touch for touch in rebuilt.touches if touch["stage"] is not None]
    revenue = sum(touch["revenue"] or 0 for touch in rebuilt.touches)
    assert Counter(touch["session_id"] for touch in rebuilt.touches if touch["session_id"]) == {
        session["session_id"]: session["touches"] for session in rebuilt.sessions
    }
    assert Counter(touch["journey_id"] for touch in staged) == {
        journey["journey_id"]: journey["touches"] for journey in rebuilt.journeys
    }
    assert Counter((touch["journey_id"], touch["step_no"]) for touch in staged) == {
        (step["journey_id"], step["step_no"]): step["touches"] for step in rebuilt.steps
    }
    assert revenue == sum(session["value"] for session in rebuilt.sessions)
    assert revenue == sum(step["value"] for step in rebuilt.steps)
    assert revenue == sum(
        journey["value"] - journey["returned_value"] for journey in rebuilt.journeys
    )


def an_order_earns_once_and_comes_back_by_the_word_of_one_source(
    log: Log, rebuilt: Rebuilt
) -> None:
    touches = {touch["touchpoint_id"]: touch for touch in rebuilt.touches}
    purchases, earned = set(), Counter[tuple[int, str]]()
    sources_of_returns = defaultdict(set)
    for touch in log.touches:
        order = (touch["customer"], touch["order_id"])
        found = touches[touch["touchpoint_id"]]
        if touch["order_id"] is None or found["journey_id"] is None:
            continue
        if touch["event"] == CONVERTING_EVENT:
            purchases.add(order)
            earned[order] += found["revenue"] is not None
        elif EFFECT_OF_EVENT.get(touch["event"]) == "returned" and found["revenue"]:
            sources_of_returns[order].add(touch["source"])
    assert all(times <= 1 for times in earned.values())
    assert all(len(sources_of_returns[order]) <= 1 for order in purchases)


def neighbouring_steps_of_a_journey_have_other_stages(log: Log, rebuilt: Rebuilt) -> None:
    steps = rebuilt.steps
    stages = {(step["journey_id"], step["step_no"]): step["stage"] for step in steps}
    for (journey_id, step_no), stage in stages.items():
        assert stages.get((journey_id, step_no + 1)) != stage
        assert step_no == 1 or (journey_id, step_no - 1) in stages


def what_reached_a_stage_went_on_or_ended_there(log: Log, rebuilt: Rebuilt) -> None:
    funnel = stage_funnel(rebuilt.journeys, rebuilt.steps)
    assert funnel[0]["reached"] == len(rebuilt.journeys)
    assert {journey["state"] for journey in rebuilt.journeys} <= set(STATES)
    for here, deeper in zip(funnel, [*funnel[1:], {"reached": 0}], strict=True):
        ended = here["dropped"] + here["open"] + here["settled"]
        assert here["reached"] == here["advanced"] + ended == here["visited"] + here["skipped"]
        assert here["advanced"] == deeper["reached"]


def a_journey_converts_once_and_only_unbought_ones_drop(log: Log, rebuilt: Rebuilt) -> None:
    conversions = Counter(
        touch["journey_id"] for touch in rebuilt.touches if touch["is_conversion"]
    )
    converted = {
        journey["journey_id"]: 1
        for journey in rebuilt.journeys
        if journey["converted_at"] is not None
    }
    assert conversions == converted
    for journey in rebuilt.journeys:
        is_past = journey["entered_late"] or journey["converted_at"] is not None
        assert journey["state"] != "dropped" or not is_past
        assert journey["state"] in ("open", "dropped") or is_past


LAWS = (
    no_touch_is_lost_and_every_staged_one_has_a_session_a_journey_and_a_step,
    sessions_journeys_and_steps_hold_all_touches_and_all_revenue,
    an_order_earns_once_and_comes_back_by_the_word_of_one_source,
    neighbouring_steps_of_a_journey_have_other_stages,
    what_reached_a_stage_went_on_or_ended_there,
    a_journey_converts_once_and_only_unbought_ones_drop,
)


# To draw a log and rebuild it takes longer than to hold it to all laws.
@pytest.mark.parametrize("rebuild", ENGINES, ids=name_of)
@quick
@given(log=logs())
def test_no_log_breaks_a_law(rebuild: Engine, log: Log) -> None:
    rebuilt = rebuild(log.touches, log.rulebook, log.cut_off)
    for law in LAWS:
        law(log, rebuilt)
