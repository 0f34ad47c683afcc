"""Stage funnel: how deep the journeys went, and what became of them there."""

from tests.drawn import Holds


def test_journeys_are_counted_where_they_went_and_where_they_ended(holds: Holds) -> None:
    # Ana has bought again, Bob has dropped his checkout, Cleo has just been woken.
    holds(
        """
        customer | at            | event          || journey | stage
        ---------+---------------+----------------++---------+-----------
        ana      | day 1 09:00   | search         || 1       | research
        ana      | day 1 09:01   | purchase       || 1       | purchase
        ana      | day 100 09:00 | purchase       || 2       | purchase
        bob      | day 1 09:00   | view_item      || 3       | evaluation
        bob      | day 1 09:01   | begin_checkout || 3       | purchase
        bob      | day 1 09:02   | search         || 3       | research
        cleo     | day 100 09:00 | ad_impression  || 4       | need
        """,
        journeys="""
        state       | deepest_stage
        ------------+--------------
        repurchased | outcome
        open        | purchase
        dropped     | purchase
        open        | need
        """,
        funnel="""
        stage      | reached | visited | skipped | advanced | dropped | open | settled | converted
        -----------+---------+---------+---------+----------+---------+------+---------+----------
        need       | 4       | 1       | 3       | 3        | 0       | 1    | 0       | -
        research   | 3       | 2       | 1       | 3        | 0       | 0    | 0       | -
        evaluation | 3       | 1       | 2       | 3        | 0       | 0    | 0       | -
        purchase   | 3       | 3       | 0       | 1        | 1       | 1    | 0       | 2
        experience | 1       | 0       | 1       | 1        | 0       | 0    | 0       | -
        outcome    | 1       | 0       | 1       | 0        | 0       | 0    | 1       | -
        """,
    )


def test_every_other_end_state_settles_a_journey_at_its_deepest_stage(holds: Holds) -> None:
    holds(
        """
        customer | at          | event
        ---------+-------------+----------------
        ana      | day 1 09:00 | purchase
        bob      | day 1 09:00 | purchase
        bob      | day 2 09:00 | order_delivered
        cleo     | day 1 09:00 | purchase
        cleo     | day 2 09:00 | refund
        """,
        as_of="day 999",
        funnel="""
        stage      | reached | visited | skipped | advanced | dropped | open | settled | converted
        -----------+---------+---------+---------+----------+---------+------+---------+----------
        need       | 3       | 0       | 3       | 3        | 0       | 0    | 0       | -
        research   | 3       | 0       | 3       | 3        | 0       | 0    | 0       | -
        evaluation | 3       | 0       | 3       | 3        | 0       | 0    | 0       | -
        purchase   | 3       | 3       | 0       | 2        | 0       | 0    | 1       | 3
        experience | 2       | 1       | 1       | 1        | 0       | 0    | 1       | -
        outcome    | 1       | 1       | 0       | 0        | 0       | 0    | 1       | -
        """,
    )


def test_a_journey_that_was_entered_late_counts_like_any_and_has_not_converted(
    holds: Holds,
) -> None:
    holds(
        """
        event           || journey
        ----------------++--------
        order_delivered || 1
        """,
        funnel="""
        stage      | reached | visited | skipped | advanced | dropped | open | settled | converted
        -----------+---------+---------+---------+----------+---------+------+---------+----------
        need       | 1       | 0       | 1       | 1        | 0       | 0    | 0       | -
        research   | 1       | 0       | 1       | 1        | 0       | 0    | 0       | -
        evaluation | 1       | 0       | 1       | 1        | 0       | 0    | 0       | -
        purchase   | 1       | 0       | 1       | 1        | 0       | 0    | 0       | 0
        experience | 1       | 1       | 0       | 0        | 0       | 1    | 0       | -
        outcome    | 0       | 0       | 0       | 0        | 0       | 0    | 0       | -
        """,
    )
