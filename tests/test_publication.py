"""Publication: whole or not at all, with a way back, and readers notice nothing."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from pipeline import checks, faults
from pipeline.errors import (
    ConfigError,
    DiskError,
    LawError,
    LockedError,
    SourceError,
    exit_code_of,
)
from pipeline.manifest import read_manifests
from pipeline.publication import (
    forget_former,
    former_publications,
    publish,
    put_back,
    tidy,
    withdraw,
    withdrawn_publications,
)
from pipeline.space import expect_space
from pipeline.warehouse import beside, reading
from tests.command import recorrido
from tests.projects import SHOP, WEB, Project
from tests.publications import make_shadow, read

pytestmark = pytest.mark.usefixtures("core_only")

ONE_TOUCH = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n"

WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("create or replace table mine as select 1")
print("written", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Project:
    """Give a project with a publication, to be copied."""
    made = Project(tmp_path_factory.mktemp("first_night") / "shop")
    made.write("landing/web/a.csv", ONE_TOUCH)
    made.configure(SHOP, WEB)
    made.run()
    return made


@pytest.fixture
def published(project: Project, first_night: Project) -> tuple[Project, bytes]:
    """Give a project with a publication, and its bytes."""
    shutil.copytree(first_night.dir, project.dir, dirs_exist_ok=True)
    return project, project.published.read_bytes()


def test_a_broken_law_stops_publication(
    published: tuple[Project, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project, before = published
    law = tmp_path / "core.touchpoints.nobody_views.sql"
    law.write_text("select touchpoint_id, event from core.touchpoints where event = 'view_item'")
    monkeypatch.setattr(checks, "shipped", lambda folder: [law])
    project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    with pytest.raises(LawError) as caught:
        project.run()
    assert caught.value.exit_code == 3
    assert "core.touchpoints.nobody_views: 2 offender(s)" in str(caught.value)
    assert project.published.read_bytes() == before
    assert left_over(project) == []


@pytest.mark.long
def test_a_row_that_was_broken_before_stops_a_night_of_others(
    published: tuple[Project, bytes],
) -> None:
    project, _ = published
    with duckdb.connect(str(project.published)) as connection:
        connection.execute("update core.journeys set touches = touches + 1")
    project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    with pytest.raises(LawError, match=r"hold_their_touches(.|\n)*recorrido run --full"):
        project.run()
    project.run(full=True)
    assert touches(project) == [2]


def test_too_many_refused_records_stop_publication(published: tuple[Project, bytes]) -> None:
    project, before = published
    project.configure(SHOP, WEB.replace("max_rejected_rate = 1", "max_rejected_rate = 0.5"))
    bad = "never,view_item,bob\n"
    project.write("landing/web/half.csv", ONE_TOUCH.replace("ana", "bob") + bad)
    project.run()
    before = project.published.read_bytes()
    project.write("landing/web/more.csv", ONE_TOUCH.replace("ana", "cleo") + bad * 2)
    with pytest.raises(SourceError, match=r"2 of 3 records .* not_a_time, 2 times") as caught:
        project.run()
    assert caught.value.exit_code == 5
    assert "landing/web/more.csv, record 2" in str(caught.value)
    assert "say time_format or time_unit of the source" in str(caught.value)
    assert project.published.read_bytes() == before
    assert left_over(project) == []


def test_conflicts_are_not_counted_among_the_refused(project: Project) -> None:
    strict = WEB.replace("max_rejected_rate = 1", "max_rejected_rate = 0")
    project.configure(SHOP, strict + 'native_id = "id"')
    project.write(
        "landing/web/a.csv",
        "id,at,event,who\n1,2026-01-05T09:00Z,search,ana\n1,2026-01-05T09:00Z,login,ana\n",
    )
    assert "1 accepted, 0 duplicate, 1 rejected" in project.run().headline


@pytest.mark.parametrize("files", [{}, {"landing/web/a.xlsx": "x", "landing/web/b.csv": ""}])
def test_a_source_without_a_readable_file_stops_publication(
    project: Project, files: dict[str, str]
) -> None:
    for name, content in files.items():
        project.write(name, content)
    with pytest.raises(SourceError, match=r"source web: .* Nothing was published") as caught:
        project.run()
    assert caught.value.exit_code == 5
    assert not project.published.exists()
    assert left_over(project) == []


@pytest.mark.long
def test_a_reader_that_holds_the_old_publication_is_not_disturbed(
    published: tuple[Project, bytes],
) -> None:
    project, _ = published
    code = (
        "import sys, duckdb\n"
        "told = duckdb.connect(sys.argv[1], read_only=True)\n"
        "count = 'select count(*) from core.touchpoints'\n"
        "print(told.sql(count).fetchall(), flush=True)\n"
        "sys.stdin.readline()\n"
        "print(told.sql(count).fetchall(), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(project.published)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        before = reader.stdout.readline()
        project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
        project.run()
        after, _ = reader.communicate("\n", timeout=60)
    assert before == after == "[(1,)]\n"
    assert project.column("select count(*) from core.touchpoints") == [2]


def test_what_a_killed_run_left_is_cleaned_away(published: tuple[Project, bytes]) -> None:
    project, _ = published
    project.write("warehouse/.tonight/shadow.duckdb", b"cut off")
    project.write("warehouse/.tonight/shadow.duckdb.wal", b"cut off")
    project.write("warehouse/.tonight/spill/x.tmp", b"who")
    project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    project.run()
    assert project.column("select count(*) from core.touchpoints") == [2]
    assert left_over(project) == []


def test_what_was_withdrawn_goes_also_after_a_run_that_was_killed_behind_its_swap(
    tmp_path: Path,
) -> None:
    published = tmp_path / "journeys.duckdb"
    for generation in (1, 2):
        publish(make_shadow(tmp_path / "shadow.duckdb", generation), published)
    withdraw(published, former_publications(tmp_path)[0])
    (withdrawn,) = withdrawn_publications(tmp_path)
    tidy(published)
    assert withdrawn_publications(tmp_path) == [withdrawn]
    content = withdrawn.read_bytes()
    publish(make_shadow(tmp_path / "shadow.duckdb", 3), published)
    withdrawn.write_bytes(content)
    tidy(published)
    assert withdrawn_publications(tmp_path) == []


def test_an_error_behind_the_swap_says_that_the_night_was_published(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(name: str) -> None:
        if name == "publication: sync the folder":
            raise OSError(errno.EIO, os.strerror(errno.EIO), "warehouse")

    project.write("landing/web/a.csv", ONE_TOUCH)
    monkeypatch.setattr(faults, "_armed", [break_down])
    told = recorrido("run", cwd=project.dir, answer=exit_code_of(OSError()))
    assert "the night was published already" in told.stderr
    (manifest,) = read_manifests(project.dir / "warehouse")
    assert (manifest["outcome"], manifest["is_published"]) == ("failed", True)
    assert touches(project) == [1]


def test_what_was_written_by_hand_is_taken_over_and_no_log_is_left(
    published: tuple[Project, bytes],
) -> None:
    project, _ = published
    assert not log_of(project).exists()
    with duckdb.connect(str(project.published)) as connection:
        connection.execute("create table mine as select 1")
    assert project.run().intake is None


def test_what_somebody_wrote_who_was_killed_is_not_replayed_into_the_next_publication(
    published: tuple[Project, bytes],
) -> None:
    project, _ = published
    with running(WRITER, project.published) as writer:
        writer.kill()
    assert log_of(project).exists()
    project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    project.run()
    assert not log_of(project).exists()
    assert touches(project) == [2]
    assert project.column("select table_name from duckdb_tables() where table_name = 'mine'") == []


def test_nothing_is_published_while_somebody_writes_to_the_publication(tmp_path: Path) -> None:
    published = tmp_path / "journeys.duckdb"
    publish(make_shadow(tmp_path / "shadow.duckdb", 1), published)
    with running(WRITER, published) as writer:
        with pytest.raises(LockedError, match="another process has it open to write"):
            publish(make_shadow(tmp_path / "shadow.duckdb", 2), published)
        for opened in (reading(published), beside(published, 10**9)):
            with pytest.raises(LockedError, match="open to write"), opened:
                pass
        writer.communicate("\n", timeout=60)
    assert read(published).generation == 1
    assert former_publications(tmp_path) == []
    publish(tmp_path / "shadow.duckdb", published)
    assert read(published).generation == 2


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_as_many_former_publications_stay_as_are_asked_for(tmp_path: Path, keep: int) -> None:
    published = tmp_path / "journeys.duckdb"
    for generation in range(1, 6):
        publish(make_shadow(tmp_path / "shadow.duckdb", generation, rows=1), published, keep=keep)
    former = former_publications(tmp_path)
    assert [read(file).generation for file in former] == [4, 3, 2][:keep]
    forget_former(tmp_path)
    assert former_publications(tmp_path) == []
    assert read(published).generation == 5


def test_a_clock_that_was_ahead_turns_no_way_back_round(tmp_path: Path) -> None:
    published = tmp_path / "journeys.duckdb"
    publish(make_shadow(tmp_path / "shadow.duckdb", 1), published)
    os.utime(published, (2**32, 2**32))
    for generation in (2, 3):
        publish(make_shadow(tmp_path / "shadow.duckdb", generation), published)
    assert [read(file).generation for file in former_publications(tmp_path)] == [2, 1]
    withdraw(published, former_publications(tmp_path)[0])
    tidy(published)
    assert [read(file).generation for file in withdrawn_publications(tmp_path)] == [3]


def test_what_is_newer_than_a_publication_of_a_backup_is_withdrawn(tmp_path: Path) -> None:
    published, copy = tmp_path / "journeys.duckdb", tmp_path / "copy.duckdb"
    publish(make_shadow(tmp_path / "shadow.duckdb", 1), published)
    shutil.copy2(published, copy)
    for generation in (2, 3):
        publish(make_shadow(tmp_path / "shadow.duckdb", generation), published)
    ones_own = tmp_path / "previous" / "mine.duckdb"
    ones_own.write_bytes(b"nobody else's")
    os.replace(copy, published)
    tidy(published)
    assert [read(file).generation for file in withdrawn_publications(tmp_path)] == [2]
    assert former_publications(tmp_path) == [ones_own]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on another disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk here")
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_former_publications_may_lie_on_another_disk(tmp_path: Path, elsewhere: Path) -> None:
    published = tmp_path / "journeys.duckdb"
    (tmp_path / "previous").symlink_to(elsewhere)
    (elsewhere / "lost+found").mkdir()
    for generation in (1, 2, 3):
        publish(make_shadow(tmp_path / "shadow.duckdb", generation), published)
    withdraw(published, former_publications(tmp_path)[0])
    withdraw(published, former_publications(tmp_path)[0])
    assert read(published).generation == 1
    assert [read(file).generation for file in withdrawn_publications(tmp_path)] == [2, 3]
    put_back(published, withdrawn_publications(tmp_path)[0])
    assert read(published).generation == 2
    assert [read(file).generation for file in former_publications(tmp_path)] == [1]
    forget_former(tmp_path)
    assert [file.name for file in elsewhere.iterdir()] == ["lost+found"]
    publish(make_shadow(tmp_path / "shadow.duckdb", 4), published)
    assert [read(file).generation for file in former_publications(tmp_path)] == [2]
    # Of a disk that is not there nothing can go: whoever erases is told, and the word stands.
    (tmp_path / "previous").unlink()
    (tmp_path / "previous").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="Mount it, or bring it back"):
        forget_former(tmp_path)


def test_a_publication_killed_at_any_step_leaves_the_old_or_the_new_and_a_way_on(
    tmp_path: Path,
) -> None:
    script = "tests/killed_publications.py"
    done = subprocess.run(
        [sys.executable, script, str(tmp_path)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == "44 kills\n"


def test_a_night_that_the_disk_has_no_room_for_does_not_begin(tmp_path: Path) -> None:
    published = tmp_path / "journeys.duckdb"
    free = shutil.disk_usage(tmp_path).free
    expect_space(published, [(tmp_path / "a.csv", 1000)])
    with pytest.raises(
        DiskError, match=r"expected about .* of free disk .* \[warehouse\]"
    ) as caught:
        expect_space(published, [(tmp_path / "a.csv", free)])
    assert caught.value.exit_code == 1
    with pytest.raises(DiskError):
        expect_space(published, [(tmp_path / "a.csv.gz", free // 9)])


def touches(project: Project) -> list[int]:
    return project.column("select count(*) from core.touchpoints")


def log_of(project: Project) -> Path:
    return Path(f"{project.published}.wal")


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a program until it has written its first line."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def left_over(project: Project) -> list[Path]:
    """List what a run left in the warehouse's folder that is neither published nor its lock."""
    return [file for file in (project.dir / "warehouse").glob(".*") if "lock" not in file.name]


def test_a_warehouse_of_another_layout_is_not_touched_and_the_way_out_is_told(
    published: tuple[Project, bytes],
) -> None:
    project, _ = published
    with duckdb.connect(str(project.published)) as connection:
        connection.execute("alter table ops.project drop column layout")
    before = project.published.read_bytes()
    project.write("landing/web/b.csv", ONE_TOUCH.replace("ana", "bob"))
    with pytest.raises(ConfigError, match=r"found layout 1\. Move the file away"):
        project.run()
    assert project.published.read_bytes() == before
