"""A night: files load once, late touches find their place, and it publishes whole or not at all."""

import errno
import io
import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipeline import faults
from pipeline.cli.command import told_of
from pipeline.errors import DiskError, SourceError
from pipeline.ingest.look import Look
from pipeline.ingest.records import open_records
from pipeline.ingest.unpack import chunks
from pipeline.night import Night
from pipeline.warehouse import Warehouse
from pipeline.warehouse.handle import own_error
from tests.projects import SHOP, SHOP_WITH_VAULT, WEB, Project
from tests.three_nights import NIGHTS, bring, two_sources

pytestmark = pytest.mark.usefixtures("core_only")

Maker = Callable[[], Project]

ONE_TOUCH = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n"


def test_a_late_touch_lands_in_its_journey(project: Project) -> None:
    two_sources(project)
    bring(project, 0)
    project.run()
    (before,) = project.column(
        "select steps from core.journeys where deepest_stage = 'evaluation' "
        "and first_channel = 'web'"
    )
    bring(project, 1)
    project.run()
    bring(project, 2)
    project.run()
    assert before == 2
    # Bob bought at 10:15 of the first day, as the third night told.
    assert project.rows(
        "select events from (select journey_id, list(event order by occurred_at) as events, "
        "min(occurred_at) as began_at from core.touchpoints group by journey_id) "
        "where list_contains(events, 'search')"
    ) == [(["search", "begin_checkout", "purchase"],)]


def test_a_second_run_loads_nothing_twice_and_says_so(project: Project) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    first = project.run()
    published = project.published.read_bytes()
    second = project.run()
    assert first.headline == "1 files, 1 records: 1 accepted, 0 duplicate, 0 rejected"
    assert second.headline == "nothing new; all stands as published"
    assert second.intake is None
    assert project.published.read_bytes() == published


@pytest.mark.long
def test_a_folder_that_is_gone_is_no_night_without_files(project: Project) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    (project.dir / "landing/web").rename(project.dir / "landing/wbe")
    with pytest.raises(
        SourceError, match=r"source web: expected a folder .*landing/web whose"
    ) as it:
        project.run()
    assert it.value.exit_code == 5
    # What is asked for, or new elsewhere, does not wait for it.
    assert project.run(full=True).intake is not None


@pytest.mark.long
def test_a_link_that_leads_nowhere_is_no_night_without_files(project: Project) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    link = project.dir / "landing/web/b.csv"
    link.symlink_to(project.dir / "not mounted/b.csv")
    with pytest.raises(SourceError, match=r"source web: .* link that leads nowhere: .*/b\.csv"):
        project.run()
    (project.dir / "not mounted").mkdir()
    project.write("not mounted/b.csv", ONE_TOUCH)
    with suppress(SourceError):
        project.run()
    link.unlink()
    assert project.run().headline.startswith("nothing new")


