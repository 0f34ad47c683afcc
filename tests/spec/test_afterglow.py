"""Afterglow: the thank-you page is no new need."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.vocabulary import DEFAULT_RULES, Rule
from tests.drawn import RULEBOOK, Holds


def test_before_touches_that_follow_the_conversion_in_its_session_stay_as_experience(
    holds: Holds,
) -> None:
    holds(
        """
        at              | event            || session | journey | stage      | goal
        ----------------+------------------++---------+---------+------------+---------
        09:00           | view_item        || 1       | 1       | evaluation | -
        09:10           | purchase         || 1       | 1       | purchase   | purchase
        09:10           | search           || 1       | 1       | research   | -
        09:11           | page_view        || 1       | 1       | experience | -
        09:12           | view_item        || 1       | 1       | experience | -
        09:13           | sign_up          || 1       | 1       | experience | research
        09:14           | mailing_received || 1       | 1       | experience | -
        09:44           | remove_from_cart || 1       | 1       | experience | -
        10:14:00.000001 | page_view        || 2       | 2       | research   | -
        """
    )


@pytest.mark.parametrize(
    "event",
    ["add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "payment_error"],
)
def test_a_new_cart_or_checkout_ends_the_afterglow_and_opens_a_journey(
    holds: Holds, event: str
) -> None:
    stage = "evaluation" if event == "add_to_cart" else "purchase"
    holds(
        f"""
        at    | event     || session | journey | stage
        ------+-----------++---------+---------+-----------
        09:00 | purchase  || 1       | 1       | purchase
        09:01 | page_view || 1       | 1       | experience
        09:02 | {event}   || 1       | 2       | {stage}
        09:03 | page_view || 1       | 2       | {stage}
        09:04 | view_item || 1       | 2       | evaluation
        """
    )


def test_a_new_purchase_ends_the_afterglow_and_begins_its_own(holds: Holds) -> None:
    holds(
        """
        at    | event     | order || journey | stage
        ------+-----------+-------++---------+-----------
        09:00 | purchase  | A     || 1       | purchase
        09:01 | page_view | -     || 1       | experience
        09:02 | purchase  | B     || 2       | purchase
        09:03 | page_view | -     || 2       | experience
        """
    )


def test_a_before_touch_of_another_session_ends_the_afterglow_for_good(holds: Holds) -> None:
    holds(
        """
        at    | channel | event       || session | journey | stage
        ------+---------+-------------++---------+---------+-----------
        09:00 | web     | purchase    || 1       | 1       | purchase
        09:01 | web     | page_view   || 1       | 1       | experience
        09:02 | store   | store_visit || 2       | 2       | evaluation
        09:03 | web     | page_view   || 1       | 2       | research
        09:04 | web     | search      || 1       | 2       | research
        """
    )


@pytest.mark.parametrize("event", ["ad_impression", "mailing_received", "view_promotion"])
def test_a_passive_touch_of_another_session_ends_the_afterglow_too(
    holds: Holds, event: str
) -> None:
    holds(
        f"""
        at    | channel | event     || session | journey | stage
        ------+---------+-----------++---------+---------+---------
        09:00 | web     | purchase  || 1       | 1       | purchase
        09:01 | store   | {event}   || 2       | 2       | need
        09:02 | web     | search    || 1       | 2       | research
        """
    )


def test_after_touches_do_not_end_the_afterglow(holds: Holds) -> None:
    holds(
        """
        at    | channel  | event           || journey | stage
        ------+----------+-----------------++---------+-----------
        09:00 | web      | purchase        || 1       | purchase
        09:01 | delivery | order_delivered || 1       | experience
        09:02 | web      | review          || 1       | outcome
        09:03 | web      | page_view       || 1       | experience
        """
    )


def test_either_touches_do_not_end_the_afterglow(holds: Holds) -> None:
    holds(
        """
        at    | channel | event              || journey | stage
        ------+---------+--------------------++---------+-----------
        09:00 | web     | purchase           || 1       | purchase
        09:01 | support | support_contact    || 1       | experience
        09:02 | store   | loyalty_join       || 1       | outcome
        09:03 | email   | service_email_open || 1       | experience
        09:04 | web     | page_view          || 1       | experience
        """
    )


def test_an_unmapped_touch_does_not_end_the_afterglow(holds: Holds) -> None:
    holds(
        """
        at    | channel | event     || journey | stage
        ------+---------+-----------++---------+-----------
        09:00 | web     | purchase  || 1       | purchase
        09:01 | store   | mystery   || -       | -
        09:02 | web     | page_view || 1       | experience
        """
    )


def test_a_known_order_does_not_end_the_afterglow(holds: Holds) -> None:
    holds(
        """
        at    | channel | source | event     | order || session | journey | stage
        ------+---------+--------+-----------+-------++---------+---------+-----------
        09:00 | web     | site   | purchase  | A     || 1       | 1       | purchase
        09:01 | store   | shop   | purchase  | A     || 2       | 1       | purchase
        09:02 | web     | site   | page_view | -     || 1       | 1       | experience
        09:03 | web     | site   | purchase  | A     || 1       | 1       | experience
        09:04 | web     | site   | page_view | -     || 1       | 1       | experience
        """
    )


def test_a_purchase_of_the_same_instant_does_not_end_the_afterglow(holds: Holds) -> None:
    holds(
        """
        at    | channel | event     | order || session | journey | stage
        ------+---------+-----------+-------++---------+---------+-----------
        09:00 | web     | purchase  | A     || 1       | 1       | purchase
        09:00 | store   | purchase  | B     || 2       | 1       | purchase
        09:02 | web     | page_view | -     || 1       | 1       | experience
        09:03 | store   | page_view | -     || 2       | 2       | research
        """
    )


def test_the_session_of_the_conversion_counts_not_that_of_a_known_order(holds: Holds) -> None:
    holds(
        """
        at    | event     | order || session | journey | stage
        ------+-----------+-------++---------+---------+---------
        09:00 | purchase  | A     || 1       | 1       | purchase
        11:00 | purchase  | A     || 2       | 1       | purchase
        11:01 | page_view | -     || 2       | 2       | research
        """
    )


def test_afterglow_prolongs_the_silence_of_its_journey(holds: Holds) -> None:
    rulebook = replace(RULEBOOK, after_silence=timedelta(minutes=30))
    holds(
        """
        at    | event           || journey
        ------+-----------------++--------
        09:00 | purchase        || 1
        09:30 | page_view       || 1
        10:00 | order_delivered || 1
        """,
        rulebook=rulebook,
    )
    holds(
        """
        at    | event           || journey
        ------+-----------------++--------
        09:00 | purchase        || 1
        09:30 | ad_impression   || 1
        10:00 | order_delivered || 2
        """,
        rulebook=rulebook,
    )


def test_a_cart_is_known_by_its_event_whatever_its_stage(holds: Holds) -> None:
    rules = (Rule("add_to_cart", "research"), Rule("view_item", "purchase"), *DEFAULT_RULES)
    holds(
        """
        customer | event       || journey | stage
        ---------+-------------++---------+---------
        ana      | purchase    || 1       | purchase
        ana      | add_to_cart || 2       | research
        bob      | purchase    || 3       | purchase
        bob      | view_item   || 4       | purchase
        """,
        rulebook=replace(RULEBOOK, rules=rules),
    )


def test_an_either_touch_that_came_before_does_not_end_an_afterglow_either(holds: Holds) -> None:
    # Only a session of the source outlasts the silence after a purchase.
    holds(
        """
        at            | visit | event           || session | journey | stage
        --------------+-------+-----------------++---------+---------+-----------
        day 1 09:00   | v1    | purchase        || 1       | 1       | purchase
        day 300 09:00 | v1    | support_contact || 1       | 2       | evaluation
        day 300 09:01 | v1    | view_item       || 1       | 1       | experience
        day 300 09:02 | v1    | add_to_cart     || 1       | 2       | evaluation
        """,
        rulebook=replace(RULEBOOK, use_source_sessions=True),
    )
