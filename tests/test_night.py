"""A night: files load once, late touches find their place, and it publishes whole or not at all."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline import checks
from pipeline.engines import local
from pipeline.errors import LawError, LockedError, SourceError
from tests.projects import SHOP, WEB, Project

Maker = Callable[[], Project]

ORDERS = """
    [[sources]]
    name = "shop"
    channel = "store"
    format = "events"
    files = "landing/shop/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
    order_id = "order"
    value = "amount"
"""
NIGHTS = [
    {
        "landing/web/1.csv": """
            at               | event         | who
            -----------------+---------------+-----
            2026-01-05T09:00 | ad_impression | ana
            2026-01-05T09:10 | page_view     | ana
            2026-01-05T10:00 | search        | bob
            2026-01-05T10:20 | view_item     | bob
        """,
        "landing/shop/1.csv": """
            at               | event       | who  | order | amount
            -----------------+-------------+------+-------+-------
            2026-01-06T12:00 | purchase    | ana  | o1    | 20
            2026-01-06T12:10 | store_visit | cleo |       |
        """,
    },
    {
        "landing/web/2.csv": """
            at               | event       | who
            -----------------+-------------+-----
            2026-01-07T09:00 | add_to_cart | bob
            2026-05-01T09:00 | view_item   | bob
            2026-01-06T09:00 | mystery     | cleo
        """,
        "landing/shop/2.csv": """
            at               | event    | who  | order | amount
            -----------------+----------+------+-------+-------
            2026-02-06T12:00 | return   | ana  | o1    | -5
            2026-02-06T12:00 | purchase | cleo | o2    | 7.5
        """,
    },
    {
        "landing/web/3.csv": """
            at               | event          | who
            -----------------+----------------+-----
            2026-01-05T10:10 | begin_checkout | bob
            2026-01-04T09:00 | email_open     | ana
        """,
        "landing/shop/3.csv": """
            at               | event    | who | order | amount
            -----------------+----------+-----+-------+-------
            2026-01-05T10:15 | purchase | bob | o3    | 1
        """,
    },
]
ONE_TOUCH = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n"


def bring(project: Project, *nights: int) -> None:
    """Write the files of some nights."""
    for night in nights:
        for name, log in NIGHTS[night].items():
            project.write_log(name, log)


def two_sources(project: Project) -> Project:
    """Give a project its second source."""
    project.configure(SHOP, WEB, ORDERS)
    return project


def test_three_nights_end_in_the_tables_of_one_run_over_all_files(new_project: Maker) -> None:
    nightly, at_once = two_sources(new_project()), two_sources(new_project())
    for night in range(3):
        bring(nightly, night)
        nightly.run()
    bring(at_once, 0, 1, 2)
    at_once.run()
    assert nightly.contents() == at_once.contents()
    assert nightly.column("select count(*) from ops.runs") == [3]
    rebuilt = nightly.run(full=True)
    assert rebuilt.intake is not None
    assert nightly.contents() == at_once.contents()


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


def test_a_late_entry_tells_anew_how_the_visit_came(new_project: Maker) -> None:
    entry = "at,event,who,how\n2026-01-05T08:50:00Z,page_view,ana,paid_search\n"
    rest = "at,event,who,how\n2026-01-05T09:00:00Z,view_item,ana,\n"
    nightly, at_once = new_project(), new_project()
    for project in (nightly, at_once):
        project.configure(SHOP, WEB + 'traffic = "how"')
    nightly.write("landing/web/a.csv", rest)
    nightly.run()
    nightly.write("landing/web/b.csv", entry)
    nightly.run()
    at_once.write("landing/web/a.csv", rest)
    at_once.write("landing/web/b.csv", entry)
    at_once.run()
    assert nightly.column("select distinct traffic from core.touchpoints") == ["paid_search"]
    assert nightly.contents() == at_once.contents()


def test_a_second_run_loads_nothing_twice_and_says_so(project: Project) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    first = project.run()
    published = project.published.read_bytes()
    second = project.run()
    assert first.headline == "1 files, 1 records: 1 accepted, 0 duplicate, 0 rejected"
    assert second.headline == "nothing new; all stands as published"
    assert second.intake is None
    assert project.published.read_bytes() == published


def test_as_of_cuts_off_and_comes_back(project: Project) -> None:
    two_sources(project)
    bring(project, 0, 1, 2)
    project.run()
    whole = project.contents()
    project.run(as_of=datetime(2026, 1, 5, 23, 59, tzinfo=UTC))
    assert project.rows("select max(ended_at) < '2026-01-06', count(*) from core.journeys") == [
        (True, 3)
    ]
    assert project.column("select count(*) from core.touchpoints") == [
        len(whole["core.touchpoints"])
    ]
    project.run()
    assert project.contents() == whole


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


def test_a_source_that_brings_nothing_is_named_in_the_headline(project: Project) -> None:
    two_sources(project)
    bring(project, 0)
    project.run()
    project.write_log("landing/web/2.csv", NIGHTS[1]["landing/web/2.csv"])
    assert project.run().headline.endswith("silent tonight: shop")


def test_shards_give_the_tables_of_one_shard(
    new_project: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, sharded = two_sources(new_project()), two_sources(new_project())
    for project in (whole, sharded):
        bring(project, 0, 1, 2)
    whole.run()
    counted = []

    def rebuild_all(*args: object, **options: object) -> int:
        counted.append(shards := local_rebuild(*args, **options))  # type: ignore[arg-type]
        return shards

    local_rebuild = local.rebuild_all
    # As if a touch needed so much that each shard holds but a few.
    monkeypatch.setattr(local, "BYTES_PER_TOUCH", 10**9)
    monkeypatch.setattr("pipeline.run.rebuild_all", rebuild_all)
    sharded.run()
    assert counted[0] > 3
    assert sharded.contents() == whole.contents()


# ---- What stops a publication -------------------------------------------------------------------


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
