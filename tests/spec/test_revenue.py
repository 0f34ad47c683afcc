"""Revenue: each order once, returns negative, and nothing that is not of a journey."""

from dataclasses import replace

import pytest

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
