"""Pain points and moments of truth: by hand, in plain loops, and found in invented shops."""

import random
from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from pipeline.figures.moments import OUTCOMES, find_moments
from pipeline.vocabulary import (
    CONVERTING_EVENT,
    PASSING_EVENTS,
    PASSIVE_EVENTS,
    STAGE_NUMBER,
    STAGES,
    STATES,
)
from tests.core_tables import empty_warehouse, make_marts
from tests.moments_reference import CLASSES, Journey, Touch, class_of, compare, count_steps

COUNTS = [
    f"{group}{outcome}"
    for group in ("exposed", "others")
    for outcome in ("", *(f"_{outcome}" for outcome in (*OUTCOMES, "answered")))
]
Table = tuple[int, int, int, int]

# Men and women who applied to the six largest departments of Berkeley, and those admitted:
# Bickel, Hammel and O'Connell, Science 187 (1975).
BERKELEY = [
    (825, 512, 108, 89),
    (560, 353, 25, 17),
    (325, 120, 593, 202),
    (417, 138, 375, 131),
    (191, 53, 393, 94),
    (373, 22, 341, 24),
]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as warehouse:
        yield warehouse


def counts_of(warehouse: duckdb.DuckDBPyConnection, journeys: list[Journey]) -> pl.DataFrame:
    """Count the steps of journeys by the product's own query, from their core tables."""
    touches, steps = [], []
    for number, journey in enumerate(journeys):
        deepest = 0
        for step_no, places in enumerate(journey.steps(), start=1):
            stage = journey.touches[places[0]].stage
            steps.append((f"j{number}", step_no, stage, STAGE_NUMBER[stage] > deepest))
            deepest = max(deepest, STAGE_NUMBER[stage])
            for place in places:
                touch = journey.touches[place]
                told = (touch.channel, touch.event, touch.sentiment)
                touches.append((f"j{number}", step_no, place + 1, stage, *told))
    ends = [(f"j{number}", one.segment, one.state) for number, one in enumerate(journeys)]
    _fill(warehouse, "core.journeys", ends, journey_id=str, segment=str, state=str)
    _fill(
        warehouse, "core.steps", steps,
        journey_id=str, step_no=int, stage=str, is_new_depth=bool,
    )  # fmt: skip
    _fill(
        warehouse, "core.touchpoints", touches,
        journey_id=str, step_no=int, touch_no=int, stage=str, channel=str, event=str, sentiment=int,
    )  # fmt: skip
    make_marts(warehouse, "moment_counts")
    return warehouse.sql("select * from marts.moment_counts").pl()


def _fill(
    warehouse: duckdb.DuckDBPyConnection, table: str, rows: list[tuple], **columns: type
) -> None:
    drawn = pl.DataFrame(rows, schema=columns, orient="row")
    warehouse.register("drawn", drawn)
    warehouse.execute(f"delete from {table}; insert into {table} by name select * from drawn")
    warehouse.unregister("drawn")


def strata_of(tables: list[Table], *, segments: list[str] | None = None) -> pl.DataFrame:
    """Give tables of (exposed, gone on, others, gone on) as strata of one comparison."""
    rows = [
        {
            "segment": segments[number] if segments else None,
            "stage": "evaluation",
            "stage_no": 3,
            "channel": "web",
            "event": "view_reviews",
            "touches_before_from": number,
            "touches_from": 1,
            **dict.fromkeys(COUNTS, 0),
            "exposed": exposed,
            "exposed_advanced": exposed_with,
            "others": others,
            "others_advanced": others_with,
        }
        for number, (exposed, exposed_with, others, others_with) in enumerate(tables)
    ]
    return pl.DataFrame(rows, schema_overrides={"segment": pl.String})


def advanced(counts: pl.DataFrame) -> dict[str, Any]:
    """Give the comparison of those who advanced, over all segments."""
    found = find_moments(counts).filter(pl.col("is_all") & (pl.col("outcome") == "advanced"))
    return found.row(0, named=True)


def flags_of(moments: pl.DataFrame) -> set[tuple[str, str, str, str]]:
    """Give what was flagged over all segments: stage, event, outcome, kind."""
    flagged = moments.filter("is_all", pl.col("kind").is_not_null())
    return set(flagged.select("stage", "event", "outcome", "kind").iter_rows())


def test_one_table_has_the_published_ratio_and_test() -> None:
    first = advanced(strata_of(BERKELEY[:1]))
    # As SAS tells them of the first department; its Mantel-Haenszel chi-square is 17.2295.
    assert first["lift"] == pytest.approx(0.7531, abs=5e-5)
    assert first["low"] == pytest.approx(0.6799, abs=5e-5)
    assert first["high"] == pytest.approx(0.8341, abs=5e-5)
    assert first["p_value"] == pytest.approx(chi2.sf(17.2295, 1), rel=1e-4)


