"""The laws: each holds in the drawn world, and each finds the offender planted in it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.core_tables import QUERIES, empty_warehouse, small_warehouse

LAWS = sorted((QUERIES / "checks").glob("*.sql"))

# What breaks a law, and only has to break that one; `set` means an update of the law's own table.
OFFENCES = [
    ("ops.loads.records_add_up", "set rejected = 3"),
    ("ops.loads.records_add_up", "set records = null, refused_reason = null"),
    (
        "core.touchpoints.are_unique",
        "insert into core.touchpoints from core.touchpoints where touchpoint_id = 'a101'",
    ),
    (
        "core.touchpoints.identified_have_a_session",
        "set session_id = null where touchpoint_id = 'b902'",
    ),
    (
        "core.touchpoints.identified_have_a_session",
        "set session_id = 'b201' where touchpoint_id = 'b901'",
    ),
    (
        "core.touchpoints.staged_have_a_journey",
        "set journey_id = null where touchpoint_id = 'a103'",
    ),
    ("core.touchpoints.staged_have_a_journey", "set step_no = 1 where touchpoint_id = 'b902'"),
    (
        "core.touchpoints.anonymous_have_no_journey",
        "set session_id = 'b201' where touchpoint_id = 'x901'",
    ),
    ("core.sessions.hold_their_touches", "set touches = 3 where session_id = 'c201'"),
    ("core.sessions.hold_their_touches", "set customer_id = 'ana' where session_id = 'c201'"),
    ("core.sessions.hold_their_touches", "delete from core.sessions where session_id = 'a108'"),
    (
        "core.sessions.hold_their_touches",
        "insert into core.sessions from core.sessions where session_id = 'a108'",
    ),
    ("core.steps.hold_their_touches", "set touches = 3 where journey_id = 'a101' and step_no = 2"),
    ("core.steps.hold_their_touches", "set stage = 'need' where journey_id = 'b101'"),
    ("core.steps.hold_their_touches", "delete from core.steps where journey_id = 'b101'"),
    ("core.journeys.hold_their_steps", "set steps = 9 where journey_id = 'a101'"),
    ("core.journeys.hold_their_steps", "set touches = 8 where journey_id = 'a101'"),
    ("core.journeys.hold_their_steps", "set customer_id = 'ana' where journey_id = 'b101'"),
    ("core.journeys.hold_their_steps", "delete from core.journeys where journey_id = 'b101'"),
    (
        "core.journeys.hold_their_steps",
        "insert into core.journeys from core.journeys where journey_id = 'b101'",
    ),
    (
        "core.journeys.hold_their_steps",
        "update core.steps set step_no = 9 where journey_id = 'a101' and step_no = 8",
    ),
    ("core.journeys.hold_their_revenue", "set value = 101 where journey_id = 'a101'"),
    ("core.journeys.hold_their_revenue", "set returned_value = 0 where journey_id = 'c101'"),
    (
        "core.journeys.hold_their_revenue",
        "update core.touchpoints set revenue = null where journey_id = 'c301'",
    ),
    ("core.journeys.convert_at_one_instant", "set converted_at = null where journey_id = 'a101'"),
    ("core.journeys.convert_at_one_instant", "set converted_at = ended_at where state = 'open'"),
    (
        "core.journeys.convert_at_one_instant",
        "update core.touchpoints set is_conversion = true where touchpoint_id = 'c201'",
    ),
    ("core.journeys.end_when_silent", "set state = 'open' where journey_id = 'a301'"),
    ("core.journeys.end_when_silent", "set state = 'dropped' where journey_id = 'b201'"),
    ("core.journeys.end_when_silent", "set state = 'kept' where journey_id = 'c301'"),
    ("core.journeys.end_when_silent", "set state = 'open' where journey_id = 'a201'"),
    (
        "core.journeys.end_when_silent",
        "update ops.project set cut_off = '2026-03-22 01:30:00.000001+00'",
    ),
    ("core.journeys.have_one_end", "set state = 'gone' where journey_id = 'a101'"),
    ("core.journeys.have_one_end", "set state = null where journey_id = 'a101'"),
    ("core.journeys.have_one_end", "set state = 'kept' where journey_id = 'b101'"),
    ("core.journeys.have_one_end", "set state = 'dropped' where journey_id = 'a101'"),
    ("marts.stage_funnel.reached_adds_up", "set open = 1 where stage = 'need'"),
    ("marts.stage_funnel.reached_adds_up", "set skipped = 9 where stage = 'need'"),
    (
        "marts.stage_funnel.reached_adds_up",
        "set settled = dropped, dropped = 0 where stage = 'need'",
    ),
    (
        "marts.stage_funnel.advanced_reach_the_next",
        "set reached = reached + 1, open = open + 1 where stage = 'research'",
    ),
    (
        "marts.stage_funnel.advanced_reach_the_next",
        "delete from marts.stage_funnel where stage = 'research'",
    ),
    (
        "marts.stage_funnel.counts_every_journey",
        "delete from marts.stage_funnel where segment is null",
    ),
    ("marts.stage_funnel.counts_every_journey", "set converted = 0"),
    ("marts.stage_funnel.rates_lie_in_their_interval", "set drop_off_rate = 1.5"),
    ("marts.stage_funnel.rates_lie_in_their_interval", "set drop_off_low = 0.9"),
    ("marts.stage_funnel.rates_lie_in_their_interval", "set drop_off_rate = null"),
    ("marts.drop_off.rates_lie_in_their_interval", "set rate = -0.1"),
    ("marts.drop_off.rates_lie_in_their_interval", "set high = null where high is not null"),
    ("marts.drop_off.adds_up_to_the_funnel", "set open = 9 where dimension = 'traffic'"),
    ("marts.drop_off.adds_up_to_the_funnel", "delete from marts.drop_off where period is null"),
    ("marts.stage_flow.in_is_out", "set journeys = 2 where target = 'kept'"),
    ("marts.stage_flow.in_is_out", "set value = 2 where target = 'kept'"),
    (
        "marts.stage_flow.ends_every_journey",
        "set target = 'returned' where target = 'advocated'",
    ),
    ("marts.stage_flow.ends_every_journey", "set journeys = 1 where origin = 'start'"),
    (
        "marts.stage_flow.crossings_are_reached",
        "set target = 'purchase' where origin = 'start' and target = 'need'",
    ),
    ("marts.transitions.in_is_out", "set transitions = 9 where target = 'research'"),
    ("marts.transitions.ends_every_journey", "delete from marts.transitions where grain = 'stage'"),
    (
        "marts.transitions.ends_every_journey",
        "set segment = 'new' where segment is null and origin = 'start'",
    ),
    ("marts.transitions.sum_to_the_revenue", "set value = 1 where target = 'kept'"),
    ("marts.transitions.sum_to_the_revenue", "update marts.stage_flow set value = 0"),
]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def offenders_of(law: str, warehouse: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    query = (QUERIES / "checks" / f"{law}.sql").read_text(encoding="utf-8")
    return warehouse.sql(query).fetchall()


@pytest.mark.parametrize("law", [law.stem for law in LAWS])
def test_the_law_holds(warehouse: duckdb.DuckDBPyConnection, law: str) -> None:
    assert offenders_of(law, warehouse) == []


@pytest.mark.parametrize(("law", "offence"), OFFENCES)
def test_the_law_finds_its_offender(
    warehouse: duckdb.DuckDBPyConnection, law: str, offence: str
) -> None:
    table = law.rpartition(".")[0]
    warehouse.execute("begin transaction")
    try:
        warehouse.execute(f"update {table} {offence}" if offence.startswith("set") else offence)
        assert offenders_of(law, warehouse)
    finally:
        warehouse.execute("rollback")


def test_every_law_is_put_to_the_test() -> None:
    assert {law for law, _ in OFFENCES} == {law.stem for law in LAWS}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.stem)
def test_the_law_holds_in_an_empty_warehouse(law: Path) -> None:
    with empty_warehouse() as warehouse:
        for mart in ("stage_funnel", "transitions", "stage_flow", "drop_off"):
            query = (QUERIES / "marts" / f"{mart}.sql").read_text(encoding="utf-8")
            warehouse.execute(f"create table marts.{mart} as {query}")
        assert offenders_of(law.stem, warehouse) == []
