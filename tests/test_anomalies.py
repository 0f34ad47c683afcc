"""What nights measure of themselves, and say when it is unusual."""

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from pipeline.journal import Journal
from pipeline.run import Outcome, run_night
from pipeline.settings import load_settings
from pipeline.status import status_of
from tests.projects import SHOP, WEB, Project, unadorned

pytestmark = pytest.mark.usefixtures("core_only")

FIRST = datetime(2026, 5, 4, 4, tzinfo=UTC)  # a Monday
WEEK = timedelta(weeks=1)


def log(day: datetime, touches: int, buys: int) -> str:
    """Write a day's log: some look, some buy."""
    at = (day - timedelta(hours=10)).isoformat()
    lines = [f"{at},view_item,c{number}" for number in range(touches)]
    before = (day - timedelta(hours=30)).isoformat()
    bought = [f"{before},purchase,b{day:%j}{number}" for number in range(buys)]
    return "\n".join(["at,event,who", *lines, *bought]) + "\n"


def night(project: Project, at: datetime) -> Outcome:
    with unadorned():
        return run_night(load_settings(project.config), journal=Journal(started_at=at))


def remember(project: Project, source: str | None, measure: str, usual: float, weeks: int) -> None:
    """Let the publication have seen a figure every day before the first night, near the usual."""
    with duckdb.connect(str(project.published)) as warehouse:
        warehouse.execute("set timezone = 'UTC'")
        warehouse.execute(
            "insert into ops.measures by name select 'before' as run_id, "
            "$first::timestamptz - to_days(ago::integer) as measured_at, $source as source, "
            "$measure as measure, measured_at::date as day, $usual + ago % 3 as value "
            "from range(1, 7 * $weeks + 1) as days (ago)",
            {"first": FIRST, "source": source, "measure": measure, "usual": usual, "weeks": weeks},
        )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A shop with 60 records and 30 conversions a day, that has 15 tonight, and 2."""
    project = Project(tmp_path_factory.mktemp("shop"))
    project.configure(SHOP, WEB)
    project.write("landing/web/0.csv", log(FIRST, 60, 0))
    assert "unusual" not in night(project, FIRST).headline
    remember(project, "web", "records", 60, 8)
    remember(project, None, "conversions", 30, 8)
    project.write("landing/web/1.csv", log(FIRST + WEEK, 13, 2))
    night(project, FIRST + WEEK)
    return project


@pytest.fixture
def shop_of_weeks(project: Project) -> Project:
    """A shop with six Mondays of 60 records and 30 conversions."""
    for week in range(6):
        project.write(f"landing/web/{week}.csv", log(FIRST + week * WEEK, 60, 30))
        night(project, FIRST + week * WEEK)
    return project


def test_tonight_is_told_in_the_headline_and_in_ops(shop: Project) -> None:
    told = shop.rows("select source, measure, kind, value from ops.anomalies order by measure")
    assert told == [(None, "conversions", "low", 2.0), ("web", "records", "low", 15.0)]
    (headline,) = shop.column("select headline from ops.runs order by started_at desc limit 1")
    assert "; unusual: " in headline
    assert "records of web 15, usually " in headline
    assert "on a Monday" in headline
    assert shop.column("select anomalies from ops.runs order by started_at desc") == [2, 0]


def test_it_is_in_the_manifest_and_in_the_status(shop: Project) -> None:
    # Other tests run nights of the same shop, in whatever order.
    (run_id,) = shop.column("select run_id from ops.runs order by started_at desc limit 1")
    told = json.loads((shop.dir / "warehouse" / "runs" / f"{run_id}.json").read_text())
    assert {one["measure"] for one in told["anomalies"]} == {"conversions", "records"}
    tables = status_of(load_settings(shop.config), now=FIRST + 2 * WEEK)
    assert set(tables["anomalies"]["measure"]) == {"conversions", "records"}
    assert tables["runs"]["outcome"].to_list() == ["published", "published"]
    assert tables["sources"]["hours_since_load"].to_list() == [168.0]
    assert tables["publications"]["publication"][0] == "journeys.duckdb"


def test_each_source_is_measured_every_night(shop: Project) -> None:
    told = shop.rows(
        "select measure, value, out_of from ops.measures "
        "where source = 'web' and day = '2026-05-11' order by measure"
    )
    assert told == [
        ("anonymous", 0.0, 15.0),
        ("behind", 600.0, None),
        ("duplicates", 0.0, 15.0),
        ("records", 15.0, None),
        ("rejected", 0.0, 15.0),
        ("touches", 15.0, None),
    ]


@pytest.mark.long
def test_a_source_that_brings_as_much_as_ever_and_all_of_it_old_is_told(project: Project) -> None:
    project.write("landing/web/0.csv", log(FIRST, 20, 0))
    night(project, FIRST)
    remember(project, "web", "behind", 600, 8)
    project.write("landing/web/1.csv", log(FIRST + WEEK - timedelta(days=2), 20, 0))
    told = night(project, FIRST + WEEK).headline
    assert "web is 3,480 minutes behind, usually up to " in told


def test_a_night_without_anything_new_says_what_usually_has_come_by_now(shop: Project) -> None:
    told = night(shop, FIRST + 2 * WEEK).headline
    assert told.startswith("nothing new; all stands as published; unusual: records of web 0")


@pytest.mark.long
def test_a_run_of_a_clock_that_was_ahead_makes_nothing_missed(shop_of_weeks: Project) -> None:
    project, at = shop_of_weeks, FIRST + 5 * WEEK
    project.write("landing/web/6.csv", log(at + timedelta(hours=9), 1, 0))
    night(project, at + 9 * WEEK)
    told = night(project, at + timedelta(hours=1)).headline
    assert told == "nothing new; all stands as published"


def test_earlier_in_the_day_nothing_is_missed_yet(shop: Project) -> None:
    told = night(shop, FIRST + 2 * WEEK - timedelta(hours=3)).headline
    assert told == "nothing new; all stands as published"


def test_a_second_run_of_the_day_adds_to_the_first(shop: Project) -> None:
    """It has nothing new, and the day has brought what it has brought: too little, and not none."""
    told = night(shop, FIRST + WEEK + timedelta(hours=1)).headline
    assert "records of web 15, usually" in told


@pytest.mark.long
def test_days_without_a_session_are_days_without_conversions(project: Project) -> None:
    for week in range(6):
        project.write(f"landing/web/{week}.csv", log(FIRST + week * WEEK, 3, 0))
        night(project, FIRST + week * WEEK)
    told = project.rows("select measure, value from ops.measures where source is null")
    assert sorted(told) == [("conversions", 0.0)] * 6 + [("revenue", 0.0)] * 6


@pytest.mark.long
def test_how_far_behind_a_source_is_is_not_asked_where_it_is_silent(project: Project) -> None:
    project.configure(SHOP, WEB, WEB.replace('"web"', '"app"').replace("/web/", "/app/"))
    for week in range(6):
        at = FIRST + week * WEEK
        old = timedelta(days=2) if week == 5 else timedelta()
        project.write(f"landing/web/{week}.csv", log(at - old, 20, 0))
        project.write(f"landing/app/{week}.csv", log(at - timedelta(minutes=week), 1, 0))
        first = night(project, at).headline
        project.write(f"landing/app/{week}b.csv", log(at - timedelta(minutes=week + 9), 1, 0))
        second = night(project, at + timedelta(minutes=30)).headline
    assert "web is 3,480 minutes behind, usually up to " in first
    assert "web is" not in second
    behind = "select count(*) from ops.measures where measure = 'behind' and source = 'web'"
    assert project.column(behind) == [6]


@pytest.mark.long
def test_what_comes_with_files_that_are_read_again_is_measured(shop_of_weeks: Project) -> None:
    project, at = shop_of_weeks, FIRST + 6 * WEEK
    santiago = 'channel = "web"\ntimezone = "America/Santiago"'
    project.configure(SHOP, WEB.replace('channel = "web"', santiago))
    project.write("landing/web/6.csv", log(at, 60, 0))
    assert "read again" in night(project, at).headline
    records = "select value from ops.measures where measure = 'records' and day = '2026-06-15'"
    assert project.column(records) == [60.0]
    assert night(project, at + timedelta(hours=1)).headline.startswith("nothing new; all stands as")
    assert "unusual" not in night(project, at + timedelta(hours=1)).headline


@pytest.mark.long
def test_a_night_as_of_a_day_before_judges_that_day_alone(shop_of_weeks: Project) -> None:
    project, at = shop_of_weeks, FIRST + 6 * WEEK
    project.write("landing/web/6.csv", log(at, 60, 0))
    assert "unusual: conversions of 2026-06-13 0, usually " in night(project, at).headline
    with unadorned():
        earlier = run_night(
            load_settings(project.config),
            as_of=FIRST + 4 * WEEK,
            full=True,
            journal=Journal(started_at=at + timedelta(hours=1)),
        )
    assert "unusual" not in earlier.headline
    assert project.column("select count(*) from ops.anomalies") == [1]


def test_a_touch_that_is_ahead_makes_no_day_of_today(project: Project) -> None:
    at = FIRST
    ahead = log(at + timedelta(hours=20), 1, 0).splitlines()[1]
    project.write("landing/web/0.csv", log(at, 3, 2) + ahead + "\n")
    night(project, at)
    days = project.column("select distinct day::varchar from ops.measures where source is null")
    # The day before that of the newest touch which is not ahead, as on any night.
    assert days == [f"{at - timedelta(days=2):%Y-%m-%d}"]
