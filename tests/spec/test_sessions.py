"""Sessions: what a customer does in one place between two silences."""

from dataclasses import replace

import pytest

from tests.drawn import RULEBOOK, Holds

MIDNIGHT = replace(RULEBOOK, break_on=frozenset({"midnight"}))
CAMPAIGN = replace(RULEBOOK, break_on=frozenset({"campaign"}))
SOURCE_SESSIONS = replace(RULEBOOK, use_source_sessions=True)


@pytest.mark.parametrize(
    ("channel", "stays", "opens"),
    [
        ("web", "09:30", "09:30:00.000001"),
        ("app", "09:30", "09:30:00.000001"),
        ("email", "09:30", "09:30:00.000001"),
        ("ads", "09:30", "09:30:00.000001"),
        ("kiosk", "09:30", "09:30:00.000001"),
        ("store", "11:00", "11:00:00.000001"),
        ("support", "day 2 09:00", "day 2 09:00:00.000001"),
        ("reviews", "day 2 09:00", "day 2 09:00:00.000001"),
        ("delivery", "day 2 09:00", "day 2 09:00:00.000001"),
    ],
)
def test_only_a_pause_longer_than_the_silence_of_the_place_opens_a_session(
    holds: Holds, channel: str, stays: str, opens: str
) -> None:
    holds(
        f"""
        customer | at      | channel   || session
        ---------+---------+-----------++--------
        ana      | 09:00   | {channel} || 1
        ana      | {stays} | {channel} || 1
        bob      | 09:00   | {channel} || 2
        bob      | {opens} | {channel} || 3
        """
    )


def test_the_pause_is_measured_from_touch_to_touch_not_from_the_sessions_start(
    holds: Holds,
) -> None:
    holds(
        """
        at    || session
        ------++--------
        09:00 || 1
        09:30 || 1
        10:00 || 1
        10:31 || 2
        """
    )


def test_customers_share_no_session(holds: Holds) -> None:
    holds(
        """
        customer | at    || session
        ---------+-------++--------
        ana      | 09:00 || 1
        bob      | 09:01 || 2
        ana      | 09:29 || 1
        """
    )


def test_places_run_beside_each_other_and_channels_of_a_place_together(holds: Holds) -> None:
    holds(
        """
        at    | channel  || session
        ------+----------++--------
        09:00 | web      || 1
        09:05 | store    || 2
        09:10 | support  || 3
        09:20 | email    || 1
        09:45 | app      || 1
        10:40 | store    || 2
        11:00 | web      || 4
        20:00 | delivery || 3
        """,
        sessions="""
        place   | channel
        --------+--------
        online  | web
        store   | store
        contact | support
        online  | web
        """,
    )


def test_the_config_may_move_a_channel_to_another_place(holds: Holds) -> None:
    holds(
        """
        at    | channel || session
        ------+---------++--------
        09:00 | kiosk   || 1
        10:00 | store   || 1
        """,
        rulebook=replace(RULEBOOK, places={"kiosk": "store", "store": "store"}),
    )


def test_ignored_touches_belong_to_no_session_and_prolong_none(holds: Holds) -> None:
    holds(
        """
        at    | event     | machine || session | journey | stage    | unmapped
        ------+-----------+---------++---------+---------+----------+---------
        09:00 | page_view | no      || 1       | 1       | research | no
        09:20 | page_view | yes     || -       | -       | -        | no
        09:25 | email_sent| no      || -       | -       | -        | no
        09:31 | page_view | no      || 2       | 1       | research | no
        """
    )


def test_unmapped_touches_stay_in_their_session_and_prolong_it(holds: Holds) -> None:
    holds(
        """
        at    | event     || session | journey | stage    | unmapped
        ------+-----------++---------+---------+----------+---------
        09:00 | page_view || 1       | 1       | research | no
        09:30 | mystery   || 1       | -       | -        | yes
        10:00 | page_view || 1       | 1       | research | no
        """,
        sessions="""
        touches | exit_event
        --------+-----------
        3       | page_view
        """,
    )


def test_a_service_mail_has_a_session_whether_or_not_a_journey_takes_it(holds: Holds) -> None:
    holds(
        """
        at    | channel | event              || session | stage      | unmapped
        ------+---------+--------------------++---------+------------+---------
        09:00 | email   | service_email_open || 1       | -          | no
        09:10 | web     | purchase           || 1       | purchase   | no
        09:20 | email   | service_email_open || 1       | experience | no
        """
    )


def test_midnight_breaks_no_session(holds: Holds) -> None:
    holds(
        """
        at          || session
        ------------++--------
        day 1 23:59 || 1
        day 2 00:01 || 1
        """
    )


@pytest.mark.parametrize(
    ("time_zone", "before", "after"),
    [
        ("UTC", "day 1 23:59:59.999999", "day 2 00:00"),
        ("Europe/Madrid", "day 1 22:59:59.999999", "day 1 23:00"),
        ("America/New_York", "day 1 04:59:59.999999", "day 1 05:00"),
    ],
)
def test_break_on_midnight_opens_a_session_at_the_projects_midnight(
    holds: Holds, time_zone: str, before: str, after: str
) -> None:
    holds(
        f"""
        customer | at       || session
        ---------+----------++--------
        ana      | {before} || 1
        ana      | {after}  || 2
        """,
        rulebook=replace(MIDNIGHT, time_zone=time_zone),
    )


def test_another_campaign_breaks_no_session(holds: Holds) -> None:
    holds(
        """
        campaign || session
        ---------++--------
        spring   || 1
        summer   || 1
        """
    )


