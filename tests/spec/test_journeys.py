"""Journeys: everything from the first touch towards a purchase to what came of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.drawn import RULEBOOK, Holds


def test_the_first_before_touch_of_a_customer_opens_a_journey(holds: Holds) -> None:
    holds(
        """
        customer | event     || journey
        ---------+-----------++--------
        ana      | page_view || 1
        bob      | page_view || 2
        ana      | view_item || 1
        """
    )


@pytest.mark.parametrize(
    ("at", "journey"),
    [("day 91 09:00", 1), ("day 91 09:00:00.000001", 2), ("day 91 08:59:59.999999", 1)],
)
def test_a_before_touch_opens_a_journey_if_the_silence_is_exceeded(
    holds: Holds, at: str, journey: int
) -> None:
    holds(
        f"""
        at           | event     || journey
        -------------+-----------++----------
        day 1 09:00  | view_item || 1
        {at}         | search    || {journey}
        """
    )


def test_the_silence_of_journeys_is_the_projects(holds: Holds) -> None:
    holds(
        """
        at              | event     || session | journey
        ----------------+-----------++---------+--------
        09:00           | view_item || 1       | 1
        09:40           | search    || 2       | 1
        10:20:00.000001 | search    || 3       | 2
        """,
        rulebook=replace(RULEBOOK, journey_silence=timedelta(minutes=40)),
    )


def test_the_silence_runs_over_all_places(holds: Holds) -> None:
    holds(
        """
        at            | channel | event       || journey
        --------------+---------+-------------++--------
        day 1 09:00   | web     | view_item   || 1
        day 60 09:00  | store   | store_visit || 1
        day 120 09:00 | web     | view_item   || 1
        """
    )


def test_passive_touches_do_not_prolong_a_journeys_silence(holds: Holds) -> None:
    holds(
        """
        at            | event         || journey
        --------------+---------------++--------
        day 1 09:00   | view_item     || 1
        day 60 09:00  | ad_impression || 1
        day 91 09:01  | search        || 2
        """
    )


def test_a_journey_of_passive_touches_alone_is_silent_since_its_first(holds: Holds) -> None:
    holds(
        """
        at            | event            || journey | stage
        --------------+------------------++---------+------
        day 1 09:00   | ad_impression    || 1       | need
        day 60 09:00  | mailing_received || 1       | need
        day 91 09:00  | view_promotion   || 1       | need
        day 92 09:00  | ad_impression    || 2       | need
        day 182 09:00 | ad_impression    || 2       | need
        """
    )


def test_the_first_active_touch_starts_the_silence_of_a_passive_journey_anew(
    holds: Holds,
) -> None:
    holds(
        """
        at            | event         || journey
        --------------+---------------++--------
        day 1 09:00   | ad_impression || 1
        day 60 09:00  | ad_click      || 1
        day 150 09:00 | ad_impression || 1
        day 150 09:01 | ad_impression || 2
        """
    )


def test_neither_ignored_nor_unmapped_touches_prolong_a_journey(holds: Holds) -> None:
    holds(
        """
        at            | event      | machine || journey
        --------------+------------+---------++--------
        day 1 09:00   | view_item  | no      || 1
        day 60 09:00  | mystery    | no      || -
        day 60 09:01  | email_sent | no      || -
        day 60 09:02  | view_item  | yes     || -
        day 91 09:01  | view_item  | no      || 2
        """
    )


def test_a_before_touch_opens_a_journey_if_the_current_one_has_converted(holds: Holds) -> None:
    holds(
        """
        at          | event     || journey | stage
        ------------+-----------++---------+-----------
        day 1 09:00 | view_item || 1       | evaluation
        day 1 09:10 | purchase  || 1       | purchase
        day 2 09:00 | page_view || 2       | research
        day 2 09:01 | view_item || 2       | evaluation
        """
    )


def test_a_passive_touch_in_another_session_after_a_purchase_opens_a_journey(holds: Holds) -> None:
    holds(
        """
        at          | event         || journey | stage
        ------------+---------------++---------+---------
        day 1 09:00 | purchase      || 1       | purchase
        day 2 09:00 | ad_impression || 2       | need
        """
    )


def test_a_purchase_that_comes_out_of_nothing_is_a_journey(holds: Holds) -> None:
    holds(
        """
        event    || journey | stage    | converts
        ---------++---------+----------+---------
        purchase || 1       | purchase | yes
        """
    )


def test_a_purchase_after_the_silence_converts_a_journey_of_its_own(holds: Holds) -> None:
    holds(
        """
        at           | event     || journey | converts
        -------------+-----------++---------+---------
        day 1 09:00  | view_item || 1       | no
        day 99 09:00 | purchase  || 2       | yes
        """,
        journeys="""
        journey | converted_at
        --------+-------------
        1       | -
        2       | day 99 09:00
        """,
    )


def test_a_journey_that_was_entered_late_stands_beside_the_current_one(holds: Holds) -> None:
    holds(
        """
        at          | event           || journey | stage
        ------------+-----------------++---------+-----------
        day 1 09:00 | view_item       || 1       | evaluation
        day 2 09:00 | order_delivered || 2       | experience
        day 3 09:00 | view_item       || 1       | evaluation
        day 4 09:00 | track_order     || 2       | experience
        day 5 09:00 | purchase        || 1       | purchase
        day 6 09:00 | track_order     || 1       | experience
        """,
        journeys="""
        journey | entered_late | state
        --------+--------------+------------
        1       | no           | open
        2       | yes          | repurchased
        """,
    )


def test_a_late_journey_does_not_prolong_the_current_one(holds: Holds) -> None:
    holds(
        """
        at           | event           || journey
        -------------+-----------------++--------
        day 1 09:00  | view_item       || 1
        day 60 09:00 | order_delivered || 2
        day 91 09:01 | view_item       || 3
        """
    )


def test_after_a_late_journey_alone_a_before_touch_opens_one(holds: Holds) -> None:
    holds(
        """
        at          | event           || journey
        ------------+-----------------++--------
        day 1 09:00 | order_delivered || 1
        day 1 09:01 | view_item       || 2
        """
    )


def test_a_journey_row_says_whose_it_is_when_and_where(holds: Holds) -> None:
    holds(
        """
        customer | at          | channel | traffic     | event       || journey
        ---------+-------------+---------+-------------+-------------++--------
        bob      | day 1 09:00 | web     | paid_search | page_view   || 1
        ana      | day 1 09:30 | email   | -           | email_open  || 2
        bob      | day 2 10:00 | store   | -           | purchase    || 1
        bob      | day 5 09:00 | app     | -           | track_order || 1
        """,
        journeys="""
        customer | started_at  | ended_at    | converted_at | first_channel | last_channel
        ---------+-------------+-------------+--------------+---------------+-------------
        bob      | day 1 09:00 | day 5 09:00 | day 2 10:00  | web           | app
        ana      | day 1 09:30 | day 1 09:30 | -            | email         | email
        """,
    )


def test_a_journey_row_counts_what_it_holds(holds: Holds) -> None:
    holds(
        """
        at          | channel  | event           | order | value || step
        ------------+----------+-----------------+-------+-------++-----
        day 1 09:00 | web      | page_view       | -     | -     || 1
        day 1 09:01 | web      | view_item       | -     | -     || 2
        day 2 09:00 | store    | store_visit     | -     | -     || 2
        day 2 10:00 | store    | purchase        | A     | 80    || 3
        day 2 10:00 | store    | purchase        | B     | 20    || 3
        day 2 10:00 | store    | purchase        | -     | 5     || 3
        day 4 09:00 | delivery | order_delivered | A     | -     || 4
        day 5 09:00 | web      | return          | A     | -8    || 5
        """,
        journeys="""
        touches | sessions | steps | deepest_stage | last_stage | orders | value | returned_value
        --------+----------+-------+---------------+------------+--------+-------+---------------
        8       | 4        | 5     | outcome       | outcome    | 3      | 105   | 8
        """,
    )


@pytest.mark.parametrize(
    ("first", "second", "third", "before"),
    [
        ("web | page_view", "web | view_item", "web | search", "-"),
        ("web | page_view", "web | view_item", "store | view_item", "2"),
        ("web | page_view", "support | view_item", "store | view_item", "1"),
        ("web | page_view", "web | quote_request", "web | view_item", "1"),
        ("web | page_view", "web | view_item", "web | support_contact", "2"),
        ("kiosk | store_visit", "web | view_item", "web | search", "0"),
        ("store | mystery", "web | view_item", "web | search", "-"),
        ("reviews | search", "delivery | view_item", "email | search", "-"),
    ],
)
def test_touches_before_contact_are_those_before_the_first_with_a_person(
    holds: Holds, first: str, second: str, third: str, before: str
) -> None:
    holds(
        f"""
        at    | channel | event
        ------+---------+------
        09:00 | {first}
        09:01 | {second}
        09:02 | {third}
        """,
        journeys=f"""
        touches_before_contact
        ----------------------
        {before}
        """,
    )
