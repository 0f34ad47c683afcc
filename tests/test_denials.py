"""What a record says that denies analytics: its touch is nobody's, its word is obeyed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.canonical import difference
from tests.command import recorrido
from tests.people import shop_of_people, tell
from tests.projects import Project

pytestmark = pytest.mark.usefixtures("core_only")

FIRST = """
    at               | event     | user | mail         | ads     | letters
    -----------------+-----------+------+--------------+---------+--------
    2026-01-05T09:00 | view_item | ana  | ana@shop.org | granted | granted
"""
REJECTS_ALL = """
    at               | event     | user | ads    | counted
    -----------------+-----------+------+--------+--------
    2026-01-20T09:00 | page_view | ana  | denied | denied
"""
SAID = "select purpose, state, strftime(since, '%d') from core.consents order by purpose"
REJECTED = [("ads", "denied", "20"), ("analytics", "denied", "20"), ("email", "granted", "05")]


@pytest.fixture(name="first_night", scope="module")
def _first_night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = shop_of_people(tmp_path_factory.mktemp("first_night"))
    tell(project, "a", FIRST)
    project.run()
    return project


@pytest.fixture(name="shop")
def _shop(first_night: Project, tmp_path: Path, unadorned: None) -> Project:
    """Give a copy of the shop after its first night, in which Ana granted ads and letters."""
    shutil.copytree(first_night.dir, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture(name="second_night", scope="module")
def _second_night(first_night: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("second_night")
    project = Project(shutil.copytree(first_night.dir, folder, dirs_exist_ok=True))
    tell(project, "b", REJECTS_ALL + "    never | page_view | ana | denied | denied\n")
    project.run()
    return project


@pytest.fixture(name="rejected")
def _rejected(second_night: Project, tmp_path: Path, unadorned: None) -> Project:
    """Give a copy of the shop after its second night, in which Ana took all of it back."""
    shutil.copytree(second_night.dir, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


def audience(shop: Project, out: Path) -> str:
    """Give the list of who is to see ads."""
    recorrido("audience", "--config", shop.config, "--out", out)
    return out.read_text()


def test_who_rejects_all_is_on_no_list_any_more(
    first_night: Project, second_night: Project, tmp_path: Path
) -> None:
    assert "ana@shop.org" in audience(first_night, tmp_path / "before.csv")
    assert second_night.rows(SAID) == REJECTED
    assert "ana@shop.org" not in audience(second_night, tmp_path / "after.csv")


def test_an_unsubscribe_without_consent_to_be_counted_denies_email(shop: Project) -> None:
    shop_of_people(shop.dir, "[sources.events]", 'leaves = "email_unsubscribe"')
    tell(
        shop,
        "b",
        """
        at               | event  | mail         | counted
        -----------------+--------+--------------+--------
        2026-01-20T09:00 | leaves | Ana@shop.org | denied
        """,
    )
    shop.run()
    assert ("email", "denied", "20") in shop.rows(SAID)


def test_a_later_word_ends_a_denial(rejected: Project) -> None:
    tell(
        rejected,
        "c",
        """
        at               | event     | user | ads     | counted
        -----------------+-----------+------+---------+--------
        2026-01-22T09:00 | page_view | ana  | granted | granted
        """,
    )
    rejected.run()
    granted = [("ads", "granted", "22"), ("analytics", "granted", "22"), REJECTED[2]]
    assert rejected.rows(SAID) == granted


def test_a_denial_makes_no_customer_and_links_nobody(shop: Project) -> None:
    one = "select count(*) from core."
    tables = ("customers", "sessions", "journeys", "identities", "identity_links")
    before = [shop.column(one + table) for table in tables]
    tell(
        shop,
        "b",
        """
        at               | event     | user | mail          | ads    | counted
        -----------------+-----------+------+---------------+--------+--------
        2026-01-20T09:00 | page_view | ana  | ana@two.org   | denied | denied
        2026-01-20T10:00 | page_view | zoe  | zoe@shop.org  | denied | denied
        2026-01-20T11:00 | page_view |      |               | denied | denied
        """,
    )
    shop.run()
    assert [shop.column(one + table) for table in tables] == before
    assert shop.rows(SAID) == REJECTED
    assert shop.column("select len(strong_ids) from core.denials") == [2, 2]
    assert shop.column("select count(*) from core.touchpoints where customer_id is null") == [3]


@pytest.mark.long
@pytest.mark.parametrize("replayed", [False, True])
def test_a_denial_outlives_nights_that_make_all_anew(rejected: Project, *, replayed: bool) -> None:
    if replayed:
        recorrido("rejects", "--replay", "--config", rejected.config)
    else:
        rejected.run(full=True)
    assert rejected.rows(SAID) == REJECTED
    assert rejected.column("select count(*) from core.denials") == [1]


@pytest.mark.long
def test_of_a_denial_that_is_still_to_come_nothing_is_said(
    shop: Project, new_project: Callable[[], Project]
) -> None:
    tell(shop, "b", REJECTS_ALL)
    shop.run(as_of=shop.column("select cut_off from ops.project")[0])
    assert {day for *_, day in shop.rows(SAID)} == {"05"}
    # Time alone tells of it, and concerns Ana.
    shop.run()
    assert shop.rows(SAID) == REJECTED
    fresh = shop_of_people(new_project().dir)
    fresh.write("secrets/pseudonym.key", (shop.dir / "secrets/pseudonym.key").read_bytes())
    tell(fresh, "a", FIRST)
    tell(fresh, "b", REJECTS_ALL)
    fresh.run()
    assert difference(shop.published, fresh.published) == ""


@pytest.mark.long
def test_an_erasure_takes_the_persons_denials_and_keeps_them_out(shop: Project) -> None:
    tell(shop, "b", REJECTS_ALL)
    tell(shop, "c", REJECTS_ALL.replace("| ana ", "| bob "))
    shop.run()
    recorrido("erase", "--id", "email=ana@shop.org", "--config", shop.config)
    count = "select count(*) from core.denials"
    assert shop.column(count) == [1]
    tell(shop, "d", REJECTS_ALL.replace("01-20", "01-21"))
    shop.run()
    assert shop.column(count) == [1]


def test_an_erasure_leaves_a_denial_to_others_whom_it_names(shop: Project) -> None:
    """A record that denies links nobody: who is named on it with the erased is somebody else."""
    log = """
        at               | event     | user | mail         | ads     | counted
        -----------------+-----------+------+--------------+---------+--------
        {day}T09:00      | page_view | bob  |              | granted | granted
        {day}T10:00      | page_view | bob  | ana@shop.org | denied  | denied
        """
    of_bob = "select state from core.consents where purpose = 'ads'"
    tell(shop, "b", log.format(day="2026-01-20"))
    shop.run()
    recorrido("erase", "--id", "email=ana@shop.org", "--config", shop.config)
    assert shop.column(of_bob) == ["denied"]
    tell(shop, "c", log.format(day="2026-01-21"))
    shop.run()
    assert shop.column(of_bob) == ["denied"]
    assert shop.column("select len(strong_ids) from core.denials") == [1, 1]


def test_an_unsubscribe_denies_email_whatever_else_its_record_says(shop: Project) -> None:
    tell(
        shop,
        "b",
        """
        at               | event             | user | letters | counted
        -----------------+-------------------+------+---------+--------
        2026-01-20T09:00 | email_unsubscribe | ana  | granted |
        2026-01-20T09:00 | email_unsubscribe | bob  | granted | denied
        2026-01-19T09:00 | page_view         | bob  | granted |
        """,
    )
    shop.run()
    said = "select state, count(*) from core.consents where purpose = 'email' group by all"
    assert shop.rows(said) == [("denied", 2)]
