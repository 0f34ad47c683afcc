"""What nodes mean for the conversion."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.figures.nodes import FIGURES, describe_nodes
from pipeline.graph import betweenness
from tests.core_tables import rows_of, small_warehouse
from tests.node_moves import MOVES, WALK, moves_in, moves_of, ways_drawn
from tests.projects import SHOP, WEB, Project


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def figures_of(moves: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = describe_nodes(moves.with_columns(grain=pl.lit("stage"))).drop("grain")
    return {row.pop("node"): row for row in rows.to_dicts()}


def drawn_result(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    return [
        tuple("" if value is None else str(value) for value in row)
        for row in warehouse.sql(query).fetchall()
    ]


# ---- The tables ---------------------------------------------------------------------------------


def test_visits_are_nodes_of_the_transitions_from_beginning_to_beginning(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        origin   | target      | segment | transitions | customers | median_ms   | value
        ---------+-------------+---------+-------------+-----------+-------------+---------
        ads      | ads         | loyal   | 1           | 1         | 2073600000  | 0.0000
        ads      | delivery    | loyal   | 1           | 1         | 180000000   | 0.0000
        ads      | dropped     | loyal   | 1           | 1         |             | 0.0000
        delivery | open        | new     | 1           | 1         |             | 0.0000
        delivery | reviews     | loyal   | 1           | 1         | 1285200000  | 0.0000
        email    | kept        | loyal   | 1           | 1         |             | 0.0000
        reviews  | advocated   | loyal   | 1           | 1         |             | 0.0000
        start    | ads         | loyal   | 2           | 1         |             | 100.0000
        start    | delivery    | new     | 1           | 1         |             | 0.0000
        start    | email       | loyal   | 1           | 1         |             | 50.0000
        start    | store       | new     | 1           | 1         |             | 0.0000
        start    | store       |         | 1           | 1         |             | 80.0000
        start    | web         | new     | 1           | 1         |             | 0.0000
        start    | web         |         | 2           | 1         |             | 45.0000
        store    | dropped     | new     | 1           | 1         |             | 0.0000
        store    | store       |         | 1           | 1         | 864000000   | -30.0000
        store    | returned    |         | 1           | 1         |             | 0.0000
        web      | open        | new     | 1           | 1         |             | 0.0000
        web      | open        |         | 1           | 1         |             | 0.0000
        web      | repurchased |         | 1           | 1         |             | 0.0000
    """
    query = """
        select origin, target, segment, transitions, customers, median_ms, value
        from marts.transitions where grain = 'traffic'
    """
    assert sorted(drawn_result(warehouse, query)) == sorted(rows_of(expected))


