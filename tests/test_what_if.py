"""What if a node were left otherwise: the changes that are typed, and what they lead to."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.figures.what_if import Change, read_change, what_if
from tests.command import Told, recorrido
from tests.node_moves import WALK, moves_in, moves_of, ways_drawn
from tests.projects import Project


def after(moves: pl.DataFrame, *changes: str) -> dict[str, float]:
    told = what_if(moves, [read_change(change) for change in changes])
    return dict(told.select("node", "after").iter_rows())


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
