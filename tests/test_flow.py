"""What the warehouse tells the kernels of a touch: its mood, who did it, its session."""

import pytest

from tests.projects import SHOP, Project

pytestmark = pytest.mark.usefixtures("core_only")

WEB = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
"""
SHOP_TOO = WEB.replace('"web"', '"shop"').replace("/web/", "/shop/")


def test_stars_tell_the_mood_and_else_the_score_and_else_the_rule(project: Project) -> None:
    project.configure(SHOP, WEB, 'rating = "stars"', 'score = "score"')
    log = """
        at               | event           | who | stars | score | mood
        -----------------+-----------------+-----+-------+-------+-----
        2026-01-05T09:00 | review          | ana | 1     |       | -1
        2026-01-05T09:01 | review          | ana | 2     |       | -1
        2026-01-05T09:02 | review          | ana | 2.5   |       | 0
        2026-01-05T09:03 | review          | ana | 3.9   |       | 0
        2026-01-05T09:04 | review          | ana | 4     |       | 1
        2026-01-05T09:05 | survey_response | ana |       | 0     | -1
        2026-01-05T09:06 | survey_response | ana |       | 6     | -1
        2026-01-05T09:07 | survey_response | ana |       | 6.5   | 0
        2026-01-05T09:08 | survey_response | ana |       | 8.9   | 0
        2026-01-05T09:09 | survey_response | ana |       | 9     | 1
        2026-01-05T09:10 | review          | ana | 5     | 0     | 1
        2026-01-05T09:11 | complaint       | ana | 3     |       | 0
        2026-01-05T09:12 | complaint       | ana |       |       | -1
        2026-01-05T09:13 | review          | ana |       |       |
    """
    project.write_log("landing/web/a.csv", log)
    project.run()
    moods = [line.split("|")[-1].strip() for line in log.strip().splitlines()[2:]]
    assert project.column("select sentiment from core.touchpoints order by occurred_at") == [
        int(mood) if mood else None for mood in moods
    ]
    assert project.column("select state from core.journeys") == ["detracted"]


def test_what_a_machine_a_robot_or_a_test_did_is_ignored(project: Project) -> None:
    flags = ("is_machine", "is_bot", "is_test")
    project.configure(SHOP, WEB, *(f'{flag} = "{flag}"' for flag in flags))
    project.write_log(
        "landing/web/a.csv",
        """
        at               | event     | who | is_machine | is_bot | is_test
        -----------------+-----------+-----+------------+--------+--------
        2026-01-05T09:00 | view_item | ana | true       |        |
        2026-01-05T09:01 | view_item | ana |            | true   |
        2026-01-05T09:02 | view_item | ana |            |        | true
        2026-01-05T09:03 | mystery   | ana | true       |        |
        2026-01-05T09:04 | view_item | ana | false      | false  | false
        2026-01-05T09:05 | view_item | ana |            |        |
        """,
    )
    project.run()
    assert project.rows(
        "select is_ignored, session_id is null, journey_id is null, count(*) "
        "from core.touchpoints group by all order by all"
    ) == [(False, False, False, 2), (True, True, True, 4)]
    assert project.rows("from ops.unmapped") == []


def test_a_session_of_one_source_is_none_of_another(project: Project) -> None:
    sources = [f'{source}\nsession_id = "session"' for source in (WEB, SHOP_TOO)]
    project.configure(SHOP, *sources, "[sessions]", "use_source = true")
    for name, minute in (("web", 0), ("shop", 1)):
        project.write_log(
            f"landing/{name}/a.csv",
            f"""
            at                      | event     | who | session
            ------------------------+-----------+-----+--------
            2026-01-05T09:0{minute} | view_item | ana | 1
            2026-01-05T19:0{minute} | view_item | ana | 1
            """,
        )
    project.run()
    assert project.rows("select touches, duration_ms from core.sessions") == [(2, 36_000_000)] * 2


def test_a_journey_tells_what_share_of_its_value_came_back(project: Project) -> None:
    project.configure(SHOP, WEB, 'value = "amount"', 'order_id = "order"')
    project.write_log(
        "landing/web/a.csv",
        """
        at               | event    | who  | order | amount
        -----------------+----------+------+-------+-------
        2026-01-05T09:00 | purchase | ana  | A     | 40
        2026-01-06T09:00 | refund   | ana  | A     | -10
        2026-01-05T09:00 | purchase | bob  | B     |
        2026-01-06T09:00 | return   | bob  | B     |
        2026-01-05T09:00 | purchase | cleo | C     | 40
        """,
    )
    project.run()
    assert project.rows(
        "select state, returned_share from core.journeys order by value, returned_value desc"
    ) == [("returned", None), ("returned", 0.25), ("open", 0.0)]


def test_of_a_negative_value_nothing_came_back_and_not_less(project: Project) -> None:
    project.configure(SHOP, WEB, 'value = "amount"', 'order_id = "order"')
    project.write("landing/web/a.csv", "at,event,who,order,amount\n2026-01-05,renewal,ana,A,-5\n")
    project.run()
    assert project.column("select returned_share::varchar from core.journeys") == ["0.0"]