@pytest.mark.long
def test_a_file_that_goes_or_changes_while_it_is_read_waits_for_the_next_night(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = project.write("landing/web/a.csv", ONE_TOUCH)
    goes = project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    changes = project.write("landing/web/c.csv", ONE_TOUCH.replace("ana", "cleo"))
    first = changes.read_bytes()

    def disturb(name: str) -> None:
        if name == "loading: look at a file":
            goes.unlink(missing_ok=True)
        if name == "loading: run the adapter" and changes.exists():
            changes.write_text(ONE_TOUCH.replace("ana", "cleo and more"))

    with monkeypatch.context() as armed:
        armed.setattr(faults, "_armed", [disturb])
        project.run()
    told = "select file[13:13], refused_reason, accepted from ops.loads order by loaded_at, file"
    assert good.exists()
    assert project.rows(told) == [("a", None, 1), ("b", "no_access", 0), ("c", "changed", 0)]
    # Neither is known by what was found of it, the bytes that were there first least of all; and
    # one that cannot be read for long is no reason to stop.
    changes.unlink()
    goes.write_text(ONE_TOUCH.replace("ana", "bob"))
    with monkeypatch.context() as armed:
        armed.setattr(faults, "_armed", [disturb])
        project.run()
    assert project.rows(told)[1:] == [("c", "changed", 0), ("b", "no_access", 0)]
    goes.write_text(ONE_TOUCH.replace("ana", "bob"))
    changes.write_bytes(first)
    project.run()
    assert project.rows(told) == [("a", None, 1), ("b", None, 1), ("c", None, 1)]
    assert project.column("select count(distinct customer_id) from core.touchpoints") == [3]


@pytest.mark.parametrize(
    ("number", "name", "is_tried_again"),
    [
        (errno.ESTALE, "landing/web/a.csv", True),
        (errno.EACCES, "landing/web/a.csv", True),
        (errno.EINTR, "landing/web/a.csv", False),
        (errno.EMFILE, "landing/web/a.csv", False),
        (errno.EACCES, "warehouse/.tonight/spill", False),
    ],
)
def test_a_machine_that_fails_while_duckdb_reads_costs_no_file(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    name: str,
    is_tried_again: bool,
) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    told = f'IO Error: Cannot open file "{project.dir / name}": {os.strerror(number)}'

    def open_half(warehouse: Warehouse, look: Look, *more: Any) -> int:
        if look.file.name == "a.csv":
            raise own_error(duckdb.IOException(told))
        return open_records(warehouse, look, *more)

    with monkeypatch.context() as armed:
        armed.setattr("pipeline.ingest.load.open_records", open_half)
        with nullcontext() if is_tried_again else pytest.raises(DiskError):
            project.run()
    reasons = "select refused_reason from ops.loads order by file"
    assert not is_tried_again or project.column(reasons) == ["no_access", None]
    project.run()
    assert project.column(reasons) == [None, None]


def test_memory_that_lacks_while_a_file_is_unpacked_does_not_damage_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise pa.ArrowMemoryError("malloc of 8 failed")

    file = tmp_path / "a.csv"
    file.write_text(ONE_TOUCH)
    monkeypatch.setattr("pipeline.ingest.unpack.opened", lambda _: Cut())
    with pytest.raises(MemoryError):
        list(chunks(file))


@pytest.mark.parametrize("seconds", [2**32, 10_413_792_000])  # the years 2106 and 2300
def test_a_file_from_a_clock_that_is_ahead_is_loaded(project: Project, seconds: int) -> None:
    file = project.write("landing/web/a.csv", ONE_TOUCH)
    os.utime(file, (seconds, seconds))
    assert project.run().intake is not None
    assert project.column("select refused_reason from ops.loads") == [None]
    assert project.run().headline.startswith("nothing new")


@pytest.mark.parametrize("what", ["a folder", "a file", "a link"])
def test_what_lies_where_a_night_works_gives_way(project: Project, what: str) -> None:
    project.configure(SHOP_WITH_VAULT, WEB)
    project.write("landing/web/a.csv", ONE_TOUCH)
    for name in (".tonight", ".vault"):
        place = project.dir / "warehouse" / name
        if what == "a folder":
            project.write(f"warehouse/{name}/left.duckdb", "")
        elif what == "a file":
            project.write(f"warehouse/{name}", "")
        else:
            place.parent.mkdir(exist_ok=True)
            place.symlink_to(project.dir / "landing")
    project.run()
    assert project.column("select refused_reason from ops.loads") == [None]
    left = {file.name for file in (project.dir / "warehouse").iterdir()}
    assert not left & {".tonight", ".vault"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_where_a_night_works_what_is_another_users_is_said_to_be() -> None:
    with TemporaryDirectory() as folder:  # pytest's lie in one of its user alone
        Path(folder).chmod(0o755)
        place = Path(folder) / ".tonight"
        place.mkdir(mode=0o700)
        (place / "left.duckdb").touch()
        os.seteuid(65534)
        try:
            with pytest.raises(PermissionError) as it:
                Night(place.with_name("journeys.duckdb"), 10**9)
            told = told_of(it.value)
        finally:
            os.seteuid(0)
    assert told.startswith(f"{place}: Permission denied. {place} belongs to user root")


def test_a_project_may_lie_in_a_folder_of_any_name(new_project: Maker) -> None:
    project = new_project()
    moved = project.dir.rename(project.dir.with_name("it's [2026] 100%"))
    project = Project(moved)
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    assert project.column("select file from ops.loads") == ["landing/web/a.csv"]


@pytest.mark.long
def test_an_as_of_beyond_every_touch_ends_what_is_silent(project: Project) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    assert project.column("select state from core.journeys") == ["open"]
    project.run(as_of=datetime(2026, 4, 5, 9, tzinfo=UTC))
    assert project.column("select state from core.journeys") == ["open"]
    project.run(as_of=datetime(2026, 4, 5, 9, 0, 1, tzinfo=UTC))
    assert project.column("select state from core.journeys") == ["dropped"]


def test_other_settings_rebuild_the_journeys_of_the_same_touches(project: Project) -> None:
    project.write_log("landing/web/a.csv", NIGHTS[0]["landing/web/1.csv"])
    project.run()
    assert project.column("select count(*) from core.sessions") == [2]
    project.configure(SHOP, WEB, "[sessions]\nsilence = '5m'")
    outcome = project.run()
    assert outcome.intake is not None
    assert outcome.intake.files == 0
    assert project.column("select count(*) from core.sessions") == [4]


def test_a_new_name_for_an_event_holds_for_stored_touches_too(project: Project) -> None:
    project.write_log("landing/web/a.csv", NIGHTS[1]["landing/web/2.csv"])
    project.run()
    assert project.column("select event from ops.unmapped") == ["mystery"]
    project.configure(SHOP, WEB, "[[stages.rules]]\nevent = 'mystery'\nstage = 'need'")
    project.run()
    assert project.column("select event from ops.unmapped") == []


@pytest.mark.long
def test_a_source_that_brings_nothing_is_named_in_the_headline(project: Project) -> None:
    two_sources(project)
    bring(project, 0)
    project.run()
    project.write_log("landing/web/2.csv", NIGHTS[1]["landing/web/2.csv"])
    assert project.run().headline.endswith("silent tonight: shop")


@pytest.mark.long
def test_a_file_that_may_not_be_opened_makes_one_night_and_is_told_in_each(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    closed = project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    may = os.access

    def disturb(name: str) -> None:
        if name == "loading: look at a file":
            raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as armed:
        armed.setattr(os, "access", lambda file, mode: file != closed and may(file, mode))
        armed.setattr(faults, "_armed", [disturb])
        assert "refused whole: 1" in project.run().headline
        assert project.column("select count(*) from ops.runs") == [2]
        for _ in range(2):
            with pytest.raises(
                SourceError, match=r"web: expected a file that can be opened.*b\.csv"
            ):
                project.run()
        assert project.column("select count(*) from ops.runs") == [2]
    project.run()
    assert project.column("select count(*) from core.touchpoints") == [2]


@pytest.mark.long
def test_an_empty_file_of_a_source_that_was_read_before_stops_no_night(project: Project) -> None:
    two_sources(project)
    bring(project, 0)
    project.write("landing/web/empty.csv", "")
    project.run()
    bring(project, 1)
    for file in project.dir.glob("landing/web/*1*"):
        file.unlink()
    project.write("landing/web/empty_too.csv", "\n")
    told = project.run().headline
    assert "refused whole: 1" in told
    assert project.column("select sum(accepted) > 0 from ops.loads") == [True]


def test_a_file_whose_time_lies_far_ahead_is_settled(project: Project) -> None:
    project.configure(SHOP, WEB.replace('channel = "web"', 'channel = "web"\n    settle = "5m"'))
    file = project.write("landing/web/a.csv", ONE_TOUCH)
    os.utime(file, (2**32, 2**32))
    assert project.run().intake is not None