def test_like_is_compared_with_like() -> None:
    together = advanced(strata_of([tuple(map(sum, zip(*BERKELEY, strict=True)))]))  # type: ignore[list-item]
    within = advanced(strata_of(BERKELEY))
    assert together["rate"] == within["rate"] == pytest.approx(0.4452, abs=5e-5)
    assert together["others_rate"] == within["others_rate"] == pytest.approx(0.3035, abs=5e-5)
    # All together men seem preferred; within the departments to which they apply nobody is.
    assert together["lift"] == pytest.approx(1.47, abs=0.005)
    assert together["kind"] == "moment of truth"
    assert within["lift"] == pytest.approx(0.945, abs=0.0005)
    assert within["p_value"] == pytest.approx(chi2.sf(1.5246, 1), rel=1e-4)
    assert within["kind"] is None


def test_the_example_that_the_docs_draw() -> None:
    found = advanced(strata_of([(40, 20, 160, 64), (60, 48, 40, 28)]))
    assert (found["rate"], found["others_rate"]) == (0.68, 0.46)
    assert found["lift"] == pytest.approx(1.19, abs=0.005)


def test_all_segments_together_are_still_compared_within_each() -> None:
    segments = [f"department {number}" for number in "ABCDEF"]
    counts = strata_of(BERKELEY, segments=segments).with_columns(touches_before_from=0)
    # As a department is a stratum of its own; only more comparisons are judged with it.
    assert advanced(counts) == advanced(strata_of(BERKELEY)) | {
        "q_value": advanced(counts)["q_value"]
    }
    alone = find_moments(counts).filter(~pl.col("is_all"), pl.col("outcome") == "advanced")
    assert alone["segment"].to_list() == segments
    assert alone["lift"][0] == pytest.approx(0.7531, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "is_tested"),
    [
        ((10, 6, 10, 4), True),  # 5 expected of 0 to 10
        ((10, 5, 10, 4), False),  # 4.5 expected
        ((10, 7, 10, 9), False),  # 8 expected of at most 10
        ((9, 9, 1000, 9), False),  # a fraction of one expected, however clear it looks
        ((50, 50, 0, 0), False),  # nobody to compare with
    ],
)
def test_what_is_too_few_is_not_tested(table: Table, is_tested: bool) -> None:
    found = advanced(strata_of([table]))
    assert (found["p_value"] is not None) == is_tested
    assert (found["q_value"] is not None) == is_tested
    assert is_tested or not found["is_significant"]
    assert (found["others_rate"] is None) == (table[2] == 0)


def test_a_lift_over_nobody_is_unknown_and_flagged_all_the_same() -> None:
    found = advanced(strata_of([(40, 30, 40, 0)]))
    assert (found["lift"], found["low"], found["high"]) == (None, None, None)
    assert found["kind"] == "moment of truth"


def test_what_happens_less_often_is_significant_and_no_moment() -> None:
    found = advanced(strata_of([(40, 0, 40, 30)]))
    assert (found["lift"], found["low"], found["high"]) == (0, None, None)
    assert found["is_significant"]
    assert found["kind"] is None


def test_many_comparisons_are_judged_together() -> None:
    lone = strata_of([(50, 31, 50, 19)])
    among = pl.concat(
        [
            lone,
            *(
                lone.with_columns(event=pl.lit(f"e{n}"), exposed_advanced=pl.lit(25, pl.Int64))
                for n in range(20)
            ),
        ]
    )
    assert advanced(lone)["is_significant"]
    assert advanced(among.filter(pl.col("event") == "view_reviews"))["is_significant"]
    assert not find_moments(among)["is_significant"].any()


tables = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


@settings(max_examples=100, deadline=None)
@given(st.lists(tables, min_size=1, max_size=8))
def test_comparisons_agree_with_plain_loops(drawn: list[Table]) -> None:
    strata = [(one + more, one, other + rest, other) for one, more, other, rest in drawn]
    strata.append((1, 0, 1, 0))
    found = advanced(strata_of(strata))
    for figure, expected in compare(strata).items():
        assert found[figure] == (None if expected is None else pytest.approx(expected, rel=1e-5))


# Of each step of a journey what came of it; a question mark where it is not known yet.
STEPS = """
    journey             | state       | stages                                   || outcomes
    goes deeper         | kept        | need research evaluation                 || advanced advanced -
    skips               | kept        | need purchase                            || advanced -
    turns back          | dropped     | evaluation research                      || back left
    comes back          | dropped     | evaluation research evaluation           || back - left
    goes deeper at last | dropped     | evaluation research evaluation purchase  || back - advanced left
    is open             | open        | evaluation research                      || back ?
    buys again          | repurchased | evaluation purchase                      || advanced advanced
    has ended already   | repurchased | purchase outcome                         || advanced -
    is lost late        | returned    | purchase outcome experience              || advanced back -
"""  # noqa: E501


