"""The vault: what it keeps of whom, and what is in no byte of it any more."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline import vault as vault_module
from pipeline.errors import QueryError
from pipeline.settings import load_settings
from tests.command import recorrido
from tests.people import shop_of_people, tell
from tests.projects import Project

pytestmark = pytest.mark.usefixtures("core_only")

LOG = """
    at               | event     | user | mail         | phone          | card | cookie | counted
    -----------------+-----------+------+--------------+----------------+------+--------+--------
    2026-01-05T09:00 | view_item | ana  | Ana@shop.org | 0056 9 1234567 |      | c1     |
    2026-01-05T10:00 | view_item | bob  |              |                | L-7  | c2     |
    2026-01-05T11:00 | view_item | cleo | cleo@not.org |                |      | c3     | denied
    never            | view_item | dora | dora@not.org |                |      | c4     |
"""


def kept(project: Project) -> list[tuple[str, str]]:
    """Give kind and identifier of all that the vault keeps."""
    file = load_settings(project.config).vault_file
    with duckdb.connect(str(file), read_only=True) as vault:
        return vault.execute("select kind, identifier from identifiers order by all").fetchall()


@pytest.fixture(name="first_night", scope="module")
def _first_night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = shop_of_people(tmp_path_factory.mktemp("first_night"))
    tell(project, "a", LOG)
    project.run()
    return project


@pytest.fixture(name="people")
def _people(first_night: Project, tmp_path: Path, unadorned: None) -> Project:
    """Give a copy of the shop after its first night."""
    shutil.copytree(first_night.dir, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


def test_it_keeps_strong_identifiers_of_the_publication_in_their_normal_form(
    people: Project,
) -> None:
    # No device, nobody who denies analytics, and nobody of a refused record.
    assert kept(people) == [
        ("email", "ana@shop.org"),
        ("loyalty_id", "L-7"),
        ("phone", "+5691234567"),
        ("user_id", "ana"),
        ("user_id", "bob"),
    ]


def test_only_its_owner_reads_it_and_nothing_else_is_left(people: Project) -> None:
    file = load_settings(people.config).vault_file
    assert file.stat().st_mode & 0o777 == 0o600
    left = {each.name for each in file.parent.iterdir()}
    assert not left & {".vault", ".tonight", "vault.duckdb.wal"}


def test_one_that_was_brought_back_for_all_to_read_is_its_owners_again(people: Project) -> None:
    file = load_settings(people.config).vault_file
    file.chmod(0o644)
    people.run()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_later_night_adds_and_takes_nothing_away(people: Project) -> None:
    before = kept(people)
    tell(people, "b", "at | event | mail\n--+--\n2026-01-06T09:00 | search | eva@shop.org")
    people.run()
    assert set(kept(people)) == {*before, ("email", "eva@shop.org")}


def test_a_night_that_tells_nobody_new_leaves_it_alone(people: Project) -> None:
    file = load_settings(people.config).vault_file
    before = file.stat().st_ino
    tell(people, "b", "at | event | user\n--+--\n2026-01-06T09:00 | search | ana")
    people.run()
    assert file.stat().st_ino == before


def test_who_is_erased_is_in_no_byte_of_it(people: Project) -> None:
    file = load_settings(people.config).vault_file
    assert b"ana@shop.org" in file.read_bytes()
    recorrido("erase", "--id", "user_id=ana", cwd=people.dir)
    assert kept(people) == [("loyalty_id", "L-7"), ("user_id", "bob")]
    assert b"ana@shop.org" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_a_vault_none_is_kept(people: Project, tmp_path: Path) -> None:
    file = load_settings(people.config).vault_file
    shop_of_people(tmp_path, "[warehouse]", "vault = false")
    people.run()
    assert not file.exists()
    tell(people, "b", "at | event | mail\n--+--\n2026-01-06T09:00 | search | eva@shop.org")
    people.run()
    assert not file.exists()


def test_who_was_not_seen_for_long_leaves_it(people: Project, tmp_path: Path) -> None:
    shop_of_people(tmp_path, "[warehouse]", "keep_raw_days = 30")
    tell(people, "b", "at | event | user\n--+--\n2026-02-20T09:00 | search | bob")
    people.run()
    assert kept(people) == [("loyalty_id", "L-7"), ("user_id", "bob")]


def test_a_cut_off_that_is_still_to_come_forgets_nobody_before_the_time(
    people: Project, tmp_path: Path
) -> None:
    before = kept(people)
    shop_of_people(tmp_path, "[warehouse]", "keep_raw_days = 50000")
    people.run(as_of=datetime(2206, 1, 1, tzinfo=UTC))
    assert kept(people) == before


def test_a_killed_change_leaves_the_old_one(
    people: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(people)
    file = load_settings(people.config).vault_file

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(vault_module, "_put_in_place", stop)
    shop_of_people(tmp_path, "[warehouse]", "keep_raw_days = 30")
    tell(people, "b", "at | event | user\n--+--\n2026-02-20T09:00 | search | bob")
    with pytest.raises(KeyboardInterrupt):
        people.run()
    assert kept(people) == before
    monkeypatch.undo()
    (file.parent / ".vault").mkdir()
    (file.parent / ".vault" / "vault.duckdb").write_text("what a killed one left")
    tell(people, "c", "at | event | user\n--+--\n2026-02-21T09:00 | search | bob")
    people.run()
    assert kept(people) == [("loyalty_id", "L-7"), ("user_id", "bob")]
    assert not (file.parent / ".vault").exists()


@pytest.mark.long
def test_one_that_cannot_be_read_stops_the_night_and_says_what_to_do(people: Project) -> None:
    file = load_settings(people.config).vault_file
    file.write_bytes(b"junk" * 5000)
    tell(people, "b", "at | event | user\n--+--\n2026-01-06T09:00 | search | eva")
    before = people.contents()
    with pytest.raises(QueryError, match=r"the vault .* cannot be read: .* Bring it back"):
        people.run()
    for command in (["audience", "--out", "list.csv"], ["erase", "--id", "user_id=ana"]):
        told = recorrido(*command, cwd=people.dir, answer=2).stderr
        assert "cannot be read: " in told
        assert "Bring it back from a backup or move it away" in told
    assert people.contents() == before
    file.unlink()
    people.run()
    assert kept(people) == [("user_id", "eva")]
