"""What nodes mean for the conversion, and what if they were left otherwise."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.figures.nodes import FIGURES, describe_nodes
from pipeline.figures.what_if import Change, read_change, what_if
from pipeline.graph import betweenness
from tests.command import Told, recorrido
from tests.core_tables import rows_of, small_warehouse
from tests.projects import SHOP, WEB, Project

# Of two who begin at a, one converts over b; so does the one who begins at c.
WALK = """
    origin | target    | transitions
    -------+-----------+------------
    start  | a         | 2
    start  | c         | 1
    a      | b         | 2
    a      | dropped   | 1
    b      | a         | 1
    b      | converted | 1
    c      | converted | 1
"""

MOVES = {"origin": pl.String, "target": pl.String, "transitions": pl.Int64}

names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=6)
ways_drawn = st.lists(
    st.tuples(names, st.sampled_from(["converted", "dropped"])), min_size=1, max_size=12
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def moves_in(drawing: str) -> pl.DataFrame:
    rows = [(origin, target, int(count)) for origin, target, count in rows_of(drawing)]
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def moves_of(ways: list[tuple[list[str], str]]) -> pl.DataFrame:
    """Count the moves of journeys as marts.conversion_chain does."""
    counts = Counter(pair for nodes, end in ways for pair in pairwise(["start", *nodes, end]))
    rows = [(*pair, count) for pair, count in counts.items()]
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def figures_of(moves: pl.DataFrame) -> dict[str, dict[str, Any]]:
    rows = describe_nodes(moves.with_columns(grain=pl.lit("stage"))).drop("grain")
    return {row.pop("node"): row for row in rows.to_dicts()}


def after(moves: pl.DataFrame, *changes: str) -> dict[str, float]:
    told = what_if(moves, [read_change(change) for change in changes])
    return dict(told.select("node", "after").iter_rows())


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


# ---- What if ------------------------------------------------------------------------------------


def test_fewer_drops_are_shared_by_the_other_edges_of_their_origin() -> None:
    told = what_if(moves_in(WALK), [read_change("a>dropped=-50%")]).to_dicts()
    # From a now 1/6 drop and 5/6 go to b, so a leads to 5/12 + 5/12 of itself: 5/7.
    assert [row["node"] for row in told] == ["start", "converted", "dropped", "b", "a", "c"]
    by_node = {row["node"]: row for row in told}
    assert by_node["start"]["after"] == by_node["start"]["before"] == 3
    assert by_node["converted"] == pytest.approx(
        {
            "node": "converted",
            "before": 2,
            "after": 17 / 7,
            "change": 3 / 7,
            "change_rate": 3 / 14,
        },
        abs=1e-6,
    )
    assert by_node["dropped"]["after"] == pytest.approx(4 / 7, abs=1e-6)
    comings = [(by_node[node]["before"], by_node[node]["after"]) for node in "abc"]
    assert comings == [pytest.approx(pair, abs=1e-6) for pair in ((3, 24 / 7), (2, 20 / 7), (1, 1))]


def test_a_share_is_set_and_the_others_keep_their_proportions() -> None:
    more = """
        origin | target    | transitions
        -------+-----------+------------
        start  | a         | 10
        a      | converted | 2
        a      | dropped   | 6
        a      | b         | 2
        b      | dropped   | 2
    """
    # The three quarters that are left are parted 2 to 6.
    told = after(moves_in(more), "a>b=0.2")
    assert (told["converted"], told["b"]) == pytest.approx((2, 2))
    told = after(moves_in(more), "a>b=0.6")
    assert (told["converted"], told["dropped"], told["b"]) == pytest.approx((1, 9, 6))
    assert after(moves_in(more), "start>a=1") == after(moves_in(more))


def test_several_changes_hold_at_once_in_any_order() -> None:
    changes = ("a>b=0.5", "b>converted=+50%")
    told = after(moves_in(WALK), *changes)
    # b: 3/4 convert, 1/4 go back; a: 1/2 (3/4 + a/4) = 3/7.
    assert told["converted"] == pytest.approx(2 * 3 / 7 + 1, abs=1e-6)
    assert told == after(moves_in(WALK), *reversed(changes))
    # Two of one origin are shares of what there was, not of what the other left.
    told = after(moves_in(WALK), "a>b=0.25", "a>dropped=0.75")
    assert told["b"] == pytest.approx(2 * 0.25 / (1 - 0.125), abs=1e-6)


def walked(shares: Mapping[str, Mapping[str, float]], begun: float) -> dict[str, float]:
    """Walk on until nobody is left, and count who comes where."""
    comings: dict[str, float] = defaultdict(float)
    here = {"start": begun}
    while sum(here.values()) > 1e-10 * begun:
        there: dict[str, float] = defaultdict(float)
        for node, count in here.items():
            for target, share in shares.get(node, {}).items():
                there[target] += count * share
        for node, count in there.items():
            comings[node] += count
        here = {node: count for node, count in there.items() if node in shares}
    return comings


@given(ways_drawn, st.data())
def test_what_if_says_what_walking_on_says(
    ways: list[tuple[list[str], str]], data: st.DataObject
) -> None:
    moves = moves_of(ways)
    counts: dict[str, dict[str, float]] = defaultdict(dict)
    for origin, target, count in moves.iter_rows():
        counts[origin][target] = count
    shares = {
        origin: {target: count / sum(tos.values()) for target, count in tos.items()}
        for origin, tos in counts.items()
    }
    origin, target = data.draw(st.sampled_from(sorted(moves.select("origin", "target").rows())))
    # Neither all nor none, or nobody might leave a loop.
    share = data.draw(st.floats(0.1, 0.9)) if len(shares[origin]) > 1 else 1.0
    told = what_if(moves, [Change(origin, target, share)])

    others = sum(part for to, part in shares[origin].items() if to != target)
    shares[origin] = {
        to: share if to == target else part * (1 - share) / others
        for to, part in shares[origin].items()
    }
    expected = walked(shares, len(ways))
    for node, count in told.select("node", "after").iter_rows():
        if node != "start":
            assert count == pytest.approx(expected[node], abs=1e-5)


@given(ways_drawn)
def test_without_a_change_all_is_as_counted(ways: list[tuple[list[str], str]]) -> None:
    told = what_if(moves_of(ways), [])
    assert (told["change"] == 0).all()
    comings = Counter(node for way, _ in ways for node in way)
    ends = Counter(end for _, end in ways)
    expected = {"start": len(ways), "converted": 0, "dropped": 0} | ends | comings
    assert dict(told.select("node", "before").iter_rows()) == expected


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("need>research=0.25", Change("need", "research", 0.25)),
        ("need>research=.5", Change("need", "research", 0.5)),
        (" need > research = 1 ", Change("need", "research", 1)),
        ("need>dropped=-10%", Change("need", "dropped", -0.1, is_relative=True)),
        ("need>dropped=+2.5%", Change("need", "dropped", 0.025, is_relative=True)),
        ("need>dropped=-100%", Change("need", "dropped", -1, is_relative=True)),
        ("web/a=b>web/c=0", Change("web/a=b", "web/c", 0)),
    ],
)
def test_a_change_is_read(text: str, change: Change) -> None:
    assert read_change(text) == change


@pytest.mark.parametrize(
    "text",
    [
        "",
        "need>research",
        "need=0.5",
        ">research=0.5",
        "need>=0.5",
        "need>research=",
        "need>research=lots",
        "need>research=10%",
        "need>research=+0.5",
        "need>research=-0.5",
        "need>research=1.01",
        "need>research=nan",
        "need>research=1e-1",
        "need>research=-101%",
    ],
)
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--what-if.*expected"):
        read_change(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["aa>b=0.5"], "no node 'aa'. Did you mean 'a'[?] It has: a, b, c, start"),
        (["a>bought=0.5"], "no node 'bought'. It has: a, b, c, converted, dropped"),
        (["dropped>a=0.5"], "no node 'dropped'"),
        (["a>start=0.5"], "no node 'start'"),
        (["a>c=0.5"], r"nobody takes this edge. From a they go to b \(66.7%\), dropped \(33.3%\)"),
        (
            ["a>b=+60%"],
            r"a>b=\+60%: 106.7% of those who leave a would go there. From a they go to b",
        ),
        (["b>a=0.6", "b>converted=0.5"], "110.0% of those who leave b would go there. From b"),
        (["c>converted=0.5"], "50.0% .* would go there, and no other edge is left. From c"),
        (["c>converted=-100%"], "0.0% .* would go there, and no other edge is left"),
        (["a>b=0.5", "a>b=0.6"], "changed already"),
        (["a>b=1", "b>a=1"], "who comes to a, b may never come to an end"),
    ],
)
def test_what_cannot_be_changed_so_is_told(changes: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        after(moves_in(WALK), *changes)


def test_an_error_lists_only_so_many_nodes() -> None:
    many = [([f"web/{number:02}"], "dropped") for number in range(40)]
    with pytest.raises(ConfigError, match=r"web/10 and 29 more$"):
        after(moves_of(many), "email>dropped=0.5")


def test_nothing_decided_has_no_node_to_change() -> None:
    with pytest.raises(ConfigError, match="no node 'need'"):
        after(moves_of([]), "need>dropped=0.5")


# ---- The command --------------------------------------------------------------------------------


@pytest.mark.long
def test_the_command_says_what_if_and_writes_the_touches_behind_it(project: Project) -> None:
    # As of the summer ana has bought, and bob is lost.
    project.write_log(
        "landing/web/a.csv",
        """
        at               | event     | who
        -----------------+-----------+-----
        2026-01-01 09:00 | search    | ana
        2026-01-01 09:06 | purchase  | ana
        2026-01-01 09:00 | search    | bob
        2026-07-01 09:00 | search    | cleo
        """,
    )
    project.run()

    def graph(*options: object, answer: int = 0) -> Told:
        return recorrido("graph", "--config", project.config, *options, answer=answer)

    changed = ("--what-if", "research>dropped=-50%")
    assert [line.split() for line in graph(*changed).stdout.splitlines()] == [
        ["node", "before", "after", "change", "change_pct"],
        ["start", "2.0", "2.0", "0.0", "0.0"],
        ["converted", "1.0", "1.5", "0.5", "50.0"],
        ["dropped", "1.0", "0.5", "-0.5", "-50.0"],
        ["purchase", "1.0", "1.5", "0.5", "50.0"],
        ["research", "2.0", "2.0", "0.0", "0.0"],
        ["(5", "rows)"],
    ]
    by_visit = graph("--what-if", "direct>dropped=-50%", "--grain", "traffic", "--format", "json")
    assert [row["node"] for row in json.loads(by_visit.stdout)][3:] == ["direct"]
    told = graph("--what-if", "research>drop=-50%", answer=2).stderr
    assert told.startswith("recorrido: --what-if research>drop=-50%: ")
    assert "Did you mean 'dropped'?" in told

    file = project.dir / "touches.json"
    assert graph("--format", "ocel", "--out", file).stdout == f"{file}\n"
    assert len(json.loads(file.read_text(encoding="utf-8"))["events"]) == 4
    assert "needs --out" in graph("--format", "ocel", answer=2).stderr
    assert "found csv" in graph("--format", "csv", answer=2).stderr
    assert "found ocel" in graph(*changed, "--format", "ocel", "--out", file, answer=2).stderr
