"""Paths: the flow by position, the ways that journeys go, and what lies around a touch."""

from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline import marts as product
from pipeline.sections import Paths
from pipeline.warehouse import Warehouse
from tests import path_reference as reference
from tests.core_tables import (
    QUERIES,
    SETTINGS,
    empty_warehouse,
    fill_core,
    make_marts,
    rows_of,
    small_warehouse,
)
from tests.path_reference import Journey, Touch

GRAINS = ("touchpoint", "stage_channel", "stage")
KINDS = [(grain, until) for grain in GRAINS[1:] for until in ("end", "purchase")]
EVENTS = ("look", "ask")
CHANNELS = ("web", "store")
some = settings(max_examples=40)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def drawn_result(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    """Run a query, and give its rows as they would be drawn."""
    return [
        tuple("" if value is None else str(value) for value in row)
        for row in warehouse.sql(query).fetchall()
    ]


# ---- The drawn world ---------------------------------------------------------------------------


def test_the_path_flow_leads_from_step_to_step_and_cuts_at_the_limit() -> None:
    """Of nine journeys one has more than two steps; one name a position keeps its name."""
    expected = """
        position | origin         | target_position | target         | journeys | value
        ---------+----------------+-----------------+----------------+----------+---------
        0        | start          | 1               | need/ads       | 2        | 100.0000
        0        | start          | 1               | other          | 7        | 145.0000
        1        | need/ads       | 2               | other          | 1        | 100.0000
        1        | need/ads       |                 | dropped        | 1        | 0.0000
        1        | other          | 2               | purchase/web   | 2        | 70.0000
        1        | other          | 2               | other          | 1        | 50.0000
        1        | other          |                 | dropped        | 1        | 0.0000
        1        | other          |                 | open           | 3        | 25.0000
        2        | purchase/web   |                 | kept           | 1        | 50.0000
        2        | purchase/web   |                 | repurchased    | 1        | 20.0000
        2        | other          |                 | returned       | 1        | 50.0000
        2        | other          |                 | truncated      | 1        | 100.0000
    """
    with empty_warehouse() as warehouse:
        fill_core(warehouse)
        build_flows(warehouse, Paths(steps=2, top=1))
        query = """
            select position, origin, target_position, target, journeys, value from marts.path_flow
        """
        assert drawn_result(warehouse, query) == rows_of(expected)


def test_paths_until_the_purchase_are_walked_by_buyers_and_by_the_lost(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        path                                        | steps | journeys | customers | conversions | rate | dropped | median_ms
        --------------------------------------------+-------+----------+-----------+-------------+------+---------+----------
        start                                       | 0     | 3        | 2         | 2           | 1.0  | 0       | 0
        evaluation                                  | 1     | 2        | 2         | 1           | 0.5  | 1       | 1200000
        research                                    | 1     | 2        | 2         | 1           | 1.0  | 0       | 600000
        need                                        | 1     | 1        | 1         | 0           | 0.0  | 1       |
        need → research → evaluation → research → … | 4     | 1        | 1         | 1           | 1.0  | 0       | 1800000
    """  # noqa: E501
    query = """
        select
            path, steps, journeys, customers, conversions, conversion_rate, dropped, median_ms
        from top_paths(until := 'purchase', steps := 4)
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_whole_paths_hold_what_came_after_the_purchase(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        path                           | is_cut | journeys | conversions | value
        -------------------------------+--------+----------+-------------+---------
        evaluation/web → purchase/web  | False  | 1        | 1           | 20.0000
        purchase/store → outcome/store | False  | 1        | 1           | 50.0000
        purchase/web                   | False  | 1        | 1           | 25.0000
    """
    query = """
        select path, is_cut, journeys, conversions, value from marts.paths
        where grain = 'stage_channel' and until = 'end' and path like '%purchase%'
            and journeys = 1 and path not like '%research%'
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


@pytest.mark.parametrize(
    ("given", "journeys"),
    [
        ("", 9),
        ("segment := 'loyal'", 3),
        ("channel := 'store'", 2),
        ("traffic := 'direct'", 2),
        ("from_date := '2025-12-05', to_date := date '2025-12-10'", 2),
        ("channel := 'pigeon'", None),
    ],
)
def test_a_macro_looks_at_the_journeys_asked_for(
    warehouse: duckdb.DuckDBPyConnection, given: str, journeys: int | None
) -> None:
    for macro in (f"top_paths({given})", f"before_and_after({given})"):
        where = "" if macro.startswith("top") else "where relative_no = 0"
        assert warehouse.sql(f"select sum(journeys) from {macro} {where}").fetchall() == [
            (journeys,)
        ]


def test_what_is_not_among_the_top_paths_is_told_together(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        path       | steps | is_cut | journeys | share | value
        -----------+-------+--------+----------+-------+---------
        evaluation | 1     | False  | 1        | 0.111 | 0.0000
        other      |       |        | 8        | 0.889 | 245.0000
    """
    query = """
        select path, steps, is_cut, journeys, round(journeys_rate, 3), value from top_paths(n := 1)
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_those_who_left_at_a_stage_are_followed_back_from_their_last_touch(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        relative_no | node              | journeys | rate
        ------------+-------------------+----------+-----
        -2          | start             | 1        | 1.0
        -1          | ads/ad_impression | 1        | 1.0
        0           | ads/ad_impression | 1        | 1.0
        1           | dropped           | 1        | 1.0
        2           | dropped           | 1        | 1.0
    """
    query = """
        select relative_no, node, journeys, rate from before_and_after(
            state := 'dropped', deepest_stage := 'need', anchor := 'last', steps := 2
        )
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_the_steps_around_an_event_are_those_around_the_step_that_holds_it(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """Ana searched twice, in the second and in the fourth step of her first journey."""
    expected = """
        relative_no | node           | journeys
        ------------+----------------+---------
        -1          | start          | 1
        -1          | {before}
        0           | research/web   | 2
        1           | evaluation/web | 1
        1           | open           | 1
    """
    query = """
        select relative_no, node, journeys from before_and_after(
            event := 'web/search', anchor := '{}', steps := 1, grain := 'stage_channel'
        ) order by relative_no, node <> 'start', node
    """
    for anchor, before in (("first", "need/ads | 1"), ("last", "evaluation/web | 1")):
        assert drawn_result(warehouse, query.format(anchor)) == rows_of(
            expected.format(before=before)
        )


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 41}, {"top": 0}, {"listed": 0}])
def test_paths_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Paths(**wrong)


# ---- Random worlds -----------------------------------------------------------------------------


@st.composite
def journeys_of_some(draw: st.DrawFn) -> list[Journey]:
    """Draw journeys of few words, so that they meet, and come back to where they were."""
    touches = st.lists(
        st.builds(
            Touch,
            st.sampled_from(("research", "evaluation", "purchase", "experience")),
            st.sampled_from(CHANNELS),
            st.sampled_from(EVENTS),
        ),
        min_size=1,
        max_size=6,
    )
    states = st.sampled_from(("open", "dropped", "kept", "returned"))
    journey = st.builds(
        Journey,
        customer=st.sampled_from("abc"),
        touches=touches.map(tuple),
        state=states,
        value=st.integers(-3, 9),
        bought_after=st.none() | st.integers(0, 5),
    )
    # Whoever was dropped has not bought.
    return [
        Journey(each.customer, each.touches, each.state, each.value)
        if each.state == "dropped"
        else each
        for each in draw(st.lists(journey, min_size=1, max_size=12))
    ]


@pytest.fixture(scope="module")
def any_world() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a warehouse that is filled anew for every example."""
    with empty_warehouse() as warehouse:
        # Nothing is folded for its few customers.
        warehouse.execute("insert into ops.project by name select 1 as min_customers")
        for macro in ("top_paths", "before_and_after"):
            warehouse.execute(query_of(f"macros/analysts/{macro}"))
        yield warehouse


def query_of(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def build_flows(warehouse: duckdb.DuckDBPyConnection, paths: Paths) -> None:
    """Build the marts under other settings of paths."""
    product.build_marts(Warehouse(warehouse), SETTINGS.model_copy(update={"paths": paths}))


def make_mart(warehouse: duckdb.DuckDBPyConnection, name: str, paths: Paths) -> None:
    """Make one mart under other settings of paths."""
    make_marts(warehouse, name, settings=SETTINGS.model_copy(update={"paths": paths}))


def fill(warehouse: duckdb.DuckDBPyConnection, journeys: list[Journey]) -> None:
    """Put journeys into the core tables; those of one customer take turns, rows stand anyhow."""
    touchpoints: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for number, journey in enumerate(journeys):
        journey_id = f"j{number:02}"
        of_step = [no for no, step in enumerate(journey.steps, start=1) for _ in step]
        touchpoints += [
            {
                "journey_id": journey_id,
                # Other journeys of the customer have their touches between these.
                "touch_no": 100 * place + number,
                "step_no": of_step[place],
                **touch._asdict(),
            }
            for place, touch in enumerate(journey.touches)
        ]
        steps += [
            {"journey_id": journey_id, "step_no": no, **step[0]._asdict()}
            for no, step in enumerate(journey.steps, start=1)
        ]
        rows.append(
            {
                "journey_id": journey_id,
                "customer_id": journey.customer,
                "state": journey.state,
                "touches": len(journey.touches),
                "steps": len(journey.steps),
                "value": max(journey.value, 0),
                "returned_value": max(-journey.value, 0),
                "bought_after": journey.bought_after,
            }
        )
    drawn = {"touchpoints": touchpoints, "steps": steps, "journeys": rows}
    for table, filled in drawn.items():
        frame = pl.DataFrame(filled, infer_schema_length=None).reverse()
        warehouse.register("drawn", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        warehouse.execute(f"delete from core.{table}")
        selected = "*"
        if table == "journeys":
            selected = """
                * exclude (bought_after), timestamptz '2026-01-01 00:00:00+00' as started_at,
                started_at + to_milliseconds(bought_after::bigint) as converted_at
            """
        warehouse.execute(f"insert into core.{table} by name select {selected} from drawn")
        warehouse.unregister("drawn")


def as_counts_tell(
    counted: dict[str, reference.PathRow], plain: dict[str, reference.PathRow]
) -> dict[str, reference.PathRow]:
    """Tell what counts do not know, or not exactly, as they do: the rest's customers, medians."""
    told = {}
    for path, row in plain.items():
        found = counted[path].median_ms if path in counted else None
        is_near = found is not None and found == pytest.approx(row.median_ms, rel=0.022)
        told[path] = row._replace(
            customers=None if path == "other" else row.customers,
            median_ms=found if is_near else row.median_ms,
        )
    return told


@some
@given(journeys=journeys_of_some(), limit=st.integers(1, 4), top=st.integers(1, 3))
def test_the_path_flow_agrees_with_plain_loops(
    any_world: duckdb.DuckDBPyConnection, journeys: list[Journey], limit: int, top: int
) -> None:
    fill(any_world, journeys)
    make_mart(any_world, "path_flow", Paths(steps=limit, top=top))
    flow = any_world.sql("select * from marts.path_flow").pl()
    told = {
        (row["position"], row["origin"], row["target_position"], row["target"]): (
            row["journeys"],
            int(row["value"]),
        )
        for row in flow.iter_rows(named=True)
    }
    assert len(told) == flow.height
    assert told == reference.path_flow(journeys, limit=limit, top=top)
    for end in ("origin", "target"):
        for name, stage, channel in flow.select(end, f"{end}_stage", f"{end}_channel").iter_rows():
            assert (f"{stage}/{channel}" == name) == ("/" in name)


@some
@given(
    journeys=journeys_of_some(),
    kind=st.sampled_from(KINDS),
    limit=st.integers(1, 4),
    listed=st.integers(1, 4),
)
def test_paths_agree_with_plain_loops(
    any_world: duckdb.DuckDBPyConnection,
    journeys: list[Journey],
    kind: tuple[str, str],
    limit: int,
    listed: int,
) -> None:
    fill(any_world, journeys)
    make_mart(any_world, "paths", Paths(steps=limit, listed=listed))
    grain, until = kind
    plain = reference.paths(journeys, grain=grain, until=until, limit=limit, listed=listed)
    macro = f"""
        from top_paths(n := {listed}, grain := '{grain}', until := '{until}', steps := {limit})
    """
    mart = f"from marts.paths where grain = '{grain}' and until = '{until}'"
    for told in (mart, macro):
        rows = any_world.sql(told).pl().to_dicts()
        counted = {
            row["path"]: reference.PathRow(*(row[name] for name in reference.PathRow._fields))
            for row in rows
        }
        assert counted == (plain if told == macro else as_counts_tell(counted, plain))
        # Most journeys first, then by name; the rest is last.
        keys = [(row["path"] == "other", -row["journeys"], row["path"]) for row in rows]
        assert keys == sorted(keys)


@some
@given(
    journeys=journeys_of_some(),
    event=st.sampled_from((None, *EVENTS, "store/ask")),
    stage=st.sampled_from((None, "evaluation", "purchase")),
    anchor=st.sampled_from(("first", "last")),
    steps=st.integers(0, 4),
    grain=st.sampled_from(GRAINS),
)
def test_before_and_after_agrees_with_plain_loops(
    any_world: duckdb.DuckDBPyConnection,
    journeys: list[Journey],
    event: str | None,
    stage: str | None,
    anchor: str,
    steps: int,
    grain: str,
) -> None:
    fill(any_world, journeys)
    plain = reference.before_and_after(
        journeys,
        lambda touch: event in (None, touch.event, touch.name) and stage in (None, touch.stage),
        anchor=anchor,
        steps=steps,
        grain=grain,
    )
    rows = any_world.sql(
        "from before_and_after(event := $event, stage := $stage, anchor := $anchor, "
        "steps := $steps, grain := $grain)",
        params={"event": event, "stage": stage, "anchor": anchor, "steps": steps, "grain": grain},
    ).fetchall()
    assert {(relative, node): count for relative, node, count, *_ in rows} == plain
    anchored = sum(count for relative, _, count, *_ in rows if relative == 0)
    for _, _, count, rate, low, high in rows:
        assert rate == count / anchored
        assert 0 <= low <= rate <= high <= 1
