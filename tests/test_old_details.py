"""What is raw of a touch ends with time: in no byte of the file, and without moving a figure."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.projects import SHOP_WITH_VAULT, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

DETAILS = """
    native_id = "id"
    page_url = "page"
    referrer = "from"
    utm_term = "term"
    utm_content = "banner"
    received_at = "got"
"""
HEADER = "id,at,event,who,page,from,term,banner,got,mood\n"
FAR = datetime(2206, 1, 1, tzinfo=UTC)
OLD = "1,2026-01-05T09:00:00Z,{event},ana,https://shop.example/old-page,https://old.example/x,red roses,old-banner,,old-mood\n"  # noqa: E501
NEW = "2,2026-03-05T09:00:00Z,search,bob,https://shop.example/new-page,,,,,new-mood\n"
KEEP = """
    [warehouse]
    keep_raw_days = 30
"""
KEPT = "select page_url, referrer, utm_content, props from core.touchpoints order by occurred_at"


def shop(directory: Path, *more: str) -> Project:
    """Configure the shop; what the file tells besides is a property."""
    project = Project(directory)
    source = WEB.replace('user_id = "who"', 'user_id = "who"' + DETAILS).replace(
        "[sources.columns]", 'props = ["mood"]\n[sources.columns]'
    )
    project.configure(SHOP_WITH_VAULT, source, *more)
    return project


@pytest.fixture(name="first_night", scope="module")
def _first_night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = shop(tmp_path_factory.mktemp("first_night"))
    project.write("landing/web/a.csv", HEADER + OLD.format(event="view_item"))
    project.run()
    return project


@pytest.fixture(name="old")
def _old(first_night: Project, tmp_path: Path, unadorned: None) -> Project:
    """Give a copy of the shop after its first night."""
    shutil.copytree(first_night.dir, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture(name="second_night", scope="module")
def _second_night(first_night: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("second_night")
    project = Project(shutil.copytree(first_night.dir, folder, dirs_exist_ok=True))
    project.write("landing/web/b.csv", HEADER + NEW)
    project.run()
    return project


@pytest.fixture(name="older")
def _older(second_night: Project, tmp_path: Path, unadorned: None) -> Project:
    """Give a copy of the shop after its second night, when nothing has ended yet."""
    shutil.copytree(second_night.dir, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture(name="ended_night", scope="module")
def _ended_night(first_night: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("ended_night")
    shutil.copytree(first_night.dir, folder, dirs_exist_ok=True)
    project = shop(folder, KEEP)
    project.write("landing/web/b.csv", HEADER + NEW)
    project.run()
    return project


@pytest.fixture(name="ended")
def _ended(ended_night: Project, tmp_path: Path, unadorned: None) -> Project:
    """Give a copy of the shop after a second night that ended what is old."""
    shutil.copytree(ended_night.dir, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


def test_details_end_in_a_night_without_news_too(older: Project, tmp_path: Path) -> None:
    shop(tmp_path, KEEP)
    assert not older.run().headline.startswith("nothing new")
    assert older.rows(KEPT)[0] == (None, None, None, None)
    assert older.run().headline.startswith("nothing new")


def test_details_of_old_touches_end_to_the_byte(first_night: Project, ended: Project) -> None:
    assert first_night.rows(KEPT) == [
        (
            "https://shop.example/old-page",
            "https://old.example/x",
            "old-banner",
            '{"mood":"old-mood"}',
        )
    ]
    assert ended.rows(KEPT) == [
        (None, None, None, None),
        ("https://shop.example/new-page", None, None, '{"mood":"new-mood"}'),
    ]
    content = ended.published.read_bytes()
    for told in (b"old-page", b"old.example/x", b"old-banner", b"old-mood"):
        assert told not in content
    # What figures hang on stays.
    assert ended.column("select utm_term from core.touchpoints where utm_term is not null") == [
        "red roses"
    ]
    assert ended.column("select referrer_host from core.touchpoints order by occurred_at") == [
        "old.example",
        None,
    ]


def test_no_figure_moves(older: Project, tmp_path: Path) -> None:
    before = older.contents()
    shop(tmp_path, KEEP)
    older.run(full=True)
    after = older.contents()
    touches = "core.touchpoints"
    assert len(before.pop(touches)) == len(after.pop(touches))
    assert after == before


@pytest.mark.long
def test_properties_that_a_rule_asks_for_are_kept(old: Project, tmp_path: Path) -> None:
    rule = """
        [[stages.rules]]
        event = "view_item"
        props = { mood = "old-mood" }
        stage = "need"
    """
    shop(tmp_path, KEEP, rule)
    old.write("landing/web/b.csv", HEADER + NEW)
    old.run()
    assert old.rows(KEPT)[0] == (None, None, None, '{"mood":"old-mood"}')
    old.run(full=True)
    assert old.column("select deepest_stage from core.journeys order by started_at") == [
        "need",
        "research",
    ]


@pytest.mark.long
def test_an_old_touch_told_again_is_a_duplicate_still(ended: Project) -> None:
    ended.write("landing/web/c.csv", HEADER + NEW + OLD.format(event="view_item"))
    ended.run()
    assert ended.rows("select duplicates, conflicts from ops.loads where file like '%c.csv'") == [
        (2, 0)
    ]
    assert ended.rows(KEPT)[0] == (None, None, None, None)
    # Another content is a conflict as ever; details that one of them brings end as well.
    ended.write("landing/web/d.csv", HEADER + OLD.format(event="search"))
    ended.run()
    assert ended.column("select sum(conflicts) from ops.loads") == [1]
    assert ended.rows(KEPT)[0] == (None, None, None, None)


@pytest.mark.long
def test_they_end_by_weeks(old: Project, tmp_path: Path) -> None:
    shop(tmp_path, KEEP)
    # 30 days before is Sunday, 11 January, whose week is not over; a day later it is.
    for day, has_ended in (("02-10", False), ("02-11", True)):
        old.write(f"landing/web/{day}.csv", HEADER + f"{day},2026-{day}T10:00Z,search,bob,,,,,,\n")
        old.run()
        assert (old.rows(KEPT)[0][0] is None) is has_ended
    found = old.column("select details_before::varchar from ops.project")
    assert found == ["2026-01-12 00:00:00+00"]


def test_a_cut_off_that_is_still_to_come_ends_none_before_its_time(
    old: Project, tmp_path: Path
) -> None:
    told = old.rows(KEPT)
    shop(tmp_path, KEEP.replace("30", "50000"))
    old.run(as_of=FAR)
    assert old.rows(KEPT) == told
