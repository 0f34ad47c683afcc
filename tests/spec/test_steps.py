"""Steps: neighbouring touches of one stage, folded."""

from tests.drawn import Holds


def test_neighbouring_touches_of_one_stage_fold_into_one_step(holds: Holds) -> None:
    holds(
        """
        at    | channel | event       | order | value || step | stage
        ------+---------+-------------+-------+-------++------+-----------
        09:00 | email   | email_click | -     | -     || 1    | research
        09:01 | web     | search      | -     | -     || 1    | research
        09:02 | web     | add_to_cart | -     | -     || 2    | evaluation
        09:04 | web     | purchase    | A     | 10    || 3    | purchase
        09:04 | web     | purchase    | B     | 5     || 3    | purchase
        """,
        steps="""
        step | customer | channel | event       | started_at | ended_at | touches | goals | value
        -----+----------+---------+-------------+------------+----------+---------+-------+------
        1    | ana      | email   | email_click | 09:00      | 09:01    | 2       | 1     | 0
        2    | ana      | web     | add_to_cart | 09:02      | 09:02    | 1       | 1     | 0
        3    | ana      | web     | purchase    | 09:04      | 09:04    | 2       | 2     | 15
        """,
    )


def test_a_step_back_is_a_step_of_its_own(holds: Holds) -> None:
    holds(
        """
        event          || step | stage
        ---------------++------+-----------
        view_item      || 1    | evaluation
        search         || 2    | research
        view_item      || 3    | evaluation
        begin_checkout || 4    | purchase
        search         || 5    | research
        """
    )


def test_a_step_goes_on_over_sessions_and_over_what_has_no_stage(holds: Holds) -> None:
    holds(
        """
        at          | event      || session | step
        ------------+------------++---------+-----
        day 1 09:00 | search     || 1       | 1
        day 1 09:01 | mystery    || 1       | -
        day 1 09:02 | email_sent || -       | -
        day 2 09:00 | search     || 2       | 1
        """,
        steps="""
        touches | started_at  | ended_at
        --------+-------------+------------
        2       | day 1 09:00 | day 2 09:00
        """,
    )


def test_steps_are_numbered_in_each_journey(holds: Holds) -> None:
    holds(
        """
        customer | at          | event       || journey | step
        ---------+-------------+-------------++---------+-----
        ana      | day 1 09:00 | search      || 1       | 1
        bob      | day 1 09:00 | search      || 2       | 1
        ana      | day 1 09:01 | track_order || 3       | 1
        ana      | day 1 09:02 | search      || 1       | 1
        ana      | day 1 09:03 | purchase    || 1       | 2
        """,
        steps="""
        journey | step | touches
        --------+------+--------
        1       | 1    | 2
        1       | 2    | 1
        2       | 1    | 1
        3       | 1    | 1
        """,
    )


def test_touches_of_one_stage_that_another_journey_parts_are_neighbours(holds: Holds) -> None:
    holds(
        """
        at          | event       | order || journey | step
        ------------+-------------+-------++---------+-----
        day 1 09:00 | purchase    | A     || 1       | 1
        day 2 09:00 | search      | -     || 2       | 1
        day 3 09:00 | purchase    | A     || 1       | 1
        day 4 09:00 | search      | -     || 2       | 1
        """
    )