@pytest.mark.parametrize("drawing", STEPS.strip().splitlines()[1:])
def test_what_comes_of_a_step(warehouse: duckdb.DuckDBPyConnection, drawing: str) -> None:
    world, expected = drawing.split("||")
    _, state, stages = (cell.strip() for cell in world.split("|"))
    events = [f"e{number}" for number in range(len(stages.split()))]
    touches = tuple(Touch(*told) for told in zip(stages.split(), events, strict=True))
    counts = counts_of(warehouse, [Journey(touches, state)])
    outcomes = dict.fromkeys(events, "?")
    for row in counts.iter_rows(named=True):
        told = [outcome for outcome in OUTCOMES if row[f"exposed_{outcome}"]]
        outcomes[row["event"]] = " ".join(told) or "-"
    assert list(outcomes.values()) == expected.split()


@pytest.mark.parametrize("event", [*sorted(PASSING_EVENTS), CONVERTING_EVENT])
def test_what_passes_or_buys_is_no_kind_and_adds_no_length(
    warehouse: duckdb.DuckDBPyConnection, event: str
) -> None:
    bare = (Touch("research", "search"), Touch("evaluation", "view_item"))
    among = (
        Touch("research", event),
        Touch("research", "search"),
        Touch("research", event),
        Touch("evaluation", "view_item"),
        Touch("purchase", event),
    )
    counts = counts_of(warehouse, [Journey(bare)])
    more = counts_of(warehouse, [Journey(among)])
    lengths = ["event", "touches_before_from", "touches_from", "exposed"]
    assert more.select(lengths).equals(counts.select(lengths))


@pytest.mark.parametrize("event", sorted(PASSIVE_EVENTS))
def test_what_comes_unasked_is_a_kind(warehouse: duckdb.DuckDBPyConnection, event: str) -> None:
    counts = counts_of(warehouse, [Journey((Touch("need", event),))])
    assert counts["event"].to_list() == [event]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 100])
def test_lengths_stand_in_classes(warehouse: duckdb.DuckDBPyConnection, length: int) -> None:
    touches = (*(Touch("research", "search"),) * length, Touch("evaluation", "view_item"))
    counts = counts_of(warehouse, [Journey(touches)])
    assert counts.select("event", "touches_before_from", "touches_from").rows() == [
        ("search", 0, class_of(length)),
        ("view_item", class_of(length), 1),
    ]
    assert class_of(length) in CLASSES


# The touches of a journey, each with its sentiment if known; and what answers each event.
ANSWERS = """
    journey                                                 || answers
    evaluation/a purchase/b purchase/c- purchase/d          || a- b-
    evaluation/a purchase/b- purchase/c- outcome/d+         || a- b- c+
    evaluation/a research/b evaluation/c outcome/d-         || b- c-
    evaluation/a research/b evaluation/c- outcome/d+        || a- b- c+
    evaluation/a research/b evaluation/page_view outcome/c- || a- b-
    outcome/a0 outcome/b                                    ||
    purchase/a outcome/b0                                   || a0
"""


@pytest.mark.parametrize("drawing", ANSWERS.strip().splitlines()[1:])
def test_a_step_is_answered_once_before_its_stage_is_come_to_again(
    warehouse: duckdb.DuckDBPyConnection, drawing: str
) -> None:
    world, expected = drawing.split("||")
    felt = {"-": -1, "0": 0, "+": 1}
    touches = []
    for told in world.split():
        stage, event = told.rstrip("".join(felt)).split("/")
        touches.append(Touch(stage, event, sentiment=felt.get(told[-1])))
    counts = counts_of(warehouse, [Journey(tuple(touches))])
    answers = {
        row["event"]: bool(row["exposed_negative"])
        for row in counts.iter_rows(named=True)
        if row["exposed_answered"]
    }
    expected_answers = {answer[:-1]: answer[-1] == "-" for answer in expected.split()}
    assert answers == expected_answers


