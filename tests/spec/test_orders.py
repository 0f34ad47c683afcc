"""Orders: one order converts once, and so does one instant."""

from tests.drawn import Holds


def test_a_purchase_whose_order_is_new_or_unnamed_converts(holds: Holds) -> None:
    holds(
        """
        at    | event    | order || journey | converts
        ------+----------+-------++---------+---------
        09:00 | purchase | A     || 1       | yes
        09:01 | purchase | B     || 2       | yes
        09:02 | purchase | -     || 3       | yes
        09:03 | purchase | -     || 4       | yes
        """
    )


def test_orders_are_known_customer_by_customer(holds: Holds) -> None:
    holds(
        """
        customer | event    | order || journey | converts
        ---------+----------+-------++---------+---------
        ana      | purchase | A     || 1       | yes
        bob      | purchase | A     || 2       | yes
        """
    )


def test_a_purchase_that_names_a_known_order_joins_its_journey_and_converts_nothing(
    holds: Holds,
) -> None:
    holds(
        """
        at           | source | channel | event     | order || journey | stage      | converts
        -------------+--------+---------+-----------+-------++---------+------------+---------
        day 1 09:00  | site   | web     | purchase  | A     || 1       | purchase   | yes
        day 2 09:00  | site   | web     | view_item | -     || 2       | evaluation | no
        day 3 09:00  | shop   | store   | purchase  | A     || 1       | purchase   | no
        day 4 09:00  | site   | web     | purchase  | B     || 2       | purchase   | yes
        day 999 09:00| shop   | store   | purchase  | A     || 1       | purchase   | no
        """,
        journeys="""
        journey | orders | converted_at
        --------+--------+-------------
        1       | 1      | day 1 09:00
        2       | 1      | day 4 09:00
        """,
    )


def test_a_known_order_takes_the_stage_of_the_touch_before_it_in_its_journey(
    holds: Holds,
) -> None:
    holds(
        """
        at           | channel  | event           | order || journey | stage
        -------------+----------+-----------------+-------++---------+-----------
        day 1 09:00  | web      | purchase        | A     || 1       | purchase
        day 3 09:00  | delivery | order_delivered | A     || 1       | experience
        day 3 09:30  | web      | view_item       | -     || 2       | evaluation
        day 4 09:00  | store    | purchase        | A     || 1       | experience
        day 5 09:00  | web      | review          | A     || 1       | outcome
        day 6 09:00  | store    | purchase        | A     || 1       | outcome
        """
    )


def test_the_shop_may_tell_of_an_order_before_the_web_does(holds: Holds) -> None:
    holds(
        """
        at    | channel | source | event     | order || session | journey | converts
        ------+---------+--------+-----------+-------++---------+---------+---------
        08:59 | web     | site   | view_item | -     || 1       | 1       | no
        09:00 | store   | shop   | purchase  | A     || 2       | 1       | yes
        09:01 | web     | site   | purchase  | A     || 1       | 1       | no
        """
    )


def test_purchases_of_one_instant_are_one_conversion_with_several_orders(holds: Holds) -> None:
    holds(
        """
        at              | event    | order | seq || journey | stage    | converts
        ----------------+----------+-------+-----++---------+----------+---------
        09:00           | purchase | A     | 1   || 1       | purchase | yes
        09:00           | purchase | B     | 2   || 1       | purchase | no
        09:00           | purchase | -     | 3   || 1       | purchase | no
        09:00           | purchase | -     | 4   || 1       | purchase | no
        09:00           | purchase | B     | 5   || 1       | purchase | no
        09:00:00.000001 | purchase | C     | 6   || 2       | purchase | yes
        """,
        journeys="""
        journey | orders
        --------+-------
        1       | 4
        2       | 1
        """,
    )


def test_orders_of_one_instant_are_known_from_then_on(holds: Holds) -> None:
    holds(
        """
        at            | event           | order | seq || journey | converts
        --------------+-----------------+-------+-----++---------+---------
        day 1 09:00   | purchase        | A     | 1   || 1       | yes
        day 1 09:00   | purchase        | B     | 2   || 1       | no
        day 2 09:00   | purchase        | C     | 3   || 2       | yes
        day 3 09:00   | purchase        | B     | 4   || 1       | no
        day 400 09:00 | order_delivered | B     | 5   || 1       | no
        """
    )


def test_a_known_order_at_the_instant_does_not_keep_a_new_one_from_converting(
    holds: Holds,
) -> None:
    holds(
        """
        at    | event    | order | seq || journey | converts
        ------+----------+-------+-----++---------+---------
        09:00 | purchase | A     | 1   || 1       | yes
        09:10 | purchase | A     | 2   || 1       | no
        09:10 | purchase | B     | 3   || 2       | yes
        09:10 | purchase | C     | 4   || 2       | no
        """
    )


def test_a_journey_opened_within_the_instant_does_not_part_its_purchases(holds: Holds) -> None:
    holds(
        """
        at    | event       | order | seq || journey | stage      | converts
        ------+-------------+-------+-----++---------+------------+---------
        09:00 | purchase    | A     | 1   || 1       | purchase   | yes
        09:00 | add_to_cart | -     | 2   || 2       | evaluation | no
        09:00 | purchase    | B     | 3   || 1       | purchase   | no
        09:01 | view_item   | -     | 4   || 2       | evaluation | no
        """
    )


def test_a_known_order_prolongs_its_journeys_silence(holds: Holds) -> None:
    holds(
        """
        at            | event       | order || journey
        --------------+-------------+-------++--------
        day 1 09:00   | purchase    | A     || 1
        day 100 09:00 | purchase    | A     || 1
        day 280 09:00 | track_order | -     || 1
        """
    )


def test_a_known_order_does_not_make_its_journey_the_latest_past_its_purchase(
    holds: Holds,
) -> None:
    holds(
        """
        at          | event       | order || journey
        ------------+-------------+-------++--------
        day 1 09:00 | purchase    | A     || 1
        day 2 09:00 | purchase    | B     || 2
        day 3 09:00 | purchase    | A     || 1
        day 4 09:00 | track_order | -     || 2
        """
    )


def test_a_purchase_that_is_ignored_tells_of_no_order(holds: Holds) -> None:
    holds(
        """
        at            | event       | order | machine || journey | converts
        --------------+-------------+-------+---------++---------+---------
        day 1 09:00   | purchase    | A     | yes     || -       | no
        day 1 10:00   | purchase    | A     | no      || 1       | yes
        """
    )


def test_a_renewal_converts_nothing(holds: Holds) -> None:
    holds(
        """
        at           | event    | value || journey | stage    | converts | revenue
        -------------+----------+-------++---------+----------+----------+--------
        day 1 09:00  | purchase | 10    || 1       | purchase | yes      | 10
        day 31 09:00 | renewal  | 10    || 1       | outcome  | no       | 10
        """,
        journeys="""
        orders | value | state       | converted_at
        -------+-------+-------------+-------------
        1      | 20    | repurchased | day 1 09:00
        """,
    )