def test_the_chain_ends_with_the_conversion_or_the_drop(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    # Five converted and two were dropped; b201 is open and b301 was entered late.
    stages = """
        origin     | target     | transitions
        -----------+------------+------------
        evaluation | dropped    | 1
        evaluation | purchase   | 2
        evaluation | research   | 1
        need       | dropped    | 1
        need       | research   | 1
        purchase   | converted  | 5
        research   | evaluation | 2
        research   | purchase   | 1
        start      | evaluation | 2
        start      | need       | 2
        start      | purchase   | 2
        start      | research   | 1
    """
    visits = """
        origin | target    | transitions
        -------+-----------+------------
        ads    | ads       | 1
        ads    | converted | 1
        ads    | dropped   | 1
        email  | converted | 1
        start  | ads       | 2
        start  | email     | 1
        start  | store     | 2
        start  | web       | 2
        store  | converted | 1
        store  | dropped   | 1
        web    | converted | 2
    """
    query = "select * exclude (grain) from marts.conversion_chain where grain = "
    assert drawn_result(warehouse, query + "'stage'") == rows_of(stages)
    assert drawn_result(warehouse, query + "'traffic'") == rows_of(visits)
    ends = """
        select origin, transitions from marts.conversion_chain
        where grain = 'touchpoint' and target = 'converted'
    """
    assert drawn_result(warehouse, ends) == [("store/purchase", "1"), ("web/purchase", "4")]


@pytest.mark.long
def test_a_visit_that_begins_with_the_conversion_is_the_last_of_the_chain(
    project: Project,
) -> None:
    # One session, two campaigns: ana buys in the middle of the second, bob with its first touch.
    columns = """
        campaign = "campaign"
        value = "value"
        traffic = "traffic"
    """
    project.configure(SHOP, WEB + columns)
    project.write_log(
        "landing/web/a.csv",
        """
        at               | event     | who | campaign | traffic | value
        -----------------+-----------+-----+----------+---------+------
        2026-01-01 09:00 | search    | ana | spring   | email   |
        2026-01-01 09:05 | view_item | ana | roses    | email   |
        2026-01-01 09:06 | purchase  | ana |          | email   | 30
        2026-01-01 09:07 | page_view | ana | tulips   | email   |
        2026-01-01 09:08 | refund    | ana | spring   | email   | 10
        2026-01-01 09:00 | search    | bob | spring   | email   |
        2026-01-01 09:05 | purchase  | bob | roses    | email   | 20
        2026-01-01 09:06 | page_view | bob | tulips   | email   |
        """,
    )
    project.run()
    visits = "select campaign, value::bigint from core.visits order by touches, value, campaign"
    assert project.rows(visits) == [
        ("spring", 0),
        ("tulips", 0),
        ("tulips", 0),
        ("roses", 20),
        ("spring", -10),
        ("roses", 30),
    ]
    moves = "select * exclude (grain) from marts.conversion_chain where grain = 'traffic'"
    assert project.rows(moves) == [
        ("email", "converted", 2),
        ("email", "email", 2),
        ("start", "email", 2),
    ]


def test_nodes_carry_their_arrivals_their_journeys_and_their_place_in_the_chain(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        node       | kind  | arrivals | journeys | chance | steps | visit | return | removal
        -----------+-------+----------+----------+--------+-------+-------+--------+--------
        advocated  | state | 1        | 1        |        |       |       |        |
        evaluation | stage | 4        | 3        | 0.7    | 2.2   | 0.476 | 0.167  | 0.467
        experience | stage | 2        | 2        |        |       |       |        |
        purchase   | stage | 5        | 5        | 1.0    | 1.0   | 0.714 | 0.0    | 1.0
        start      | start |          | 9        | 0.714  | 2.0   |       |        |
    """
    query = """
        select
            node, kind, arrivals, journeys, round(conversion_chance, 3), round(expected_steps, 3),
            round(visit_chance, 3), round(return_chance, 3), round(removal_effect, 3)
        from marts.nodes where grain = 'stage' and node in
            ('start', 'evaluation', 'purchase', 'experience', 'advocated')
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_without_journeys_there_are_no_nodes() -> None:
    empty = describe_nodes(pl.DataFrame(schema={"grain": pl.String, **MOVES}))
    assert empty.is_empty()
    assert dict(empty.schema) == FIGURES


# ---- The figures --------------------------------------------------------------------------------


def test_whoever_comes_to_one_node_comes_to_no_less() -> None:
    # A sixth six times is less than one: the law that asks for a step at least would stop a night.
    for journeys in range(1, 60):
        moves = moves_of([([f"node_{number}"], "dropped") for number in range(journeys)])
        steps = [node["expected_steps"] for node in figures_of(moves).values()]
        assert min(steps) >= 1
        assert steps == pytest.approx([1.0] * len(steps))


def test_a_node_leads_on_as_its_moves_do() -> None:
    nodes = figures_of(moves_in(WALK))
    # From a: 2/3 of what b has; from b: 1/2, and 1/2 of what a has.
    assert nodes["a"] == pytest.approx(
        {
            "conversion_chance": 1 / 2,
            "expected_steps": 5 / 2,
            "visit_chance": 2 / 3,
            "return_chance": 1 / 3,
            "removal_effect": 1 / 2,
        }
    )
    assert nodes["b"] == pytest.approx(
        {
            "conversion_chance": 3 / 4,
            "expected_steps": 9 / 4,
            "visit_chance": 4 / 9,
            "return_chance": 1 / 3,
            "removal_effect": 1 / 2,
        }
    )
    start = nodes["start"]
    assert (start["conversion_chance"], start["expected_steps"]) == pytest.approx((2 / 3, 2))
    assert {start["visit_chance"], start["return_chance"], start["removal_effect"]} == {None}


@given(ways_drawn)
def test_the_chain_counts_what_its_journeys_did(ways: list[tuple[list[str], str]]) -> None:
    nodes = figures_of(moves_of(ways))
    start = nodes.pop("start")
    converted = sum(end == "converted" for _, end in ways)
    assert start["conversion_chance"] == pytest.approx(converted / len(ways), abs=1e-12)
    assert start["expected_steps"] == pytest.approx(sum(len(way) for way, _ in ways) / len(ways))
    comings = Counter(node for way, _ in ways for node in way)
    assert set(nodes) == set(comings)
    for node, figures in nodes.items():
        steps = figures.pop("expected_steps")
        assert steps >= 1
        assert all(0 <= figure <= 1 for figure in figures.values())
        visits = figures["visit_chance"] / (1 - figures["return_chance"])
        assert visits * len(ways) == pytest.approx(comings[node])


@given(ways_drawn, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_figure(ways: list[tuple[list[str], str]], random) -> None:
    turned = random.sample(ways, len(ways))
    assert figures_of(moves_of(ways)) == figures_of(moves_of(turned))


def edges(drawing: str) -> pl.DataFrame:
    """Make rows of marts.transitions of `origin | target | transitions`."""
    return moves_in(drawing).with_columns(
        grain=pl.lit("touchpoint"),
        segment=pl.lit(None, pl.String),
        journeys=1,
        customers=1,
        median_ms=pl.lit(None, pl.Int64),
        p90_ms=pl.lit(None, pl.Int64),
        value=pl.lit(0).cast(pl.Decimal(18, 4)),
    )


def test_a_node_lies_between_others_where_the_busiest_ways_cross_it() -> None:
    # The way over a is shorter than the one at once: 1/10 + 1/10 < 1/4. From a to kept there are
    # two of one length, and b is on one of them.
    told = betweenness(
        edges(
            """
            origin | target | transitions
            -------+--------+------------
            start  | a      | 10
            start  | b      | 4
            a      | b      | 10
            b      | kept   | 10
            a      | kept   | 5
            """
        )
    )
    # Six ordered pairs of other nodes: a is between start and b, and on all of start to kept; b is
    # on half of start to kept, and half of a to kept.
    assert dict(told.drop("grain").iter_rows()) == pytest.approx(
        {"start": 0, "a": 2 / 6, "b": 1 / 6, "kept": 0}
    )
