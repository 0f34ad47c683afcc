"""The laws of chains: solved at once, they say what walking through them step by step says."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.figures.chain import (
    Chain,
    chain_of,
    conversion_chance,
    expected_steps,
    removal_effects,
    return_chance,
    total,
    visit_chance,
)
from pipeline.figures.memory import long_chain_of, losses
from tests.core_tables import rows_of
from tests.walks import BEGIN, Journey, State, Ways, chain_of_journeys, walked, without

names = st.lists(st.sampled_from("abcde"), min_size=1, max_size=6)
ends = st.one_of(st.none(), st.integers(0, 90).map(float))
journeys_drawn = st.lists(st.tuples(names, ends), min_size=1, max_size=12)


def moves_of(journeys: list[Journey]) -> pl.DataFrame:
    """Count the moves of journeys as marts.visit_moves does."""
    moves = []
    for visits, value in journeys:
        end = "dropped" if value is None else "converted"
        way = [None, None, "start", *visits, end]
        for place in range(2, len(way) - 1):
            earned = value or 0.0 if way[place + 1] == "converted" else 0.0
            past = (name if name != "start" else None for name in way[place - 2 : place])
            moves.append((*past, way[place], way[place + 1], 1, earned))
    columns = ["third_last", "second_last", "origin", "target", "moves", "value"]
    return pl.DataFrame(
        moves,
        schema=dict.fromkeys(columns[:4], pl.String) | {"moves": pl.Int64, "value": pl.Float64},
        orient="row",
    )


def short_chain_of(journeys: list[Journey], *, worth: str | None = None) -> Chain:
    counts = moves_of(journeys).rename({"moves": "count"})
    return chain_of(counts, worth=worth)


def drawn(table: str) -> Chain:
    rows = [(origin, target, int(count)) for origin, target, count in rows_of(table)]
    return chain_of(pl.DataFrame(rows, schema=["origin", "target", "count"], orient="row"))


def told(chain: Chain, figures: np.ndarray) -> dict[str, float]:
    return dict(zip(chain.nodes, figures.tolist(), strict=True))


# ---- Worked by hand ----------------------------------------------------------------------------

# Of four, two come to a and two to b; from a one goes to b, and so on.
FORK = """
    origin | target    | count
    -------+-----------+------
    start  | a         | 2
    start  | b         | 2
    a      | b         | 1
    a      | converted | 1
    b      | converted | 1
    b      | dropped   | 2
"""
# a is come back to half of the times, and leads to a loop that nobody is seen to leave.
LOOPS = """
    origin | target    | count
    -------+-----------+------
    start  | a         | 4
    a      | a         | 4
    a      | converted | 1
    a      | dropped   | 1
    a      | c         | 2
    c      | d         | 7
    d      | c         | 5
    x      | a         | 1
    a      | y         | 0
