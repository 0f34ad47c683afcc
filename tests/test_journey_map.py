"""The journey map: counted by hand over the drawn world, and what a stage is to achieve."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import ConfigError
from pipeline.settings import load_settings
from tests.core_tables import (
    QUERIES,
    build_marts,
    empty_warehouse,
    fill_core,
    make_marts,
    rows_of,
)
from tests.projects import SHOP, WEB, Project

# What a comparison of marts.moments tells that was drawn, and what does not matter here.
MOMENTS = """
    all   | segment | stage      | channel | event         | outcome  | lift | kind
    ------+---------+------------+---------+---------------+----------+------+----------------
    true  |         | purchase   | web     | payment_error | left     | 2.04 | pain point
    true  |         | purchase   | web     | payment_error | back     |      | pain point
    true  |         | purchase   | web     | begin_checkout | left    | 3    | pain point
    true  |         | purchase   | web     | add_card      | advanced | 1.96 | moment of truth
    true  |         | evaluation | web     | view_reviews  | advanced | 1.5  | moment of truth
    true  |         | evaluation | web     | view_item     | advanced | 0.5  |
    false | loyal   | evaluation | web     | compare       | advanced | 1.2  | moment of truth
    false |         | purchase   | web     | search        | left     | 9    | pain point
"""


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as warehouse:
        fill_core(warehouse)
        warehouse.execute(
            """
            insert into ops.goals values
                ('need', 0.1, 0.9), ('research', null, 0.9), ('evaluation', 0.9, null),
                ('experience', null, 0.01);
            update core.touchpoints set sentiment = 1 where touchpoint_id = 'a109';
            update core.touchpoints set sentiment = -1 where touchpoint_id in ('a106', 'c102');
            update core.touchpoints set sentiment = 0 where touchpoint_id in ('a104', 'c201');
            """
        )
        build_marts(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def flagged(warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The drawn world, with moments as they are drawn above."""
    warehouse.execute("delete from marts.moments")
    for row in rows_of(MOMENTS):
        warehouse.execute(
            "insert into marts.moments by name select ?::boolean as is_all, ? as segment, "
            "? as stage, ? as channel, ? as event, ? as outcome, ?::double as lift, ? as kind, "
            "100 as exposed, 30 as exposed_with, 0.3 as rate, 0.1 as others_rate, "
            "2 as low, 4 as high",
            [cell or None for cell in row],
        )
    return warehouse


