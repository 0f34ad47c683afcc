"""Visits, and what else a journey tells of its beginning, its contact and its conversion."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from pipeline.rulebook import Rulebook
from tests.drawn import RULEBOOK, Cells, Engine, Holds, moment, money, numbered, rows_of, touches_of
from tests.reference import Row
from tests.spec.conftest import ENGINES, name_of

READERS: dict[str, Callable[[str], Any]] = {
    "visit": int,
    "touches": int,
    "value": money,
    "started_at": moment,
    "ended_at": moment,
    "contact_at": moment,
    "to_conversion": lambda text: timedelta(hours=int(text.removesuffix("h"))),
}
COLUMN_OF_HEAD = {"visit": "visit_no", "session": "session_id", "journey": "journey_id"}


@pytest.fixture(params=ENGINES, ids=name_of)
def tells(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Give the check of the visits or journeys of a drawn world, for one of the engines."""
    return partial(assert_told, request.param)


def assert_told(
    engine: Engine,
    table: str,
    *,
    rulebook: Rulebook = RULEBOOK,
    visits: str | None = None,
    journeys: str | None = None,
) -> None:
    """Rebuild a drawn world, and compare the visits or the journeys of it with the drawing."""
    given, _ = rows_of(table)
    devices = [row.pop("device", "-") for row in given]
    touches = [
        {**touch, "device_type": None if device == "-" else device}
        for touch, device in zip(touches_of(given), devices, strict=True)
    ]
    cut_off = max(touch["occurred_at"] for touch in touches)
    rebuilt = engine(touches, rulebook, cut_off)
    by_id = {touch["touchpoint_id"]: touch for touch in rebuilt.touches}
    names = numbered([by_id[touch["touchpoint_id"]] for touch in touches])
    for found, drawn in ((rebuilt.visits, visits), (rebuilt.journeys, journeys)):
        if drawn is not None:
            expected = [read(row) for row in rows_of(drawn)[0]]
            assert told(found, names, expected[0]) == expected


def read(row: Cells) -> Row:
    """Read the cells of a drawn row; what has no reader and is no number is a word."""
    return {
        head: None if text == "-" else READERS.get(head, number_or_word)(text)
        for head, text in row.items()
    }


def number_or_word(text: str) -> Any:
    """Read a number, or leave a word as it is."""
    return float(text) if text[0].isdigit() else text


def told(rows: Iterable[Row], names: Row, heads: Row) -> list[Row]:
    """Give the drawn columns of rows, journeys and sessions by their numbers, in their order."""
    columns = {head: COLUMN_OF_HEAD.get(head, head) for head in heads}
    ordered = sorted(
        rows, key=lambda row: (names["journey_id"][row["journey_id"]], row.get("visit_no"))
    )
    return [
        {
            head: names[column][row[column]] if column in names else row[column]
            for head, column in columns.items()
        }
        for row in ordered
    ]


# ---- What a visit is ---------------------------------------------------------------------------


def test_a_visit_is_what_a_journey_did_in_one_session_under_one_campaign(tells) -> None:
    tells(
        """
        at          | channel | event       | traffic     | campaign
        ------------+---------+-------------+-------------+---------
        day 1 09:00 | web     | page_view   | paid_search | spring
        day 1 09:10 | web     | search      | -           | spring
        day 1 09:20 | web     | view_item   | email       | summer
        day 2 09:00 | email   | email_click | -           | summer
        """,
        visits="""
        visit | session | traffic     | campaign | channel | event       | stage      | touches
        ------+---------+-------------+----------+---------+-------------+------------+--------
        1     | 1       | paid_search | spring   | web     | page_view   | research   | 2
        2     | 1       | paid_search | summer   | web     | view_item   | evaluation | 1
        3     | 2       | email       | summer   | email   | email_click | research   | 1
        """,
    )


def test_a_touch_without_a_campaign_belongs_to_the_visit_before_it_in_its_session(tells) -> None:
    tells(
        """
        at    | channel | event       | campaign
        ------+---------+-------------+---------
        09:00 | web     | page_view   | -
        09:01 | web     | search      | -
        09:02 | web     | search      | spring
        09:03 | store   | store_visit | -
        09:04 | web     | view_item   | -
        10:00 | web     | page_view   | -
        """,
        visits="""
        visit | session | campaign | touches | started_at | ended_at
        ------+---------+----------+---------+------------+---------
        1     | 1       | -        | 2       | 09:00      | 09:01
        2     | 1       | spring   | 2       | 09:02      | 09:04
        3     | 2       | -        | 1       | 09:03      | 09:03
        4     | 3       | -        | 1       | 10:00      | 10:00
        """,
    )


