"""Revenue: each order once, returns negative, and nothing that is not of a journey."""

from dataclasses import replace

import pytest

from pipeline.vocabulary import Rule
from tests.drawn import RULEBOOK, Holds


def test_an_orders_amount_counts_once_as_told_by_the_source_ranked_first(holds: Holds) -> None:
    holds(
        """
        at    | source | event    | order | value || revenue
        ------+--------+----------+-------+-------++--------
        09:00 | site   | purchase | A     | 100   || -
        09:10 | shop   | purchase | A     | 95    || 95
        10:10 | mail   | purchase | A     | 90    || -
        """,
        rulebook=replace(RULEBOOK, amount_rank=("shop",)),
        journeys="""
        value | orders
        ------+-------
        95    | 1
        """,
        sessions="""
        value
        -----
        95
        0
        """,
    )


def test_without_an_amount_rank_the_sources_in_the_order_of_the_config_tell_it(
    holds: Holds,
) -> None:
    holds(
        """
        source  | event    | order | value || revenue
        --------+----------+-------+-------++--------
        unknown | purchase | A     | 110   || -
        shop    | purchase | A     | 95    || -
        site    | purchase | A     | 100   || 100
        """
    )


def test_sources_that_the_amount_rank_leaves_out_follow_in_their_order(holds: Holds) -> None:
    holds(
        """
        source | event    | order | value || revenue
        -------+----------+-------+-------++--------
        shop   | purchase | A     | 95    || -
        site   | purchase | A     | 100   || 100
        shop   | purchase | B     | 95    || -
        mail   | purchase | B     | 90    || 90
        """,
        rulebook=replace(RULEBOOK, amount_rank=("mail",)),
    )


def test_of_several_tellings_of_one_source_the_first_counts(holds: Holds) -> None:
    holds(
        """
        event    | order | value || revenue
        ---------+-------+-------++--------
        purchase | A     | 100   || 100
        purchase | A     | 95    || -
        """
    )


def test_a_telling_without_an_amount_leaves_the_word_to_the_next(holds: Holds) -> None:
    holds(
        """
        source | event    | order | value || converts | revenue
        -------+----------+-------+-------++----------+--------
        site   | purchase | A     | -     || yes      | -
        shop   | purchase | A     | 0     || no       | 0
        mail   | purchase | A     | 90    || no       | -
        """
    )


def test_two_customers_with_one_order_id_have_an_order_each(holds: Holds) -> None:
    holds(
        """
        customer | event    | order | value || revenue
        ---------+----------+-------+-------++--------
        ana      | purchase | A     | 100   || 100
        bob      | purchase | A     | 100   || 100
        """
    )


def test_every_purchase_that_names_no_order_counts(holds: Holds) -> None:
    holds(
        """
        at    | event    | order | value || journey | revenue
        ------+----------+-------+-------++---------+--------
        09:00 | purchase | -     | 1     || 1       | 1
        09:00 | purchase | -     | 2     || 1       | 2
        09:01 | purchase | -     | 4     || 2       | 4
        09:02 | purchase | -     | -     || 3       | -
        """,
        journeys="""
        value | orders
        ------+-------
        3     | 2
        4     | 1
        0     | 1
        """,
    )


@pytest.mark.parametrize("event", ["return", "refund", "exchange", "order_cancelled"])
def test_what_comes_back_is_told_apart_from_the_value(holds: Holds, event: str) -> None:
    holds(
        f"""
        at    | event    | order | value   || revenue
        ------+----------+-------+---------++--------
        09:00 | purchase | A     | 100     || 100
        09:01 | {event}  | A     | -30.25  || -30.25
        09:02 | {event}  | A     | -0.0001 || -0.0001
        09:03 | {event}  | A     | -       || -
        """,
        journeys="""
        value | returned_value
        ------+---------------
        100   | 30.2501
        """,
        steps="""
        stage    | value
        ---------+---------
        purchase | 100
        outcome  | -30.2501
        """,
        sessions="""
        value
        -------
        69.7499
        """,
    )


