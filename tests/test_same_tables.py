"""However files come to a shop, and however its nights are cut up, they end in the same tables."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pipeline import slices
from pipeline.engines import local
from pipeline.slices import Slice
from tests.canonical import difference
from tests.projects import SHOP, WEB, Project
from tests.three_nights import bring, two_sources

Maker = Callable[[], Project]


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


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
def test_parts_give_the_counts_of_the_whole(
    new_project: Maker, at_once: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    parted = two_sources(new_project())
    bring(parted, 0, 1, 2)
    # As if no more than a customer or two could be counted at once.
    monkeypatch.setattr("pipeline.rebuild.COUNTED_BYTES_PER_TOUCH", 10**9)
    parted.run()
    assert difference(parted.published, at_once.published) == ""


@pytest.mark.long
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
