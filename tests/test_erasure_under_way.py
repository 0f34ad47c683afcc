"""An erasure under way: what holds it up, what waits for it, and the list that outlives it."""

import errno
import os
import re
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline import faults
from pipeline.erase import erase as erase_person
from pipeline.erasure.person import read_wanted
from pipeline.errors import ConfigError, LockedError
from pipeline.interrupts import NOTHING, Interrupted
from pipeline.lock import one_run_at_a_time
from pipeline.publication import former_publications
from pipeline.settings import load_settings
from pipeline.suppression import read_list
from tests.command import recorrido
from tests.erasure_shop import copied, shop_of_two_nights
from tests.projects import Project, core_only


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return shop_of_two_nights(tmp_path_factory.mktemp("under_way") / "shop")


@pytest.fixture(scope="module")
def gone(shop: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shop once Ana is erased."""
    project = copied(shop, tmp_path_factory.mktemp("gone") / "shop")
    recorrido("erase", "--id", "email=ana@x.org", cwd=project.dir)
    return project


@pytest.mark.long
def test_an_erasure_that_another_run_holds_up_says_that_it_is_listed(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unadorned: None
) -> None:
    project = copied(shop, tmp_path / "shop")
    room = project.dir / "warehouse" / ".sensitivity"
    with ExitStack() as others:

        def come_in_between(name: str) -> None:
            if name == "night: make its folder" and not room.exists():
                others.enter_context(one_run_at_a_time(room, "sensitivity"))

        monkeypatch.setattr(faults, "_armed", [come_in_between])
        others.enter_context(core_only())
        with pytest.raises(LockedError, match="stands on the suppression list by now"):
            erase_person(load_settings(project.config), [read_wanted("user_id=ana")])


def test_an_erasure_that_is_interrupted_says_that_it_is_listed(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(shop, tmp_path / "shop")

    def interrupt(name: str) -> None:
        if name == "night: open the shadow":
            raise Interrupted(signal.SIGTERM, NOTHING)

    monkeypatch.setattr(faults, "_armed", [interrupt])
    told = recorrido("erase", "--id", "user_id=ana", cwd=project.dir, answer=143).stderr
    assert "interrupted by SIGTERM; the erasure stands on the suppression list by now" in told


def test_an_erasure_that_cannot_be_listed_erases_nobody_and_says_so(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(shop, tmp_path / "shop")

    def fill_up(name: str) -> None:
        if name == "suppression: write the list beside the old one":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "pseudonym.erased.part")

    with monkeypatch.context() as armed:
        armed.setattr(faults, "_armed", [fill_up])
        told = recorrido("erase", "--id", "user_id=ana", cwd=project.dir, answer=1).stderr
    assert "so nobody was erased" in told
    assert not (project.dir / "warehouse/.erasing").exists()
    assert recorrido("run", cwd=project.dir).stdout.startswith("nothing new")


def test_an_erasure_that_was_killed_before_it_was_listed_is_no_finished_one(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(shop, tmp_path / "shop")
    former = former_publications(project.dir / "warehouse")

    def kill(name: str) -> None:
        if name == "suppression: write the list beside the old one":
            raise KeyboardInterrupt

    with monkeypatch.context() as armed:
        armed.setattr(faults, "_armed", [kill])
        with pytest.raises(KeyboardInterrupt):
            erase_person(load_settings(project.config), [read_wanted("user_id=ana")])
    assert "never reached" in recorrido("rollback", cwd=project.dir, answer=2).stderr
    told = recorrido("run", cwd=project.dir)
    assert "1 erasure(s) begun before ended on the way" in told.stderr
    assert told.stdout.startswith("nothing new")
    assert former_publications(project.dir / "warehouse") == former
    assert not (project.dir / "warehouse/.erasing").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("audience", "--out", "list.csv"),
        ("export", "tables"),
        ("graph", "--format", "ocel", "--out", "log.json"),
        ("query", "top_paths", "--out", "paths.csv"),
        ("funnel", "purchase", "--out", "funnel.csv"),
    ],
)
def test_nothing_is_written_out_while_somebody_who_is_erased_may_be_in_it(
    shop: Project, gone: Project, tmp_path: Path, command: tuple[str, ...]
) -> None:
    project = copied(gone, tmp_path / "shop")
    recorrido(*command, cwd=project.dir)
    begun = project.write("warehouse/.erasing", "")
    assert "is not finished" in recorrido(*command, cwd=project.dir, answer=2).stderr
    begun.unlink()
    project.published.write_bytes(shop.published.read_bytes())
    assert "does not obey yet" in recorrido(*command, cwd=project.dir, answer=2).stderr


@pytest.mark.parametrize(
    ("point", "command"),
    [
        ("audience: write the list", ("audience", "--out", "out/list.csv")),
        ("export: write a table", ("export", "out", "--tables", "core.customers,core.sessions")),
        ("ocel: write", ("graph", "--format", "ocel", "--out", "out/log.json")),
    ],
)
def test_nothing_is_written_out_of_before_an_erasure_once_it_is_over(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, command: tuple[str]
) -> None:
    project = copied(shop, tmp_path / "shop")

    def erase_meanwhile(name: str) -> None:
        if name.startswith(point):
            project.write("secrets/pseudonym.erased", "erasure_id,kind,mark\ne1,erasure,k1\n")

    with monkeypatch.context() as armed:
        armed.setattr(faults, "_armed", [erase_meanwhile])
        told = recorrido(*command, cwd=project.dir, answer=4).stderr
    assert "an erasure took place meanwhile" in told
    assert not (project.dir / "out").exists() or not [*(project.dir / "out").iterdir()]


def test_an_erasure_begins_no_list_where_one_is_missing(gone: Project, tmp_path: Path) -> None:
    project = copied(gone, tmp_path / "shop")
    listed = project.dir / "secrets/pseudonym.erased"
    whole = listed.read_bytes()
    listed.unlink()
    told = recorrido("erase", "--id", "user_id=bob", cwd=project.dir, answer=2).stderr
    assert "lacks 1 of the erasures" in told
    assert "Nothing was changed" in told
    assert not listed.exists()
    assert not (project.dir / "warehouse/.erasing").exists()
    listed.write_bytes(whole)
    assert recorrido("run", cwd=project.dir).stdout.startswith("nothing new")


def test_a_list_that_was_cut_short_is_noticed(gone: Project, tmp_path: Path) -> None:
    project = copied(gone, tmp_path / "shop")
    listed = project.dir / "secrets/pseudonym.erased"
    whole = listed.read_bytes()
    # A list of nobody is whole; that it lacks somebody, the publication knows.
    header = whole.index(b"\n") + 1
    for cut in {*range(1, 60), *range(60, len(whole), 29)} - {header}:
        listed.write_bytes(whole[:cut])
        with pytest.raises(ConfigError, match="suppression list"):
            read_list(listed)
    lines = whole.splitlines(keepends=True)
    for count in range(2, len(lines)):
        listed.write_bytes(b"".join(lines[:count]))
        with pytest.raises(ConfigError, match="or a part of it"):
            read_list(listed)
    listed.write_bytes(whole)
    assert read_list(listed).height == len(lines) - 1


def test_a_list_that_is_lost_stops_the_night(gone: Project, tmp_path: Path) -> None:
    project = copied(gone, tmp_path / "shop")
    (project.dir / "secrets" / "pseudonym.erased").unlink()
    assert "suppression list" in recorrido("run", cwd=project.dir, answer=2).stderr


def test_ids_by_which_the_erased_are_not_known_stop_the_night(
    gone: Project, tmp_path: Path
) -> None:
    project = copied(gone, tmp_path / "shop")
    config = project.config.read_text()
    project.config.write_text(config.replace('name = "web"', 'name = "web"\nnamespace = "site"'))
    for rehearsal in ([], ["--dry-run"]):
        told = recorrido("run", *rehearsal, cwd=project.dir, answer=2).stderr
        assert "source web: expected namespace, order_space and order_id_pattern" in told


def test_a_list_under_another_key_stops_the_night(gone: Project, tmp_path: Path) -> None:
    project = copied(gone, tmp_path / "shop")
    file = project.dir / "secrets" / "pseudonym.erased"
    file.write_text(re.sub(",erasure,.*", ",erasure,0123456789ab", file.read_text()))
    assert "another key" in recorrido("run", cwd=project.dir, answer=2).stderr


def test_the_list_holds_nothing_that_a_copy_of_the_warehouse_holds(
    shop: Project, gone: Project
) -> None:
    listed = (gone.dir / "secrets" / "pseudonym.erased").read_text()
    ids = shop.column(
        "select touchpoint_id from core.touchpoints union select identifier from core.identities"
    )
    assert len(ids) > 20
    assert not [one for one in ids if one in listed]