def drawn_result(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    """Run a query, and give its rows as they would be drawn."""
    return [
        tuple("" if value is None else str(value) for value in row)
        for row in warehouse.sql(query).fetchall()
    ]


def test_the_map_tells_where_a_stage_is_met(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage      | channel  | customers | journeys | of | reach | touches | known | mean | top
        -----------+----------+-----------+----------+----+-------+---------+-------+------+----------------
        need       | ads      | 1         | 2        | 2  | 1.0   | 3       | 0     |      | ad_impression
        research   | web      | 2         | 2        | 3  | 0.667 | 4       | 0     |      | search
        research   | email    | 1         | 1        | 3  | 0.333 | 1       | 0     |      | email_click
        evaluation | web      | 2         | 2        | 3  | 0.667 | 3       | 3     | -0.33| view_item
        evaluation | store    | 1         | 1        | 3  | 0.333 | 1       | 0     |      | store_visit
        purchase   | web      | 2         | 4        | 5  | 0.8   | 4       | 0     |      | purchase
        purchase   | store    | 1         | 1        | 5  | 0.2   | 1       | 0     |      | purchase
        experience | delivery | 2         | 2        | 2  | 1.0   | 2       | 0     |      | order_delivered
        outcome    | reviews  | 1         | 1        | 2  | 0.5   | 1       | 1     | 1.0  | review
        outcome    | store    | 1         | 1        | 2  | 0.5   | 1       | 1     | -1.0 | return
    """  # noqa: E501
    query = """
        select
            stage, channel, customers, journeys, stage_journeys, round(reach, 3), touches,
            known_sentiment, round(mean_sentiment, 2), top_event
        from marts.journey_map where is_all order by stage_no, journeys desc, channel
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_those_without_a_segment_are_not_all(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        all   | segment | channel | journeys | of | touches
        ------+---------+---------+----------+----+--------
        True  |         | web     | 4        | 5  | 4
        True  |         | store   | 1        | 5  | 1
        False | loyal   | web     | 2        | 2  | 2
        False |         | web     | 2        | 3  | 2
        False |         | store   | 1        | 3  | 1
    """
    query = """
        select is_all, segment, channel, journeys, stage_journeys, touches
        from marts.journey_map where stage = 'purchase'
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_the_map_of_touchpoints_tells_how(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        channel | event       | customers | journeys | reach | touches | positive | negative | mean
        --------+-------------+-----------+----------+-------+---------+----------+----------+-----
        web     | view_item   | 2         | 2        | 0.667 | 2       | 0        | 0        | 0.0
        store   | store_visit | 1         | 1        | 0.333 | 1       | 0        | 0        |
        web     | add_to_cart | 1         | 1        | 0.333 | 1       | 0        | 1        | -1.0
    """
    query = """
        select
            channel, event, customers, journeys, round(reach, 3), touches, positive, negative,
            mean_sentiment
        from marts.touchpoint_map where is_all and stage = 'evaluation'
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_the_most_journeys_make_the_top_event_then_touches_then_the_name() -> None:
    with empty_warehouse() as warehouse:
        warehouse.execute(
            """
            insert into core.journeys by name
            select 'j' || range as journey_id, 'c' as customer_id from range(2);
            insert into core.touchpoints by name
            select journey_id, 'web' as channel, stage, event from (values
                ('j0', 'need', 'often'), ('j0', 'need', 'often'), ('j0', 'need', 'often'),
                ('j0', 'need', 'wide'), ('j1', 'need', 'wide'),
                ('j0', 'research', 'b'), ('j0', 'research', 'c'), ('j0', 'research', 'c'),
                ('j0', 'outcome', 'b'), ('j0', 'outcome', 'a')
            ) as drawn (journey_id, stage, event);
            """
        )
        make_marts(warehouse, "journey_map")
        told = warehouse.sql(
            "select stage, top_event from marts.journey_map where is_all"
        ).fetchall()
    assert told == [("need", "wide"), ("research", "c"), ("outcome", "a")]


def test_a_stage_tells_what_is_lost_and_what_that_is_worth(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        stage      | customers | reached | visited | advanced | lost | open | settled | value    | worth   | opportunity
        -----------+-----------+---------+---------+----------+------+------+---------+----------+---------+------------
        need       | 3         | 9       | 2       | 8        | 1    | 0    | 0       | 245.0000 | 40.8333 | 40.8333
        research   | 3         | 8       | 3       | 7        | 0    | 1    | 0       | 245.0000 | 40.8333 | 0.0000
        evaluation | 3         | 7       | 3       | 6        | 1    | 0    | 0       | 245.0000 | 49.0000 | 49.0000
        purchase   | 3         | 6       | 5       | 4        | 0    | 1    | 1       | 245.0000 | 49.0000 | 0.0000
        experience | 3         | 4       | 2       | 3        | 0    | 1    | 0       | 170.0000 | 56.6667 | 0.0000
        outcome    | 2         | 3       | 2       | 0        | 0    | 0    | 3       | 170.0000 |         |
    """  # noqa: E501
    query = """
        select
            stage, customers, reached, visited, advanced, lost, open, settled, value, worth,
            opportunity
        from marts.stage_map where is_all order by stage_no
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_who_is_lost_is_worth_what_those_of_the_segment_are(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        segment | stage      | lost | worth   | opportunity
        --------+------------+------+---------+------------
        loyal   | need       | 1    | 75.0000 | 75.0000
        new     | evaluation | 1    |         |
    """
    query = """
        select segment, stage, lost, worth, opportunity
        from marts.stage_map where not is_all and lost > 0
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_time_in_a_stage_is_that_of_its_steps_together(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    minute, day = 60_000, 86_400_000
    expected = [
        ("need", 0, 24 * day),
        ("research", 0, 2 * minute),
        ("evaluation", 0, 0),
        ("purchase", 0, 0),
        ("experience", 0, 0),
        ("outcome", 0, 0),
    ]
    query = "select stage, median_ms, p90_ms from marts.stage_map where is_all order by stage_no"
    assert warehouse.sql(query).fetchall() == expected
    nobody = "select count(median_ms) from marts.stage_map where visited = 0 and touches = 0"
    assert warehouse.sql(nobody).fetchall() == [(0,)]


def test_a_goal_is_judged_of_those_that_were_there_and_are_not_open_there(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        stage      | met | judged | of them | rate  | target | status
        -----------+-----+--------+---------+-------+--------+----------
        need       | 2   | 3      | 2       | 0.667 | 0.9    | undecided
        research   | 0   | 2      | 0       | 0.0   | 0.9    | missed
        evaluation | 1   | 3      | 1       | 0.333 |        |
        purchase   | 5   | 4      | 4       | 1.0   |        |
        experience | 0   | 1      | 0       | 0.0   | 0.01   | undecided
        outcome    | 1   | 2      | 1       | 0.5   |        |
    """
    query = """
        select
            stage, goal_met, goal_judged, goal_judged_met, round(goal_rate, 3), goal_target,
            goal_status
        from marts.stage_map where is_all order by stage_no
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_advance_is_judged_of_the_resolved(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage      | rate  | low   | high  | target | status
        -----------+-------+-------+-------+--------+----------
        need       | 0.889 | 0.565 | 0.98  | 0.1    | met
        research   | 1.0   | 0.646 | 1.0   |        |
        evaluation | 0.857 | 0.487 | 0.974 | 0.9    | undecided
        purchase   | 0.8   | 0.376 | 0.964 |        |
        experience | 1.0   | 0.439 | 1.0   |        |
        outcome    |       |       |       |        |
    """
    query = """
        select
            stage, round(advance_rate, 3), round(advance_low, 3), round(advance_high, 3),
            advance_target, advance_status
        from marts.stage_map where is_all order by stage_no
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


@pytest.mark.parametrize(
    ("advanced", "lost", "target", "status"),
    [
        (50, 50, 0.4, "met"),
        (50, 50, 0.5, "undecided"),
        (50, 50, 0.6, "missed"),
        (0, 0, 0.5, "undecided"),
        (0, 9, 0.0, "met"),
        (9, 0, 1.0, "undecided"),  # nine of nine may still be nineteen of twenty
    ],
)
def test_a_target_is_met_or_missed_only_beyond_the_interval(
    advanced: int, lost: int, target: float, status: str
) -> None:
    with empty_warehouse() as warehouse:
        warehouse.execute(
            "insert into core.journeys by name select 'j' || range as journey_id, "
            "if(range < $advanced, 'research', 'need') as deepest_stage, "
            "if(range < $advanced, 'open', 'dropped') as state "
            "from range($advanced + $lost)",
            {"advanced": advanced, "lost": lost},
        )
        warehouse.execute(
            "insert into core.journeys by name select 'open' as journey_id, "
            "'need' as deepest_stage, 'open' as state"
        )
        warehouse.execute("insert into ops.goals values ('need', ?, null)", [target])
        make_marts(warehouse, "stage_map")
        told = warehouse.sql(
            "select advance_status from marts.stage_map where is_all and stage = 'need'"
        )
        assert told.fetchall() == [(status,)]


# Touches before the contact, and before the purchase; times as minutes after the first touch.
CONTACTS = """
    segment | state   | contact | conversion | before_contact | before_conversion
    --------+---------+---------+------------+----------------+------------------
    a       | kept    | 30      | 120        | 1              | 4
    a       | kept    | 0       | 10         | 0              | 3
    a       | open    | 0       | 0          | 1              | 2
    a       | kept    | 60      | 60         | 2              | 2
    a       | kept    | 99999   | 5          | 7              | 2
    a       | kept    |         | 5          |                | 2
    a       | dropped | 30      |            | 2              |
    a       | dropped |         |            |                |
    b       | dropped |         |            |                |
            | kept    | 9       | 10         | 9              | 10
            | open    | 9       |            | 9              |
"""


def test_first_contact_is_told_as_a_part_of_the_way() -> None:
    started_at = datetime(2026, 1, 1, tzinfo=UTC)
    with empty_warehouse() as warehouse:
        for number, (segment, state, contact, conversion, *before) in enumerate(rows_of(CONTACTS)):
            contact_at, converted_at = (
                started_at + timedelta(minutes=int(minutes)) if minutes else None
                for minutes in (contact, conversion)
            )
            warehouse.execute(
                "insert into core.journeys by name select ? as journey_id, ? as segment, "
                "? as state, ?::timestamptz as started_at, ?::timestamptz as contact_at, "
                "?::timestamptz as converted_at, ?::bigint as touches_before_contact, "
                "?::bigint as touches_before_conversion",
                [
                    f"j{number}",
                    segment or None,
                    state,
                    started_at,
                    contact_at,
                    converted_at,
                    *(int(touches) if touches else None for touches in before),
                ],
            )
        make_marts(warehouse, "first_contact")
        told = drawn_result(
            warehouse,
            "select is_all, segment, conversions, met, met_buying, unmet, "
            "round(mean_touches_rate, 4), round(median_touches_rate, 4), "
            "round(mean_time_rate, 4), round(median_time_rate, 4), dropped, dropped_met, "
            "dropped_met_rate from marts.first_contact",
        )
    expected = """
        all   | segment | bought | met | buying | unmet | touches | median | time   | median | dropped | met | rate
        ------+---------+--------+-----+--------+-------+---------+--------+--------+--------+---------+-----+-----
        True  |         | 7      | 4   | 1      | 2     | 0.4125  | 0.375  | 0.2875 | 0.125  | 3       | 1   | 0.3333333333333333
        False | a       | 6      | 3   | 1      | 2     | 0.25    | 0.25   | 0.0833 | 0.0    | 2       | 1   | 0.5
        False | b       | 0      | 0   | 0      | 0     |         |        |        |        | 1       | 0   | 0.0
        False |         | 1      | 1   | 0      | 0     | 0.9     | 0.9    | 0.9    | 0.9    | 0       | 0   |
    """  # noqa: E501
    assert told == rows_of(expected)


def test_the_macro_lays_moments_on_the_map(flagged: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage      | channel  | pain_points                                                    | moments_of_truth
        -----------+----------+----------------------------------------------------------------+------------------
        need       | ads      |                                                                |
        research   | web      |                                                                |
        research   | email    |                                                                |
        evaluation | web      |                                                                | view_reviews ×1.5
        evaluation | store    |                                                                |
        purchase   | web      | payment_error (back), begin_checkout (left) ×3.0, payment_error (left) ×2.0 | add_card ×2.0
        purchase   | store    |                                                                |
        experience | delivery |                                                                |
        outcome    | reviews  |                                                                |
        outcome    | store    |                                                                |
    """  # noqa: E501
    query = "select stage, channel, pain_points, moments_of_truth from journey_map()"
    assert drawn_result(flagged, query) == rows_of(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("stage := 'research'", [("research", "web", 2, None), ("research", "email", 1, None)]),
        (
            "stage := 'evaluation', segment := 'loyal'",
            [("evaluation", "web", 1, "compare ×1.2")],
        ),
        ("segment := 'nobody'", []),
    ],
)
def test_the_macro_keeps_to_a_segment_and_a_stage(
    flagged: duckdb.DuckDBPyConnection, given: str, expected: list[tuple[object, ...]]
) -> None:
    query = f"select stage, channel, journeys, moments_of_truth from journey_map({given})"
    assert flagged.sql(query).fetchall() == expected


def ask(
    warehouse: duckdb.DuckDBPyConnection, question: str, **given: object
) -> list[tuple[str, ...]]:
    query = (QUERIES / "questions" / f"{question}.sql").read_text(encoding="utf-8")
    rows = warehouse.sql(query, params=given or None).fetchall()
    return [tuple("" if value is None else str(value) for value in row) for row in rows]


def test_pain_points_are_asked_for_by_how_many_more_they_concern(
    flagged: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        stage    | channel | event          | outcome | steps | pct  | others | lift | from | to  | excess
        ---------+---------+----------------+---------+-------+------+--------+------+------+-----+-------
        purchase | web     | payment_error  | back    | 100   | 30.0 | 10.0   |      | 2.0  | 4.0 | 30
        purchase | web     | begin_checkout | left    | 100   | 30.0 | 10.0   | 3.0  | 2.0  | 4.0 | 20
        purchase | web     | payment_error  | left    | 100   | 30.0 | 10.0   | 2.04 | 2.0  | 4.0 | 15
    """  # noqa: E501
    everywhere = {"segment": None, "stage": None, "top": 20}
    assert ask(flagged, "pain_points", **everywhere) == rows_of(expected)
    assert ask(flagged, "pain_points", **everywhere | {"top": 1}) == rows_of(expected)[:1]
    assert ask(flagged, "pain_points", **everywhere | {"stage": "need"}) == []


def test_moments_of_truth_are_asked_for_by_segment(flagged: duckdb.DuckDBPyConnection) -> None:
    everywhere = {"segment": None, "stage": None, "top": 20}
    answer = ask(flagged, "moments_of_truth", **everywhere)
    assert [row[2] for row in answer] == ["add_card", "view_reviews"]
    answer = ask(flagged, "moments_of_truth", **everywhere | {"segment": "loyal"})
    assert [row[2] for row in answer] == ["compare"]


def test_opportunities_are_those_of_the_segments(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        segment | stage      | reached | lost | went_on | target | is        | worth | opportunity | pct
        --------+------------+---------+------+---------+--------+-----------+-------+-------------+------
        loyal   | need       | 3       | 1    | 66.7    | 10.0   | met       | 75.00 | 75.00       | 100.0
        new     | evaluation | 2       | 1    | 50.0    | 90.0   | undecided |       |             |
    """  # noqa: E501
    answer = ask(warehouse, "opportunities", segment=None, top=20)
    assert answer == rows_of(expected)
    assert len(ask(warehouse, "opportunities", segment="loyal", top=20)) == 1


@pytest.mark.long
def test_a_changed_goal_is_shown_the_next_night(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write_log(
        "landing/web/day.csv",
        """
        at               | event     | who
        -----------------+-----------+----
        2026-01-01 09:00 | search    | ana
        2026-01-01 09:01 | view_item | ana
        2026-01-01 10:00 | search    | bob
        """,
    )
    status = "select advance_target, advance_status from marts.stage_map where is_all"
    goal = "[goals]\nresearch = { advance_rate = %s }"
    project.configure(SHOP, WEB, goal % 0.01)
    project.run()
    assert project.rows(f"{status} and stage = 'research'") == [(0.01, "met")]
    assert project.rows("from ops.goals") == [("research", 0.01, None)]
    project.configure(SHOP, WEB, goal % 0.5)
    project.run()
    assert project.rows(f"{status} and stage = 'research'") == [(0.5, "undecided")]


def test_nobody_is_to_advance_from_the_last_stage(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB, "[goals]", "outcome = { advance_rate = 0.5 }")
    with pytest.raises(ConfigError, match=r"line 19.*goals\.outcome\.advance_rate.*goal_rate"):
        load_settings(project.config)
    project.configure(SHOP, WEB, "[goals]", "outcome = { goal_rate = 0.5 }")
    assert load_settings(project.config).goals["outcome"].goal_rate == 0.5