def test_a_campaign_taken_up_again_in_the_session_is_the_same_visit(tells) -> None:
    tells(
        """
        at    | event     | campaign | order | value
        ------+-----------+----------+-------+------
        09:00 | page_view | spring   | -     | -
        09:10 | search    | summer   | -     | -
        09:20 | purchase  | spring   | A     | 30
        09:20 | purchase  | -        | B     | 5
        09:30 | page_view | summer   | -     | -
        11:00 | refund    | spring   | A     | -10
        """,
        visits="""
        visit | session | campaign | touches | started_at | ended_at | value
        ------+---------+----------+---------+------------+----------+------
        1     | 1       | spring   | 3       | 09:00      | 09:20    | 35
        2     | 1       | summer   | 2       | 09:10      | 09:30    | 0
        3     | 2       | spring   | 1       | 11:00      | 11:00    | -10
        """,
    )


def test_a_session_that_two_journeys_share_is_a_visit_of_each(tells) -> None:
    tells(
        """
        at    | event       | campaign
        ------+-------------+---------
        09:00 | view_item   | spring
        09:01 | purchase    | -
        09:02 | add_to_cart | -
        09:03 | page_view   | spring
        """,
        visits="""
        journey | visit | session | campaign | touches
        --------+-------+---------+----------+--------
        1       | 1     | 1       | spring   | 2
        2       | 1     | 1       | -        | 1
        2       | 2     | 1       | spring   | 1
        """,
    )


def test_visits_are_numbered_by_their_first_touches_in_the_order_of_touches(tells) -> None:
    tells(
        """
        at    | channel | event       | seq | campaign
        ------+---------+-------------+-----+---------
        09:00 | web     | search      | 1   | -
        09:01 | store   | store_visit | 1   | -
        09:01 | web     | search      | 2   | spring
        09:01 | support | usage       | 3   | -
        09:01 | web     | search      | 4   | summer
        """,
        visits="""
        visit | session | channel | campaign
        ------+---------+---------+---------
        1     | 1       | web     | -
        2     | 2       | store   | -
        3     | 1       | web     | spring
        4     | 3       | support | -
        5     | 1       | web     | summer
        """,
    )


def test_what_has_no_stage_is_in_no_visit_and_tells_no_campaign(tells) -> None:
    tells(
        """
        at    | event      | campaign
        ------+------------+---------
        09:00 | mystery    | spring
        09:01 | email_sent | spring
        09:02 | search     | -
        09:03 | mystery    | summer
        09:04 | search     | -
        """,
        visits="""
        visit | session | campaign | touches | started_at
        ------+---------+----------+---------+-----------
        1     | 1       | -        | 2       | 09:02
        """,
    )


def test_a_late_touch_of_an_old_journey_is_a_visit_of_that_journey(tells) -> None:
    tells(
        """
        at          | channel  | event           | order | campaign
        ------------+----------+-----------------+-------+---------
        day 1 09:00 | web      | purchase        | A     | -
        day 3 09:00 | web      | search          | -     | spring
        day 4 09:00 | delivery | order_delivered | A     | -
        """,
        visits="""
        journey | visit | session | channel  | to_conversion
        --------+-------+---------+----------+--------------
        1       | 1     | 1       | web      | -
        1       | 2     | 3       | delivery | -
        2       | 1     | 2       | web      | -
        """,
    )


def test_a_visit_leads_to_the_conversion_unless_it_began_with_it_or_after_it(tells) -> None:
    tells(
        """
        at          | channel | event       | campaign
        ------------+---------+-------------+---------
        day 1 09:00 | web     | view_item   | spring
        day 3 08:00 | ads     | ad_click    | summer
        day 3 09:00 | store   | store_visit | -
        day 3 09:00 | web     | purchase    | autumn
        day 3 09:10 | web     | page_view   | spring
        """,
        visits="""
        visit | session | channel | campaign | to_conversion
        ------+---------+---------+----------+--------------
        1     | 1       | web     | spring   | 48h
        2     | 2       | ads     | summer   | 1h
        3     | 3       | store   | -        | 0h
        4     | 4       | web     | autumn   | -
        5     | 4       | web     | spring   | -
        """,
    )


# ---- What visits earn --------------------------------------------------------------------------


