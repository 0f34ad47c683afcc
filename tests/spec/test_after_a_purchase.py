"""After: what joins a journey past its purchase, and what may come before as well."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.drawn import RULEBOOK, Holds

# 180 days after day 1 is day 181.
STAYS, OVER = "day 181 09:00", "day 181 09:00:00.000001"


@pytest.mark.parametrize(("at", "journey"), [(STAYS, 1), (OVER, 2)])
def test_an_after_touch_joins_the_latest_journey_within_the_silence_and_else_opens_late(
    holds: Holds, at: str, journey: int
) -> None:
    holds(
        f"""
        at          | event       || journey   | stage
        ------------+-------------++-----------+-----------
        day 1 09:00 | purchase    || 1         | purchase
        {at}        | track_order || {journey} | experience
        """
    )


@pytest.mark.parametrize(
    ("at", "journey", "stage", "goal"),
    [(STAYS, 1, "experience", "experience"), (OVER, 2, "evaluation", "-")],
)
def test_an_either_touch_is_after_within_the_silence_and_else_before(
    holds: Holds, at: str, journey: int, stage: str, goal: str
) -> None:
    holds(
        f"""
        at          | event    || journey   | stage    | goal
        ------------+----------++-----------+----------+---------
        day 1 09:00 | purchase || 1         | purchase | purchase
        {at}        | usage    || {journey} | {stage}  | {goal}
        """
    )


@pytest.mark.parametrize(("at", "journey", "stage"), [(STAYS, "1", "experience"), (OVER, "-", "-")])
def test_a_service_mail_is_after_within_the_silence_and_else_touches_nobody(
    holds: Holds, at: str, journey: str, stage: str
) -> None:
    holds(
        f"""
        at          | event              || session | journey   | stage
        ------------+--------------------++---------+-----------+---------
        day 1 09:00 | purchase           || 1       | 1         | purchase
        {at}        | service_email_open || 2       | {journey} | {stage}
        """
    )


def test_a_service_mail_opens_no_journey_and_prolongs_one_that_it_joins(holds: Holds) -> None:
    holds(
        """
        at            | event               || journey | stage
        --------------+---------------------++---------+-----------
        day 1 09:00   | service_email_open  || -       | -
        day 2 09:00   | view_item           || 1       | evaluation
        day 3 09:00   | service_email_click || -       | -
        day 93 09:00  | purchase            || 2       | purchase
        day 200 09:00 | service_email_open  || 2       | experience
        day 380 09:00 | track_order         || 2       | experience
        """
    )


def test_the_silence_after_a_purchase_is_the_projects(holds: Holds) -> None:
    holds(
        """
        at              | event       || journey
        ----------------+-------------++--------
        09:00           | purchase    || 1
        09:45           | track_order || 1
        10:30:00.000001 | track_order || 2
        """,
        rulebook=replace(RULEBOOK, after_silence=timedelta(minutes=45)),
    )


def test_the_silence_after_a_purchase_begins_anew_with_every_active_touch(holds: Holds) -> None:
    holds(
        """
        at            | event       || journey
        --------------+-------------++--------
        day 1 09:00   | purchase    || 1
        day 150 09:00 | usage       || 1
        day 300 09:00 | review      || 1
        day 480 09:00 | usage       || 1
        """
    )


def test_an_after_touch_that_names_a_known_order_joins_its_journey_however_late(
    holds: Holds,
) -> None:
    holds(
        """
        at            | event           | order || journey
        --------------+-----------------+-------++--------
        day 1 09:00   | purchase        | A     || 1
        day 2 09:00   | purchase        | B     || 2
        day 3 09:00   | order_delivered | A     || 1
        day 4 09:00   | order_delivered | -     || 2
        day 999 09:00 | review          | A     || 1
        """
    )


def test_an_either_touch_that_names_a_known_order_is_after_however_late(holds: Holds) -> None:
    holds(
        """
        at            | event              | order || journey | stage
        --------------+--------------------+-------++---------+-----------
        day 1 09:00   | purchase           | A     || 1       | purchase
        day 2 09:00   | purchase           | B     || 2       | purchase
        day 999 09:00 | usage              | A     || 1       | experience
        day 999 09:01 | service_email_open | A     || 1       | experience
        day 999 09:02 | usage              | -     || 3       | evaluation
        """
    )


def test_an_order_that_no_purchase_has_told_of_yet_is_not_known(holds: Holds) -> None:
    holds(
        """
        at          | event           | order || journey | stage
        ------------+-----------------+-------++---------+-----------
        day 1 09:00 | purchase        | A     || 1       | purchase
        day 2 09:00 | order_delivered | B     || 1       | experience
        day 3 09:00 | purchase        | B     || 2       | purchase
        day 4 09:00 | track_order     | B     || 2       | experience
        """
    )


def test_an_order_of_another_customer_is_not_known(holds: Holds) -> None:
    holds(
        """
        customer | event           | order || journey
        ---------+-----------------+-------++--------
        ana      | purchase        | A     || 1
        bob      | order_delivered | A     || 2
        """
    )


def test_touches_that_join_an_order_do_not_make_its_journey_the_latest(holds: Holds) -> None:
    holds(
        """
        at            | event       | order || journey | stage
        --------------+-------------+-------++---------+-----------
        day 1 09:00   | purchase    | A     || 1       | purchase
        day 2 09:00   | purchase    | B     || 2       | purchase
        day 100 09:00 | track_order | A     || 1       | experience
        day 200 09:00 | usage       | -     || 3       | evaluation
        """
    )


def test_an_after_touch_without_a_journey_opens_one_that_is_entered_late(holds: Holds) -> None:
    holds(
        """
        event    || journey | stage   | goal
        ---------++---------+---------+--------
        review   || 1       | outcome | outcome
        """,
        journeys="""
        entered_late | converted_at | orders | deepest_stage
        -------------+--------------+--------+--------------
        yes          | -            | 0      | outcome
        """,
    )


def test_a_before_journey_does_not_take_after_touches(holds: Holds) -> None:
    holds(
        """
        event           || journey | stage
        ----------------++---------+-----------
        view_item       || 1       | evaluation
        order_delivered || 2       | experience
        """
    )


def test_an_either_touch_joins_a_late_journey_even_beside_a_current_one(holds: Holds) -> None:
    holds(
        """
        at          | event           || journey | stage
        ------------+-----------------++---------+-----------
        day 1 09:00 | usage           || 1       | evaluation
        day 2 09:00 | order_delivered || 2       | experience
        day 3 09:00 | view_item       || 1       | evaluation
        day 4 09:00 | usage           || 2       | experience
        """
    )


def test_of_two_journeys_past_their_purchase_the_one_that_came_there_last_takes_a_touch(
    holds: Holds,
) -> None:
    holds(
        """
        at            | event       | order || journey
        --------------+-------------+-------++--------
        day 1 09:00   | purchase    | A     || 1
        day 200 09:00 | track_order | -     || 2
        day 201 09:00 | track_order | A     || 1
        day 202 09:00 | track_order | -     || 2
        day 203 09:00 | purchase    | B     || 3
        day 204 09:00 | track_order | -     || 3
        """
    )


def test_a_journey_that_opened_first_may_convert_last(holds: Holds) -> None:
    holds(
        """
        at          | event           || journey
        ------------+-----------------++--------
        day 1 09:00 | view_item       || 1
        day 2 09:00 | order_delivered || 2
        day 3 09:00 | purchase        || 1
        day 4 09:00 | usage           || 1
        """
    )


def test_an_either_touch_before_a_purchase_opens_joins_and_prolongs_like_any_before_touch(
    holds: Holds,
) -> None:
    holds(
        """
        at            | event           || journey | stage      | goal
        --------------+-----------------++---------+------------+---------
        day 1 09:00   | support_contact || 1       | evaluation | -
        day 91 09:00  | loyalty_join    || 1       | research   | -
        day 181 09:00 | survey_response || 1       | evaluation | -
        day 271 09:01 | usage           || 2       | evaluation | -
        day 271 09:02 | purchase        || 2       | purchase   | purchase
        """
    )


def test_an_either_touch_after_all_silences_opens_a_journey_past_a_converted_one(
    holds: Holds,
) -> None:
    holds(
        """
        at            | event     || journey | stage
        --------------+-----------++---------+-----------
        day 1 09:00   | purchase  || 1       | purchase
        day 200 09:00 | usage     || 2       | evaluation
        day 200 09:01 | view_item || 2       | evaluation
        """
    )


def test_passive_touches_do_not_prolong_the_silence_after_a_purchase(holds: Holds) -> None:
    holds(
        """
        at              | event            || journey | stage
        ----------------+------------------++---------+-----------
        09:00           | purchase         || 1       | purchase
        09:20           | mailing_received || 1       | experience
        09:45:00.000001 | usage            || 2       | evaluation
        """,
        rulebook=replace(RULEBOOK, after_silence=timedelta(minutes=45)),
    )