@pytest.mark.parametrize("event", ["return", "refund", "exchange", "order_cancelled"])
def test_what_came_back_of_an_order_counts_once_as_told_by_the_source_ranked_first(
    holds: Holds, event: str
) -> None:
    holds(
        f"""
        at          | source | event    | order | value || journey | revenue
        ------------+--------+----------+-------+-------++---------+--------
        day 1 09:00 | site   | purchase | A     | 100   || 1       | -
        day 1 09:10 | shop   | purchase | A     | 95    || 1       | 95
        day 2 09:00 | site   | refund   | A     | -30   || 1       | -
        day 3 09:00 | shop   | {event}  | A     | -28   || 1       | -28
        day 4 09:00 | mail   | {event}  | A     | -29   || 1       | -
        """,
        rulebook=replace(RULEBOOK, amount_rank=("shop",)),
        journeys="""
        value | returned_value | state
        ------+----------------+---------
        95    | 28             | returned
        """,
        steps="""
        stage    | value
        ---------+------
        purchase | 95
        outcome  | -28
        """,
    )


def test_all_that_came_back_by_the_word_of_one_source_counts(holds: Holds) -> None:
    holds(
        """
        source | event           | order | value || revenue
        -------+-----------------+-------+-------++--------
        site   | purchase        | A     | 100   || 100
        shop   | refund          | A     | -60   || -
        site   | refund          | A     | -30   || -30
        site   | refund          | A     | -30   || -30
        site   | return          | A     | -10   || -10
        site   | order_cancelled | A     | -25   || -25
        shop   | order_cancelled | A     | -35   || -
        """,
        journeys="""
        value | returned_value
        ------+---------------
        100   | 95
        """,
    )


def test_who_tells_of_no_money_leaves_the_word_on_what_came_back_to_the_next(
    holds: Holds,
) -> None:
    holds(
        """
        source | event           | order | value || revenue
        -------+-----------------+-------+-------++--------
        site   | purchase        | A     | 100   || 100
        site   | return          | A     | -     || -
        site   | order_cancelled | A     | 0     || 0
        shop   | refund          | A     | -30   || -30
        mail   | refund          | A     | -35   || -
        """,
    )


def test_an_order_paid_by_one_word_may_come_back_by_another(holds: Holds) -> None:
    holds(
        """
        source | event    | order | value || revenue
        -------+----------+-------+-------++--------
        site   | purchase | A     | 100   || 100
        shop   | purchase | A     | 95    || -
        shop   | refund   | A     | -95   || -95
        """,
    )


def test_whoever_tells_of_a_return_the_journey_has_returned(holds: Holds) -> None:
    holds(
        """
        at          | source | event    | order | value || journey | revenue
        ------------+--------+----------+-------+-------++---------+--------
        day 1 09:00 | site   | purchase | A     | 100   || 1       | 100
        day 1 09:00 | site   | purchase | B     | 50    || 1       | 50
        day 2 09:00 | site   | purchase | C     | 10    || 2       | 10
        day 3 09:00 | shop   | refund   | B     | -50   || 1       | -50
        day 4 09:00 | shop   | refund   | C     | -10   || 2       | -
        day 5 09:00 | site   | refund   | C     | -5    || 2       | -5
        """,
        journeys="""
        value | returned_value | state
        ------+----------------+---------
        150   | 50             | returned
        10    | 5              | returned
        """,
    )


def test_each_order_of_one_instant_is_given_back_by_its_own_word(holds: Holds) -> None:
    holds(
        """
        at    | source | event    | order | value | seq || journey | revenue
        ------+--------+----------+-------+-------+-----++---------+--------
        09:00 | site   | purchase | A     | 100   | 1   || 1       | 100
        09:00 | site   | purchase | B     | 50    | 2   || 1       | 50
        09:00 | shop   | refund   | A     | -100  | 3   || 1       | -100
        09:00 | shop   | refund   | B     | -50   | 4   || 1       | -
        09:00 | site   | refund   | B     | -20   | 5   || 1       | -20
        """,
        journeys="""
        value | returned_value | orders
        ------+----------------+-------
        150   | 120            | 2
        """,
    )


def test_two_customers_with_one_order_id_give_back_an_order_each(holds: Holds) -> None:
    holds(
        """
        customer | source | event    | order | value || revenue
        ---------+--------+----------+-------+-------++--------
        ana      | site   | purchase | A     | 100   || 100
        ana      | site   | refund   | A     | -100  || -100
        bob      | site   | purchase | A     | 100   || 100
        bob      | shop   | refund   | A     | -95   || -95
        """,
    )


