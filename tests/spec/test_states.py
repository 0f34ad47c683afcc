"""States: every journey ends in exactly one, as of the cut-off."""

import pytest

from tests.drawn import Holds


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("day 91 09:00", "open"), ("day 91 09:00:00.000001", "dropped")],
)
def test_a_journey_not_past_its_purchase_is_open_while_its_silence_lasts(
    holds: Holds, as_of: str, state: str
) -> None:
    holds(
        """
        at           | event         || journey
        -------------+---------------++--------
        day 1 08:00  | begin_checkout|| 1
        day 1 09:00  | search        || 1
        day 80 09:00 | ad_impression || 1
        """,
        as_of=as_of,
        journeys=f"""
        state   | deepest_stage | last_stage
        --------+---------------+-----------
        {state} | purchase      | research
        """,
    )


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("day 181 09:00", "open"), ("day 181 09:00:00.000001", "kept")],
)
def test_a_journey_past_its_purchase_is_open_while_the_silence_after_it_lasts(
    holds: Holds, as_of: str, state: str
) -> None:
    holds(
        """
        customer | at           | event           || journey
        ---------+--------------+-----------------++--------
        ana      | day 1 08:50  | purchase        || 1
        ana      | day 1 09:00  | page_view       || 1
        ana      | day 1 09:10  | ad_impression   || 1
        bob      | day 1 09:00  | order_delivered || 2
        """,
        as_of=as_of,
        journeys=f"""
        state   | deepest_stage
        --------+--------------
        {state} | experience
        {state} | experience
        """,
    )


@pytest.mark.parametrize("event", ["return", "exchange", "refund", "order_cancelled"])
def test_what_comes_back_makes_a_journey_returned(holds: Holds, event: str) -> None:
    holds(
        f"""
        customer | event
        ---------+---------
        ana      | purchase
        ana      | {event}
        bob      | {event}
        """,
        journeys="""
        state    | deepest_stage
        ---------+--------------
        returned | outcome
        returned | outcome
        """,
    )


@pytest.mark.parametrize(
    ("event", "sentiment", "state"),
    [
        ("complaint", "-", "detracted"),
        ("complaint", "1", "detracted"),
        ("review", "-1", "detracted"),
        ("review", "0", "kept"),
        ("review", "-", "kept"),
        ("review", "1", "advocated"),
        ("recommend", "-", "advocated"),
        ("recommend", "-1", "advocated"),
        ("renewal", "-", "repurchased"),
        ("survey_response", "-1", "kept"),
        ("survey_response", "1", "kept"),
        ("order_delivered", "-", "kept"),
    ],
)
def test_what_a_customer_says_of_it_decides_the_state(
    holds: Holds, event: str, sentiment: str, state: str
) -> None:
    holds(
        f"""
        event    | sentiment
        ---------+------------
        purchase | -
        {event}  | {sentiment}
        """,
        as_of="day 999",
        journeys=f"""
        state
        -----
        {state}
        """,
    )


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ("return complaint recommend renewal", "returned"),
        ("complaint recommend renewal", "detracted"),
        ("recommend renewal", "advocated"),
        ("renewal", "repurchased"),
    ],
)
def test_of_several_states_the_first_that_holds_is_it_in_whatever_order_they_came(
    holds: Holds, events: str, state: str
) -> None:
    for order in (events.split(), events.split()[::-1]):
        rows = "\n".join(("event", "-----", "purchase", *order))
        holds(rows, journeys=f"state\n-----\n{state}")


def test_a_later_conversion_makes_the_journeys_before_it_repurchased(holds: Holds) -> None:
    holds(
        """
        at          | event     || journey
        ------------+-----------++--------
        day 1 09:00 | view_item || 1
        day 2 09:00 | purchase  || 1
        day 3 09:00 | purchase  || 2
        day 4 09:00 | purchase  || 3
        """,
        journeys="""
        state       | deepest_stage | last_stage
        ------------+---------------+-----------
        repurchased | outcome       | purchase
        repurchased | outcome       | purchase
        open        | purchase      | purchase
        """,
    )


def test_a_later_journey_that_has_not_converted_repurchases_nothing(holds: Holds) -> None:
    holds(
        """
        at          | event     | order || journey
        ------------+-----------+-------++--------
        day 1 09:00 | purchase  | A     || 1
        day 3 09:00 | view_item | -     || 2
        day 3 09:01 | purchase  | A     || 1
        """,
        as_of="day 999",
        journeys="""
        state   | deepest_stage
        --------+--------------
        kept    | purchase
        dropped | evaluation
        """,
    )


def test_orders_of_one_instant_are_no_repurchase(holds: Holds) -> None:
    holds(
        """
        at    | event    | order
        ------+----------+------
        09:00 | purchase | A
        09:00 | purchase | B
        """,
        journeys="""
        state | deepest_stage
        ------+--------------
        open  | purchase
        """,
    )


def test_a_conversion_after_a_late_entry_is_a_repurchase_even_of_an_older_journey(
    holds: Holds,
) -> None:
    holds(
        """
        customer | at          | event       || journey
        ---------+-------------+-------------++--------
        ana      | day 1 09:00 | view_item   || 1
        ana      | day 2 09:00 | track_order || 2
        ana      | day 3 09:00 | purchase    || 1
        bob      | day 1 09:00 | track_order || 3
        """,
        journeys="""
        state       | deepest_stage
        ------------+--------------
        open        | purchase
        repurchased | outcome
        open        | experience
        """,
    )


def test_a_conversion_before_a_late_entry_is_no_repurchase(holds: Holds) -> None:
    holds(
        """
        at            | event       || journey
        --------------+-------------++--------
        day 1 09:00   | purchase    || 1
        day 300 09:00 | track_order || 2
        """,
        journeys="""
        state
        -----
        kept
        open
        """,
    )


def test_another_customers_purchase_is_no_repurchase(holds: Holds) -> None:
    holds(
        """
        customer | at          | event
        ---------+-------------+---------
        ana      | day 1 09:00 | purchase
        bob      | day 2 09:00 | purchase
        """,
        journeys="""
        state
        -----
        open
        open
        """,
    )


def test_a_returned_journey_that_was_followed_by_another_is_returned(holds: Holds) -> None:
    holds(
        """
        at          | event    || journey
        ------------+----------++--------
        day 1 09:00 | purchase || 1
        day 2 09:00 | refund   || 1
        day 3 09:00 | purchase || 2
        """,
        journeys="""
        state
        --------
        returned
        open
        """,
    )


def test_a_before_journey_is_never_more_than_open_or_dropped(holds: Holds) -> None:
    holds(
        """
        at            | event     | sentiment || journey
        --------------+-----------+-----------++--------
        day 1 09:00   | usage     | -1        || 1
        day 100 09:00 | purchase  | -         || 2
        """,
        journeys="""
        state   | deepest_stage
        --------+--------------
        dropped | evaluation
        open    | purchase
        """,
    )