def test_each_rule_credits_the_visits_that_led_to_the_conversion(tells) -> None:
    tells(
        """
        at          | event     | traffic     || journey
        ------------+-----------+-------------++--------
        day 1 09:00 | search    | paid_search || 1
        day 2 09:00 | search    | email       || 1
        day 3 09:00 | view_item | -           || 1
        day 3 12:00 | purchase  | social      || 1
        day 5 12:00 | usage     | email       || 1
        day 6 12:00 | search    | email       || 2
        """,
        rulebook=replace(RULEBOOK, half_life=timedelta(days=1)),
        visits="""
        visit | traffic     | credit_first | credit_last | credit_last_non_direct | credit_position
        ------+-------------+--------------+-------------+------------------------+----------------
        1     | paid_search | 1            | 0           | 0                      | 0.4
        2     | email       | 0            | 0           | 1                      | 0.2
        3     | direct      | 0            | 1           | 0                      | 0.4
        4     | social      | -            | -           | -                      | -
        5     | email       | -            | -           | -                      | -
        1     | email       | -            | -           | -                      | -
        """,
    )


def test_the_lookback_itself_still_earns(tells) -> None:
    tells(
        """
        at                 | event     | traffic
        -------------------+-----------+---------
        day 1 08:59:59     | search    | social
        day 2 09:00        | search    | email
        day 8 09:00        | view_item | referral
        day 9 09:00        | purchase  | -
        """,
        rulebook=replace(RULEBOOK, lookback=timedelta(days=7), half_life=timedelta(days=6)),
        visits="""
        visit | traffic  | credit_linear | credit_j | credit_inverse_j | credit_time_decay
        ------+----------+---------------+----------+------------------+------------------
        1     | social   | -             | -        | -                | -
        2     | email    | 0.5           | 0.25     | 0.75             | 0.333333333333
        3     | referral | 0.5           | 0.75     | 0.25             | 0.666666666667
        4     | direct   | -             | -        | -                | -
        """,
    )


# ---- What else a journey tells -----------------------------------------------------------------


def test_campaign_and_device_of_a_journey_are_those_of_its_first_touch(tells) -> None:
    tells(
        """
        customer | at          | event           | campaign | device
        ---------+-------------+-----------------+----------+--------
        ana      | day 1 09:00 | mystery         | autumn   | tablet
        ana      | day 1 09:01 | search          | -        | -
        ana      | day 1 09:02 | search          | spring   | mobile
        bob      | day 1 09:00 | ad_impression   | summer   | desktop
        bob      | day 1 09:01 | order_delivered | -        | mobile
        """,
        journeys="""
        first_campaign | first_device_type
        ---------------+------------------
        -              | -
        summer         | desktop
        -              | mobile
        """,
    )


def test_the_first_contact_is_the_first_touch_with_a_person_of_the_company(tells) -> None:
    tells(
        """
        customer | at          | channel | event
        ---------+-------------+---------+--------------
        ana      | day 1 09:00 | web     | search
        ana      | day 2 09:00 | web     | quote_request
        ana      | day 3 09:00 | store   | purchase
        bob      | day 1 09:00 | store   | mystery
        bob      | day 1 09:00 | web     | search
        """,
        journeys="""
        contact_at  | touches_before_contact
        ------------+-----------------------
        day 2 09:00 | 1
        -           | -
        """,
    )


def test_touches_before_the_conversion_are_those_of_its_journey(holds: Holds) -> None:
    holds(
        """
        at          | event           | order || journey
        ------------+-----------------+-------++--------
        day 1 09:00 | purchase        | A     || 1
        day 2 09:00 | search          | -     || 2
        day 2 09:01 | mystery         | -     || -
        day 3 09:00 | order_delivered | A     || 1
        day 4 09:00 | purchase        | B     || 2
        day 4 09:00 | purchase        | C     || 2
        day 6 09:00 | search          | -     || 3
        """,
        journeys="""
        touches_before_conversion | touches
        --------------------------+--------
        0                         | 2
        1                         | 3
        -                         | 1
        """,
    )


def test_every_touch_of_a_customer_is_numbered_in_their_order(holds: Holds) -> None:
    holds(
        """
        customer | at    | event      || touch_no | journey
        ---------+-------+------------++----------+--------
        ana      | 09:05 | search     || 4        | 1
        bob      | 09:04 | search     || 1        | 2
        ana      | 09:00 | email_sent || 1        | -
        ana      | 09:01 | mystery    || 3        | -
        ana      | 09:01 | search     || 2        | 1
        """
    )


def test_a_step_is_a_new_depth_if_it_is_deeper_than_all_before_it(holds: Holds) -> None:
    holds(
        """
        event           || step
        ----------------++-----
        search          || 1
        view_item       || 2
        search          || 3
        view_item       || 4
        begin_checkout  || 5
        """,
        steps="""
        stage      | is_new_depth
        -----------+-------------
        research   | yes
        evaluation | yes
        research   | no
        evaluation | no
        purchase   | yes
        """,
    )