def test_what_came_back_of_no_order_or_of_an_unknown_one_counts_by_every_word(
    holds: Holds,
) -> None:
    holds(
        """
        source | event    | order | value || revenue
        -------+----------+-------+-------++--------
        site   | purchase | A     | 100   || 100
        site   | refund   | -     | -10   || -10
        shop   | refund   | -     | -10   || -10
        site   | refund   | B     | -20   || -20
        shop   | refund   | B     | -20   || -20
        """,
    )


def test_a_purchase_that_comes_later_or_has_no_amount_makes_its_order_known_to_money(
    holds: Holds,
) -> None:
    holds(
        """
        at          | source | event           | order | value || journey | revenue
        ------------+--------+-----------------+-------+-------++---------+--------
        day 1 12:00 | shop   | order_cancelled | A     | -95   || 1       | -
        day 1 15:00 | site   | purchase        | A     | -     || 2       | -
        day 2 09:00 | site   | refund          | A     | -100  || 2       | -100
        """,
        journeys="""
        value | returned_value | state
        ------+----------------+---------
        0     | 0              | returned
        0     | 100            | returned
        """,
    )


def test_a_return_that_is_of_no_journey_has_no_word(holds: Holds) -> None:
    holds(
        """
        source | event    | order | value | machine || revenue
        -------+----------+-------+-------+---------++--------
        site   | purchase | A     | 100   | no      || 100
        site   | refund   | A     | -90   | yes     || -
        shop   | refund   | A     | -95   | no      || -95
        """,
    )
    holds(
        """
        at          | source | event    | order | value || journey | revenue
        ------------+--------+----------+-------+-------++---------+--------
        day 1 12:00 | site   | refund   | A     | -90   || -       | -
        day 1 15:00 | site   | purchase | A     | 100   || 1       | 100
        day 2 09:00 | shop   | refund   | A     | -95   || 1       | -95
        """,
        rulebook=replace(
            RULEBOOK, rules=(Rule("refund", None, stage_after="outcome"), *RULEBOOK.rules)
        ),
    )


def test_whatever_stage_a_rule_gives_a_return_its_order_is_given_back_once(holds: Holds) -> None:
    mine = Rule("refund", "research", source="shop")
    holds(
        """
        at          | source | event    | order | value || journey | stage    | revenue
        ------------+--------+----------+-------+-------++---------+----------+--------
        day 1 09:00 | site   | purchase | A     | 100   || 1       | purchase | 100
        day 2 09:00 | shop   | refund   | A     | -95   || 2       | research | -
        day 3 09:00 | site   | refund   | A     | -90   || 1       | outcome  | -90
        """,
        rulebook=replace(RULEBOOK, rules=(mine, *RULEBOOK.rules)),
    )


def test_renewals_of_an_order_all_count(holds: Holds) -> None:
    holds(
        """
        source | event    | order | value || revenue
        -------+----------+-------+-------++--------
        site   | purchase | A     | 10    || 10
        site   | renewal  | A     | 10    || 10
        shop   | renewal  | A     | 10    || 10
        shop   | refund   | A     | -10   || -10
        """,
    )


def test_nothing_else_earns_revenue(holds: Holds) -> None:
    holds(
        """
        at    | event           | machine | value || revenue
        ------+-----------------+---------+-------++--------
        09:00 | view_item       | no      | 10    || -
        09:01 | add_to_cart     | no      | 10    || -
        09:02 | mystery         | no      | 10    || -
        09:03 | purchase        | yes     | 10    || -
        09:04 | order_delivered | no      | 10    || -
        09:05 | complaint       | no      | 10    || -
        09:06 | email_sent      | no      | 10    || -
        09:07 | refund          | yes     | -10   || -
        09:08 | renewal         | yes     | 10    || -
        """
    )


def test_a_late_refund_has_a_journey_of_its_own(holds: Holds) -> None:
    holds(
        """
        event  | order | value || revenue
        -------+-------+-------++--------
        refund | A     | -5    || -5
        """,
        journeys="""
        value | returned_value | orders
        ------+----------------+-------
        0     | 5              | 0
        """,
    )
