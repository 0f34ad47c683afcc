"""Publication: whole or not at all, one run at a time, and readers notice nothing."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline import checks
from pipeline.errors import ConfigError, LawError, LockedError, SourceError
from tests.projects import SHOP, WEB, Project

ONE_TOUCH = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n"


@pytest.fixture
def published(project: Project) -> tuple[Project, bytes]:
    """Give a project with a publication, and its bytes."""
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
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


def test_a_second_run_at_the_same_time_ends_at_once_with_the_pid_of_the_first(
    published: tuple[Project, bytes],
) -> None:
    project, before = published
    code = (
        "import sys, pathlib\n"
        "from pipeline.lock import one_run_at_a_time\n"
        "with one_run_at_a_time(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(project.dir / "warehouse")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}") as caught:
            project.run()
        holder.communicate("\n", timeout=60)
    assert caught.value.exit_code == 4
    assert project.published.read_bytes() == before
    assert project.run().intake is None


def test_no_log_is_left_beside_the_publication(published: tuple[Project, bytes]) -> None:
    project, _ = published
    assert not Path(f"{project.published}.wal").exists()
    with duckdb.connect(str(project.published)) as connection:
        connection.execute("create table mine as select 1")
    assert project.run().intake is None


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
    with pytest.raises(ConfigError, match=r"layout 2, found layout 1\. Move the file away"):
        project.run()
    assert project.published.read_bytes() == before
