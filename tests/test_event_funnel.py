"""Event funnels: the kernel against the rules, every chain there is, and ClickHouse's function."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.funnel_logs import (
    MINUTE,
    NINE,
    UNITS,
    Asked,
    brief,
    chains_of,
    depths,
    logs,
    thorough,
    touches_of,
)
from tests.funnel_reference import Row, tell_chains

# ---- Drawn -------------------------------------------------------------------------------------


def drawn_chain(log: str, steps: str, **asked: Any) -> str:
    """Ask for the chain of one unit, drawn as the numbers of its steps and the minutes."""
    chains = chains_of(touches_of(log), steps=tuple(steps.split()), **asked)
    if not chains:
        return "-"
    (chain,) = chains
    minutes = [(moment - NINE) // MINUTE for moment in chain["reached_at"]]
    numbers = range(chain["entry_step"], chain["deepest_step"] + 1)
    return " ".join(f"{step}@{at}" for step, at in zip(numbers, minutes, strict=True))


@pytest.mark.parametrize(
    ("log", "steps", "chain"),
    [
        pytest.param("a0 x1 b5 x6 c9", "a b c", "1@0 2@5 3@9", id="other events may lie between"),
        pytest.param("b0 c5", "a b c", "-", id="without the first step there is no chain"),
        pytest.param("b0 a5", "a b", "1@5", id="what came before counts for nothing"),
        pytest.param("a0 b5 a7 b9", "a b", "1@0 2@5", id="the chain that ends first"),
        pytest.param("a0 a3 b5", "a b", "1@3 2@5", id="of those the one that starts last"),
        pytest.param("a0 b1 b3 c5", "a b c", "1@0 2@1 3@5", id="steps between as early as can be"),
        pytest.param("a0 b2 a4 b6 c9", "a b c", "1@4 2@6 3@9", id="after the latest start"),
        pytest.param("b0 a0", "a b", "1@0 2@0", id="an instant fills steps in funnel order"),
        pytest.param("a0", "a a", "1@0", id="one touch fills one step"),
        pytest.param("a0 a0", "a a", "1@0 2@0", id="two touches of an instant fill two"),
        pytest.param("a0 b0 a0", "a b a", "1@0 2@0 3@0", id="each with a touch of its own"),
        pytest.param("a0 b5", "a b a", "1@0 2@5", id="and not with one that was used"),
        pytest.param("app/a0 a1 b2", "app/a b", "1@0 2@2", id="a name may say where"),
    ],
)
def test_ordered_is_the_rule(log: str, steps: str, chain: str) -> None:
    assert drawn_chain(log, steps) == chain


@pytest.mark.parametrize(
    ("log", "minutes", "chain"),
    [
        ("a0 b4 c10", 10, "1@0 2@4 3@10"),
        ("a0 b4 c11", 10, "1@0 2@4"),
        ("a0 a1 b4 c11", 10, "1@1 2@4 3@11"),
        ("a0 b4 a5 c11 b12 c15", 10, "1@5 2@12 3@15"),
        ("a0 b0 c0", 0, "1@0 2@0 3@0"),
        # As docs/semantics.md draws it.
        ("a0 b10 a1440 a1450 b1452 b1460 c1510", 60, "1@1450 2@1452 3@1510"),
    ],
)
def test_a_window_runs_from_the_first_step_and_includes_its_end(
    log: str, minutes: int, chain: str
) -> None:
    assert drawn_chain(log, "a b c", within=minutes * MINUTE) == chain


@pytest.mark.parametrize(
    ("log", "steps", "chain"),
    [
        ("a0 b0", "a b", "1@0"),
        ("a0 b0 b1", "a b", "1@0 2@1"),
        ("a0 a5 b5", "a b", "1@0 2@5"),
        ("a0 a0 a1", "a a a", "1@0 2@1"),
    ],
)
def test_strictly_increasing_steps_are_each_later_than_the_one_before(
    log: str, steps: str, chain: str
) -> None:
    assert drawn_chain(log, steps, strict_increase=True) == chain


@pytest.mark.parametrize(
    ("log", "steps", "chain"),
    [
        pytest.param("a0 b5 c9", "a b c", "1@0 2@5 3@9", id="nothing between"),
        pytest.param("a0 b5 x6 c9", "a b c", "1@0 2@5", id="another event breaks"),
        pytest.param("a0 c1 b5 c9", "a b c", "1@0", id="so does a later step"),
        pytest.param("a0 b5 a6 c9", "a b c", "1@0 2@5", id="and an earlier one"),
        pytest.param("a0 a1 b5 b6 c9", "a b c", "1@1 2@5 3@9", id="repetitions do not"),
        pytest.param("x0 b0 a0", "a b", "1@0 2@0", id="what fits no step stands last"),
        pytest.param("a0 a1 a2 b5", "a a b", "1@1 2@2 3@5", id="a name may stand twice"),
    ],
)
def test_strict_allows_nothing_between_but_repetitions(log: str, steps: str, chain: str) -> None:
    assert drawn_chain(log, steps, mode="strict") == chain


@pytest.mark.parametrize(
    ("log", "chain"),
    [
        ("a0 x1 b5", "1@0"),
        ("a0 x1 a3 b5", "1@3 2@5"),
        ("a0 b5 x6 c9", "1@0 2@5"),
        ("a0 x5 b5", "1@0 2@5"),
        ("x0 a0 b5", "1@0"),
    ],
)
def test_an_exclusion_ends_chains_and_stands_last_in_its_instant(log: str, chain: str) -> None:
    assert drawn_chain(log, "a b c", exclusions=("x",)) == chain


@pytest.mark.parametrize(
    ("log", "chain"),
    [
        ("b0 c5", "2@0 3@5"),
        ("a0 c5", "3@5"),
        ("a0 b1 c9 b20 c21", "1@0 2@1 3@9"),
        ("a0 b11", "2@11"),
    ],
)
def test_an_open_funnel_begins_anywhere_and_takes_the_deepest_then_the_longest(
    log: str, chain: str
) -> None:
    assert drawn_chain(log, "a b c", is_open=True, within=10 * MINUTE) == chain


@pytest.mark.parametrize(
    ("log", "steps", "chain"),
    [
        ("c0 a3 b5", "a b c", "1@0 2@3 3@5"),
        ("c0 a3 b11", "a b c", "1@0 2@3"),
        ("a0 a1 b2", "a b", "1@1 2@2"),
        ("a0 b1 b2 a3", "a b b a", "1@0 2@1 3@2 4@3"),
    ],
)
def test_unordered_counts_the_most_steps_that_one_window_holds(
    log: str, steps: str, chain: str
) -> None:
    assert drawn_chain(log, steps, mode="unordered", within=10 * MINUTE) == chain


# ---- Every chain there is ----------------------------------------------------------------------


FUNNELS = (
    "a b",
    "a b c",
    "a a b",
    "a b a",
    "a b b c",
    "web/a b app/a",
    "a b a b",
    "c b a",
    "a a a",
)


@st.composite
def questions(draw: st.DrawFn, *modes: str) -> Asked:
    """Draw what may be asked: names that stand twice too, and all that goes together."""
    mode = draw(st.sampled_from(modes or ("ordered", "strict", "unordered")))
    steps = draw(st.sampled_from(FUNNELS)).split()
    minutes = draw(st.sampled_from((None, None, 0, 1, 2, 3)))
    return {
        "steps": tuple(steps[: draw(st.integers(1, 9))]),
        "within": None if minutes is None else minutes * MINUTE,
        "mode": mode,
        "strict_increase": mode != "unordered" and draw(st.booleans()),
        "exclusions": draw(st.sampled_from(((), (), ("x",), ("web/x",)))),
        "is_open": mode == "ordered" and draw(st.booleans()),
        "from_at": draw(st.sampled_from((None, None, NINE + MINUTE))),
        "before_at": draw(st.sampled_from((None, None, NINE + 3 * MINUTE))),
    }


@thorough
@given(touches=logs(), asked=questions())
def test_the_kernel_finds_the_best_of_all_chains(touches: list[Row], asked: Asked) -> None:
    assert chains_of(touches, **asked) == tell_chains(touches, **asked)


# ---- Laws --------------------------------------------------------------------------------------


@brief
@given(touches=logs(), asked=questions("ordered", "strict"))
def test_the_first_steps_of_a_funnel_are_a_funnel_of_which_it_never_tells_more(
    touches: list[Row], asked: Asked
) -> None:
    asked["is_open"] = False
    whole = depths(chains_of(touches, **asked))
    for count in range(1, len(asked["steps"])):
        beginning = asked | {"steps": asked["steps"][:count]}
        cut = {unit: min(depth, count) for unit, depth in whole.items()}
        assert depths(chains_of(touches, **beginning)) == cut
    reached = [sum(depth >= step for depth in whole.values()) for step in range(1, 5)]
    assert all(before >= after for before, after in pairwise(reached))


@brief
@given(touches=logs(), asked=questions())
def test_a_longer_window_never_gives_less(touches: list[Row], asked: Asked) -> None:
    windows = (0 * MINUTE, MINUTE, 3 * MINUTE, None)
    told = [depths(chains_of(touches, **asked | {"within": within})) for within in windows]
    for shorter, longer in pairwise(told):
        assert all(longer[unit] >= depth for unit, depth in shorter.items())


@brief
@given(touches=logs(), asked=questions(), data=st.data())
def test_the_order_of_rows_changes_nothing_and_shards_add_up(
    touches: list[Row], asked: Asked, data: st.DataObject
) -> None:
    whole = chains_of(touches, **asked)
    assert chains_of(data.draw(st.permutations(touches)), **asked) == whole
    shards = [
        [row for row in touches if (row["unit"] == "bob") is is_bob] for is_bob in (False, True)
    ]
    union = [chain for shard in shards for chain in chains_of(shard, **asked)]
    assert sorted(union, key=lambda chain: chain["unit"]) == whole


# ---- ClickHouse's windowFunnel -----------------------------------------------------------------


def window_funnel(
    touches: list[Row], steps: tuple[str, ...], window: timedelta, *, strict_increase: bool
) -> int:
    """Tell the level that ClickHouse documents: a touch counts for every step that it fits.

    Touches go by time, then by step. A step takes over the start of the step before, if it comes
    within the window of that; the first step always starts anew, so the latest start counts.
    """
    fitting = [
        (touch["occurred_at"], step)
        for touch in touches
        for step, name in enumerate(steps)
        if touch["event"] == name
    ]
    started_and_last: dict[int, tuple[datetime, datetime]] = {}
    for at, step in sorted(fitting):
        if step == 0:
            started_and_last[0] = at, at
        elif step - 1 in started_and_last:
            started, last = started_and_last[step - 1]
            if at <= started + window and (last < at or not strict_increase):
                started_and_last[step] = started, at
    return max(started_and_last, default=-1) + 1


def levels(touches: list[Row], *asked: Any, strict_increase: bool) -> dict[str, int]:
    """Tell the level of every unit that has any."""
    of_units = {
        unit: window_funnel(
            [touch for touch in touches if touch["unit"] == unit],
            *asked,
            strict_increase=strict_increase,
        )
        for unit in UNITS
    }
    return {unit: level for unit, level in of_units.items() if level}


def ours(
    touches: list[Row], steps: tuple[str, ...], window: timedelta, *, strict_increase: bool
) -> dict[str, int]:
    chains = chains_of(touches, steps=steps, within=window, strict_increase=strict_increase)
    return depths(chains)


@brief
@given(touches=logs(), minutes=st.integers(0, 4), steps=st.permutations(("a", "b", "c")))
def test_clickhouse_agrees_where_no_touch_fits_two_steps(
    touches: list[Row], minutes: int, steps: list[str]
) -> None:
    asked = touches, tuple(steps), minutes * MINUTE
    assert ours(*asked, strict_increase=False) == levels(*asked, strict_increase=False)


@brief
@given(touches=logs(), minutes=st.integers(0, 4), steps=st.permutations(("a", "b", "c")))
def test_clickhouse_agrees_on_later_steps_where_no_instant_has_two(
    touches: list[Row], minutes: int, steps: list[str]
) -> None:
    words: dict[tuple[str, datetime], set[str]] = {}
    for touch in touches:
        words.setdefault((touch["unit"], touch["occurred_at"]), set()).add(touch["event"])
    parted = [touch for touch in touches if len(words[touch["unit"], touch["occurred_at"]]) == 1]
    asked = parted, tuple(steps), minutes * MINUTE
    assert ours(*asked, strict_increase=True) == levels(*asked, strict_increase=True)


def test_clickhouse_differs_where_a_touch_fits_two_steps() -> None:
    asked = touches_of("a0"), ("a", "a"), MINUTE
    assert levels(*asked, strict_increase=False) == {"ana": 2}
    assert ours(*asked, strict_increase=False) == {"ana": 1}


def test_clickhouse_misses_a_later_step_at_an_instant_that_starts_anew() -> None:
    asked = touches_of("a0 a5 b5"), ("a", "b"), 9 * MINUTE
    assert levels(*asked, strict_increase=True) == {"ana": 1}
    assert ours(*asked, strict_increase=True) == {"ana": 2}