def test_break_on_campaign_opens_a_session_at_another_campaign(holds: Holds) -> None:
    holds(
        """
        campaign || session
        ---------++--------
        spring   || 1
        -        || 1
        spring   || 1
        -        || 1
        summer   || 2
        spring   || 3
        """,
        rulebook=CAMPAIGN,
        sessions="""
        campaign
        --------
        spring
        summer
        spring
        """,
    )


def test_the_first_campaign_of_a_session_breaks_nothing(holds: Holds) -> None:
    holds(
        """
        at    | campaign || session
        ------+----------++--------
        09:00 | spring   || 1
        10:00 | -        || 2
        10:01 | summer   || 2
        10:02 | spring   || 3
        """,
        rulebook=CAMPAIGN,
    )


def test_sessions_of_the_source_are_not_used_unless_asked(holds: Holds) -> None:
    holds(
        """
        visit || session
        ------++--------
        v1    || 1
        v2    || 1
        """
    )


def test_a_session_that_the_source_tells_lasts_whatever_the_pauses(holds: Holds) -> None:
    holds(
        """
        customer | at    | channel | visit || session
        ---------+-------+---------+-------++--------
        ana      | 09:00 | web     | v1    || 1
        ana      | 09:01 | web     | v2    || 2
        ana      | 09:02 | web     | -     || 3
        ana      | 15:00 | web     | v1    || 1
        ana      | 15:01 | web     | -     || 4
        ana      | 15:02 | store   | v1    || 5
        bob      | 15:03 | web     | v1    || 6
        """,
        rulebook=SOURCE_SESSIONS,
    )


def test_touches_without_a_source_session_go_by_silence_among_themselves(holds: Holds) -> None:
    holds(
        """
        at    | visit || session
        ------+-------++--------
        09:00 | -     || 1
        09:20 | v1    || 2
        09:30 | -     || 1
        09:50 | v1    || 2
        10:01 | -     || 3
        """,
        rulebook=SOURCE_SESSIONS,
    )


def test_no_break_cuts_a_session_that_the_source_tells(holds: Holds) -> None:
    holds(
        """
        at          | visit | campaign || session
        ------------+-------+----------++--------
        day 1 23:59 | v1    | spring   || 1
        day 2 00:01 | v1    | summer   || 1
        day 2 00:02 | -     | spring   || 2
        day 2 00:03 | -     | summer   || 3
        """,
        rulebook=replace(SOURCE_SESSIONS, break_on=frozenset({"midnight", "campaign"})),
    )


@pytest.mark.parametrize(
    ("channel", "given", "traffic"),
    [
        ("web", "paid_search", "paid_search"),
        ("web", "-", "direct"),
        ("app", "-", "direct"),
        ("email", "-", "email"),
        ("ads", "display", "display"),
        ("store", "-", "store"),
        ("kiosk", "-", "kiosk"),
    ],
)
def test_a_session_came_as_its_entry_touch_and_on_the_web_directly_if_nothing_is_said(
    holds: Holds, channel: str, given: str, traffic: str
) -> None:
    holds(
        f"""
        channel   | traffic  || traffic
        ----------+----------++----------
        {channel} | {given}  || {traffic}
        {channel} | referral || {traffic}
        """,
        sessions=f"""
        traffic
        ---------
        {traffic}
        """,
        journeys=f"""
        first_traffic
        -------------
        {traffic}
        """,
    )


def test_the_entry_touch_tells_the_traffic_whatever_comes_after(holds: Holds) -> None:
    holds(
        """
        channel | traffic     || session | traffic
        --------+-------------++---------+--------
        email   | -           || 1       | email
        web     | paid_search || 1       | email
        """
    )


def test_a_web_channel_moved_out_of_the_online_place_is_not_direct(holds: Holds) -> None:
    holds(
        """
        channel | traffic || traffic
        --------+---------++--------
        app     | -       || app
        """,
        rulebook=replace(RULEBOOK, places={"app": "store"}),
    )


def test_a_touch_without_a_session_keeps_its_own_traffic(holds: Holds) -> None:
    holds(
        """
        at    | event      | traffic || session | traffic
        ------+------------+---------++---------+--------
        09:00 | email_sent | email   || -       | email
        09:01 | email_sent | -       || -       | -
        """
    )


def test_a_session_row_sums_up_its_touches(holds: Holds) -> None:
    holds(
        """
        customer | at    | event     | order | value  | campaign || session
        ---------+-------+-----------+-------+--------+----------++--------
        bob      | 08:00 | page_view | -     | -      | summer   || 1
        ana      | 09:00 | view_item | -     | -      | spring   || 2
        ana      | 09:10 | purchase  | A     | 100    | summer   || 2
        ana      | 09:20 | refund    | A     | -30.50 | -        || 2
        """,
        sessions="""
        customer | started_at | ended_at | touches | campaign | converted | value
        ---------+------------+----------+---------+----------+-----------+------
        bob      | 08:00      | 08:00    | 1       | summer   | no        | 0
        ana      | 09:00      | 09:20    | 3       | spring   | yes       | 69.50
        """,
    )


def test_a_session_that_only_tells_of_a_known_order_has_not_converted(holds: Holds) -> None:
    holds(
        """
        at    | source | event    | order || session
        ------+--------+----------+-------++--------
        09:00 | site   | purchase | A     || 1
        11:00 | shop   | purchase | A     || 2
        """,
        sessions="""
        converted
        ---------
        yes
        no
        """,
    )