events = st.sampled_from(["a", "b", "c", "page_view", "purchase"])
touches = st.builds(
    Touch,
    stage=st.sampled_from(STAGES[1:4]),
    event=events,
    channel=st.sampled_from(["web", "app"]),
    sentiment=st.sampled_from([None, None, None, -1, 0, 1]),
)
journeys = st.builds(
    Journey,
    touches=st.lists(touches, min_size=1, max_size=12).map(tuple),
    state=st.sampled_from(STATES),
    segment=st.sampled_from([None, "loyal"]),
)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(journeys, min_size=1, max_size=6))
def test_counts_agree_with_plain_loops(
    warehouse: duckdb.DuckDBPyConnection, drawn: list[Journey]
) -> None:
    key = ("segment", "stage", "touches_before_from", "touches_from")
    counted = {
        (*(row[name] for name in key), (row["channel"], row["event"])): [
            row[name] for name in COUNTS
        ]
        for row in counts_of(warehouse, drawn).iter_rows(named=True)
    }
    expected = {
        stratum: [counter[name] for name in COUNTS]
        for stratum, counter in count_steps(drawn).items()
    }
    assert counted == expected


class Shop:
    """A shop in which errors make people leave and reviews help; the rest only looks as if it did.

    Who travels long compares more and buys more; loyal customers ask for prices and buy more. With
    no `effect` nothing that is touched changes anything.
    """

    def __init__(self, seed: int, *, effect: bool) -> None:
        self.chance = random.Random(seed)
        self.effect = effect

    def journeys(self, number: int) -> list[Journey]:
        """Let customers walk."""
        return [self._walk() for _ in range(number)]

    def _walk(self) -> Journey:
        segment = self.chance.choice(["loyal", "new"])
        touches: list[Touch] = []
        for _ in range(12):
            seen = self._weigh(touches, segment == "loyal")
            wish = 0.04 + 0.05 * len(touches) ** 0.5 + 0.1 * (segment == "loyal")
            if self.effect and "view_reviews" in seen:
                wish *= 1.5
            if self.chance.random() < wish:
                return self._check_out(touches, segment)
            if self.chance.random() < 0.25:
                return Journey(tuple(touches), "dropped", segment)
            touches.append(Touch("research", self.chance.choice(["search", "view_item_list"])))
        return Journey(tuple(touches), "dropped", segment)

    def _weigh(self, touches: list[Touch], is_loyal: bool) -> set[str]:
        """Add a step of evaluation, and tell its events."""
        seen = set()
        for _ in range(self.chance.choice([1, 2, 3, 4])):
            draw = self.chance.random()
            comparing = min(0.4, 0.03 * len(touches))
            asking = 0.3 if is_loyal else 0.1
            if draw < 0.15:
                event = "view_reviews"
            elif draw < 0.15 + comparing:
                event = "compare"
            elif draw < 0.15 + comparing + asking:
                event = "view_pricing"
            else:
                event = "view_item"
            seen.add(event)
            touches.append(Touch("evaluation", event))
        return seen

    def _check_out(self, touches: list[Touch], segment: str) -> Journey:
        touches.append(Touch("purchase", "begin_checkout"))
        fails = self.chance.random() < 0.2
        touches.append(Touch("purchase", "payment_error" if fails else "add_shipping_info"))
        leaves = 0.2 * (2 if self.effect and fails else 1)
        if self.chance.random() < leaves:
            return Journey(tuple(touches), "dropped", segment)
        touches.append(Touch("purchase", CONVERTING_EVENT))
        return Journey(tuple(touches), "kept", segment)


def test_what_helps_and_what_hurts_is_found_and_what_only_looks_so_is_not(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    counts = counts_of(warehouse, Shop(1, effect=True).journeys(6000))
    moments = find_moments(counts)
    found = {
        (event, outcome): lift
        for event, outcome, lift in moments.filter("is_all", pl.col("kind").is_not_null())
        # Who advances after reviews does not turn back or leave, so the others do so more.
        .filter((pl.col("stage") == "purchase") | (pl.col("outcome") == "advanced"))
        .select("event", "outcome", "lift")
        .iter_rows()
    }
    assert found == {
        ("view_reviews", "advanced"): pytest.approx(1.5, rel=0.15),
        ("payment_error", "left"): pytest.approx(2.0, rel=0.15),
    }
    # Compared without regard to length and segment, what is innocent looks like a moment of truth.
    one_stratum = counts.with_columns(
        segment=pl.lit(None, pl.String), touches_before_from=0, touches_from=1
    )
    innocent = {
        ("evaluation", event, "advanced", "moment of truth")
        for event in ("compare", "view_pricing")
    }
    crude = one_stratum.group_by(one_stratum.columns[:7]).agg(pl.col(COUNTS).sum())
    assert innocent <= flags_of(find_moments(crude))


@pytest.mark.long
def test_where_nothing_matters_hardly_anything_is_flagged(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = pl.concat(
        find_moments(counts_of(warehouse, Shop(seed, effect=False).journeys(800)))
        for seed in range(10)
    )
    tested = found.filter(pl.col("p_value").is_not_null())
    assert tested.height > 200
    assert tested["is_significant"].sum() <= 2
    assert tested.filter(pl.col("p_value") < 0.05).height < 0.08 * tested.height
