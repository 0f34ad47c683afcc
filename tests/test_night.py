"""A night: files load once, late touches find their place, and it publishes whole or not at all."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import faults, slices
from pipeline.engines import local
from pipeline.errors import SourceError
from pipeline.slices import Slice
from tests.canonical import difference
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


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give the shop that got the files of all nights in its first."""
    made = Project(tmp_path_factory.mktemp("at_once"))
    made.write("secrets/pseudonym.key", b"k" * 32)
    bring(two_sources(made), 0, 1, 2)
    made.run()
    return made


def test_three_nights_end_in_the_tables_of_one_run_over_all_files(
    new_project: Maker, at_once: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if those whom a night concerns were few among many: they are set aside uncompressed.
    monkeypatch.setattr("pipeline.rebuild._FEW", 0)
    nightly = two_sources(new_project())
    for night in range(3):
        bring(nightly, night)
        nightly.run()
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


def test_a_file_from_a_clock_that_is_ahead_is_loaded(project: Project) -> None:
    file = project.write("landing/web/a.csv", ONE_TOUCH)
    os.utime(file, (2**32, 2**32))
    assert project.run().intake is not None


def test_what_is_missing_of_graph_or_page_is_drawn_though_nothing_is_new(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB)
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run(with_page=True)
    graph = project.dir / "warehouse/graph/traffic.json"
    graph.unlink()
    assert project.run(with_page=True).intake is None
    assert graph.exists()


def test_a_project_may_lie_in_a_folder_of_any_name(new_project: Maker) -> None:
    project = new_project()
    moved = project.dir.rename(project.dir.with_name("it's [2026] 100%"))
    project = Project(moved)
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    assert project.column("select file from ops.loads") == ["landing/web/a.csv"]


def test_as_of_cuts_off_and_comes_back(project: Project, at_once: Project) -> None:
    shutil.copytree(at_once.dir, project.dir, dirs_exist_ok=True)
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
    new_project: Maker, at_once: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sharded = two_sources(new_project())
    bring(sharded, 0, 1, 2)
    counted = []

    def rebuild_all(*args: object, **options: object) -> int:
        counted.append(shards := local_rebuild(*args, **options))  # type: ignore[arg-type]
        return shards

    local_rebuild = local.rebuild_all
    # As if a touch needed so much that each shard holds but a few.
    monkeypatch.setattr(local, "BYTES_PER_TOUCH", 10**9)
    monkeypatch.setattr("pipeline.rebuild.rebuild_all", rebuild_all)
    sharded.run()
    assert counted[0] > 3
    assert sharded.contents() == at_once.contents()


def test_parts_give_the_counts_of_the_whole(
    new_project: Maker, at_once: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    parted = two_sources(new_project())
    bring(parted, 0, 1, 2)
    # As if no more than a customer or two could be counted at once.
    monkeypatch.setattr("pipeline.rebuild.COUNTED_BYTES_PER_TOUCH", 10**9)
    parted.run()
    assert difference(parted.published, at_once.published) == ""


def test_slices_give_the_tables_of_one_slice(
    new_project: Maker, at_once: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sliced = two_sources(new_project())
    bring(sliced, 0, 1, 2)
    counted = []

    def cut(*args: object) -> list[Slice]:
        counted.append(len(parts := slices.slices(*args)))  # type: ignore[arg-type]
        return parts

    monkeypatch.setattr(slices, "BYTES_PER_TOUCH", 10**9)
    monkeypatch.setattr("pipeline.touches.slices", cut)
    sliced.run()
    assert sliced.contents() == at_once.contents()
    # Once more, of what is stored.
    sliced.run(full=True)
    assert sliced.contents() == at_once.contents()
    assert min(counted) > 3
