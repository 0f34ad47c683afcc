"""Order: touches of a customer stand in one total order, whatever the order of files and rows."""

from tests.drawn import Holds

# The entry event of the session tells which touch stands first.


def test_time_comes_first(holds: Holds) -> None:
    holds(
        """
        at              | received_at
        ----------------+------------
        09:00:00.000001 | 09:01
        09:00           | 09:02
        """,
        sessions="""
        started_at | ended_at
        -----------+----------------
        09:00      | 09:00:00.000001
        """,
    )


def test_at_one_instant_the_earlier_received_comes_first_and_the_unknown_last(holds: Holds) -> None:
    holds(
        """
        at    | received_at     | source | event
        ------+-----------------+--------+-----------
        09:00 | -               | site   | page_view
        09:00 | 09:05:00.000001 | site   | search
        09:00 | 09:05           | mail   | view_item
        """,
        sessions="""
        entry_event | exit_event
        ------------+-----------
        view_item   | page_view
        """,
    )


def test_received_together_the_source_named_first_comes_first_and_the_unlisted_last(
    holds: Holds,
) -> None:
    holds(
        """
        at    | source  | seq | event
        ------+---------+-----+-----------
        09:00 | unknown | 1   | page_view
        09:00 | mail    | 1   | search
        09:00 | shop    | 2   | view_item
        """,
        sessions="""
        entry_event | exit_event
        ------------+-----------
        view_item   | page_view
        """,
    )


def test_within_a_source_the_vendors_own_sequence_decides_and_none_is_last(holds: Holds) -> None:
    holds(
        """
        at    | seq | event
        ------+-----+---------------
        09:00 | -   | page_view
        09:00 | 10  | search
        09:00 | 9   | begin_checkout
        """,
        sessions="""
        entry_event    | exit_event
        ---------------+-----------
        begin_checkout | page_view
        """,
    )


def test_where_nothing_else_tells_a_days_touches_stand_in_the_order_of_the_stages(
    holds: Holds,
) -> None:
    holds(
        """
        at    | id | event           || stage      | step
        ------+----+-----------------++------------+-----
        day 1 | a  | review          || outcome    | 6
        day 1 | b  | order_delivered || experience | 5
        day 1 | c  | purchase        || purchase   | 4
        day 1 | d  | view_item       || evaluation | 3
        day 1 | e  | search          || research   | 2
        day 1 | f  | ad_click        || need       | 1
        """
    )


def test_an_either_touch_stands_in_the_order_at_its_stage_before(holds: Holds) -> None:
    holds(
        """
        at    | id | event           || stage      | journey
        ------+----+-----------------++------------+--------
        day 1 | b  | purchase        || purchase   | 1
        day 1 | c  | support_contact || evaluation | 1
        """
    )


def test_what_has_no_stage_before_stands_last(holds: Holds) -> None:
    holds(
        """
        at    | id | event              || stage
        ------+----+--------------------++-----------
        day 1 | a  | mystery            || -
        day 1 | b  | service_email_open || experience
        day 1 | c  | purchase           || purchase
        """,
        sessions="""
        entry_event | exit_event
        ------------+-------------------
        purchase    | service_email_open
        """,
    )


def test_at_last_the_touchpoint_id_decides(holds: Holds) -> None:
    holds(
        """
        at    | id | event
        ------+----+-------
        09:00 | b  | search
        09:00 | a  | login
        """,
        sessions="""
        entry_event | exit_event
        ------------+-----------
        login       | search
        """,
    )