"""


def test_chances_add_up_over_the_ways() -> None:
    chain = drawn(FORK)
    assert told(chain, conversion_chance(chain)) == pytest.approx({"a": 1 / 2 + 1 / 6, "b": 1 / 3})
    assert total(chain) == pytest.approx(2 / 4)
    assert told(chain, visit_chance(chain)) == pytest.approx({"a": 1 / 2, "b": 3 / 4})
    assert told(chain, expected_steps(chain)) == pytest.approx({"a": 1.5, "b": 1})
    assert told(chain, return_chance(chain)) == {"a": 0, "b": 0}
    # Without a, b alone: 1/2 · 1/3; without b, a alone: 1/2 · 1/2.
    effects = {"a": 1 - (1 / 6) / (1 / 2), "b": 1 - (1 / 4) / (1 / 2)}
    assert told(chain, removal_effects(chain)) == pytest.approx(effects)


def test_a_loop_that_nobody_leaves_neither_converts_nor_ends() -> None:
    chain = drawn(LOOPS)
    assert told(chain, conversion_chance(chain)) == pytest.approx(
        {"a": 1 / 4, "c": 0, "d": 0, "x": 1 / 4, "y": 0}
    )
    assert told(chain, expected_steps(chain)) == {
        "a": math.inf,
        "c": math.inf,
        "d": math.inf,
        "x": math.inf,
        "y": 1,
    }
    assert told(chain, visit_chance(chain)) == pytest.approx(
        {"a": 1, "c": 1 / 2, "d": 1 / 2, "x": 0, "y": 0}
    )
    assert told(chain, return_chance(chain)) == pytest.approx(
        {"a": 1 / 2, "c": 1, "d": 1, "x": 0, "y": 0}
    )
    assert told(chain, removal_effects(chain)) == pytest.approx(
        {"a": 1, "c": 0, "d": 0, "x": 0, "y": 0}
    )


def test_a_node_that_nobody_has_left_yet_drops() -> None:
    chain = drawn("origin | target | count\n start | a | 3")
    assert told(chain, conversion_chance(chain)) == {"a": 0}
    assert told(chain, expected_steps(chain)) == {"a": 1}
    assert told(chain, removal_effects(chain)) == {"a": 0}
    assert total(chain) == 0


def test_without_moves_there_is_nothing() -> None:
    chain = chain_of(moves_of([]).rename({"moves": "count"}))
    assert chain.nodes == ()
    assert total(chain) == 0
    for figure in (conversion_chance, expected_steps, visit_chance, return_chance, removal_effects):
        assert figure(chain).tolist() == []
    assert losses(long_chain_of(moves_of([]), order=2)).shape == (0, 2)


def test_who_converts_from_the_start_needs_no_node() -> None:
    chain = drawn(
        """
        origin | target    | count
        -------+-----------+------
        start  | converted | 1
        start  | a         | 1
        a      | converted | 1
        """
    )
    assert total(chain) == 1
    assert told(chain, removal_effects(chain)) == {"a": 1 / 2}


# ---- What must always hold ---------------------------------------------------------------------


@given(journeys_drawn)
@settings(max_examples=60, deadline=None)
def test_the_chain_says_what_walking_says(journeys: list[Journey]) -> None:
    chain = short_chain_of(journeys)
    ways, chances, means = chain_of_journeys(journeys, order=1)
    nodes: list[State] = [(node,) for node in chain.nodes]
    assert total(chain) == pytest.approx(walked(ways, chances))
    assert conversion_chance(chain) == pytest.approx([walked(ways, chances, n) for n in nodes])
    earning = short_chain_of(journeys, worth="value")
    assert conversion_chance(earning) == pytest.approx([walked(ways, means, n) for n in nodes])
    each_counts_one = dict.fromkeys(nodes, 1.0)
    assert expected_steps(chain) == pytest.approx([walked(ways, each_counts_one, n) for n in nodes])
    assert visit_chance(chain) == pytest.approx([comes_to(ways, BEGIN, n) for n in nodes])
    assert return_chance(chain) == pytest.approx([comes_again(ways, n) for n in nodes])


@given(journeys_drawn)
@settings(max_examples=60, deadline=None)
def test_an_effect_is_what_is_lost_in_the_chain_built_again_without_the_node(
    journeys: list[Journey],
) -> None:
    chain = short_chain_of(journeys)
    ways, chances, _ = chain_of_journeys(journeys, order=1)
    whole = walked(ways, chances)
    lost = [whole - walked(without(ways, node), chances) for node in chain.nodes]
    expected = [each / whole if whole else 0 for each in lost]
    assert removal_effects(chain) == pytest.approx(expected, abs=1e-9)


@given(journeys_drawn, st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_losses_of_a_chain_with_a_memory_are_those_of_the_chain_built_again(
    journeys: list[Journey], order: int
) -> None:
    chain = long_chain_of(moves_of(journeys), order=order)
    ways, *gains = chain_of_journeys(journeys, order=order)
    expected = [
        [walked(ways, each) - walked(without(ways, name), each) for each in gains]
        for name in chain.names
    ]
    assert losses(chain) == pytest.approx(np.array(expected).reshape(-1, 2), abs=1e-9)
    assert (losses(chain) >= 0).all()


@given(journeys_drawn)
@settings(max_examples=30, deadline=None)
def test_the_start_converts_as_the_journeys_did(journeys: list[Journey]) -> None:
    values = [value for _, value in journeys if value is not None]
    assert total(short_chain_of(journeys)) == pytest.approx(len(values) / len(journeys))
    earned = total(short_chain_of(journeys, worth="value"))
    assert earned == pytest.approx(sum(values) / len(journeys))


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_the_order_of_moves_changes_nothing(seed: int) -> None:
    journeys: list[Journey] = [("abca", 0.1), ("acb", 0.2), ("bb", None), ("cab", 0.7)]
    moves = moves_of(journeys)
    shuffled = moves.sample(fraction=1, shuffle=True, seed=seed)
    for order in (1, 2, 3):
        ours, theirs = (losses(long_chain_of(each, order=order)) for each in (moves, shuffled))
        assert ours.tolist() == theirs.tolist()


def test_ever_longer_loops_are_summed_to_the_last_digit() -> None:
    journeys: list[Journey] = [(["a", "b"] * 500, 1.0), (["b"] * 300 + ["a"], None)]
    for order in (1, 2, 3):
        chain = long_chain_of(moves_of(journeys), order=order)
        assert losses(chain)[chain.names.index("b"), 0] == pytest.approx(1 / 2, rel=1e-12)


def comes_to(ways: Ways, begin: State, node: State) -> float:
    """Walk on until the node is come to, and no farther."""
    until = {state: tos for state, tos in ways.items() if state != node}
    return walked(until, {node: 1.0}, begin)


def comes_again(ways: Ways, node: State) -> float:
    return sum(chance * comes_to(ways, to, node) for to, chance in ways.get(node, {}).items())
