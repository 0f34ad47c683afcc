"""The way back: to the publication before the last, and forward again."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.journal import Journal
from pipeline.run import run_night
from pipeline.settings import load_settings
from tests.command import recorrido
from tests.projects import SHOP, WEB, Project

ONE_TOUCH = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n"


def touches(project: Project) -> list[int]:
    return project.column("select count(*) from core.touchpoints")


def test_rolling_back_goes_to_the_publication_before_and_the_next_run_loads_the_rest(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    first = project.published.read_bytes()
    for who in ("bob", "cleo"):
        project.write(f"landing/web/{who}.csv", ONE_TOUCH.replace("ana", who))
        project.run()
    third = project.published.read_bytes()

    told = recorrido("rollback", "--config", project.config).stdout
    assert "further ways back: 1" in told
    assert touches(project) == [2]
    assert (project.dir / "warehouse" / "report" / "report.html").exists()
    for name in ("publish_report", "publish_graph"):  # once is enough
        monkeypatch.setattr(f"pipeline.rollback.{name}", lambda *_, **__: None)
    recorrido("rollback", "--config", project.config)
    assert project.published.read_bytes() == first
    # That `keep` has become less takes no way back away.
    project.configure(SHOP.replace("[warehouse]", "[warehouse]\nkeep = 0"), WEB)
    recorrido("rollback", "--undo", "--config", project.config)
    recorrido("rollback", "--config", project.config)
    project.configure(SHOP, WEB)
    none = recorrido("rollback", "--config", project.config, answer=2).stderr
    assert "expected a former publication" in none
    assert "keep = 2" in none

    recorrido("rollback", "--undo", "--config", project.config)
    recorrido("rollback", "--undo", "--config", project.config)
    assert project.published.read_bytes() == third
    recorrido("rollback", "--config", project.config)
    intake = project.run().intake
    assert intake is not None
    assert intake.accepted == 1
    assert touches(project) == [3]
    gone = recorrido("rollback", "--undo", "--config", project.config, answer=2).stderr
    assert "expected a withdrawn publication" in gone


def test_behind_a_publication_that_a_backup_brought_back_a_rollback_goes_further_back(
    project: Project, unadorned: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("publish_report", "publish_graph"):
        monkeypatch.setattr(f"pipeline.rollback.{name}", lambda *_, **__: None)
    for who in ("ana", "bob", "cleo", "dan"):
        project.write(f"landing/web/{who}.csv", ONE_TOUCH.replace("ana", who))
        project.run()
        if who == "bob":
            shutil.copytree(project.dir / "warehouse", tmp_path / "copy")
    shutil.copytree(tmp_path / "copy", project.dir / "warehouse", dirs_exist_ok=True)
    assert touches(project) == [2]
    recorrido("rollback", "--config", project.config)
    assert touches(project) == [1]
    for back in ([2], [3]):
        recorrido("rollback", "--undo", "--config", project.config)
        assert touches(project) == back
    shutil.copytree(tmp_path / "copy", project.dir / "warehouse", dirs_exist_ok=True)
    project.run()
    recorrido("rollback", "--config", project.config)
    assert touches(project) == [2]


@pytest.mark.long
def test_of_runs_by_a_clock_that_went_back_the_last_is_the_one_that_published_last(
    project: Project, unadorned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for day in (3, 1, 2):
        project.write(f"landing/web/{day}.csv", ONE_TOUCH.replace("ana", f"c{day}"))
        journal = Journal(started_at=datetime(2026, 5, day, tzinfo=UTC))
        run_night(load_settings(project.config), journal=journal)
        runs.append(journal.run_id)
    for name in ("publish_report", "publish_graph"):
        monkeypatch.setattr(f"pipeline.rollback.{name}", lambda *_, **__: None)
    for run_id in reversed(runs[:2]):
        assert run_id in recorrido("rollback", "--config", project.config).stdout


@pytest.mark.long
@pytest.mark.parametrize("is_gone", [True, False])
def test_what_cannot_be_read_or_is_not_there_any_more_gives_way_to_the_one_before(
    project: Project, unadorned: None, monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    project.write("landing/web/a.csv", ONE_TOUCH + ONE_TOUCH.splitlines()[1].replace("ana", "bob"))
    project.run()
    recorrido("erase", "--id", "user_id=bob", "--config", project.config)
    for who in ("cleo", "dan"):
        project.write(f"landing/web/{who}.csv", ONE_TOUCH.replace("ana", who))
        project.run()
    (project.dir / "landing/web/a.csv").unlink()
    if is_gone:
        project.published.unlink()
    else:
        project.published.write_bytes(b"torn")
    told = recorrido("run", "--config", project.config, answer=2).stderr
    assert "'recorrido rollback'" in told
    assert project.published.exists() != is_gone
    for name in ("publish_report", "publish_graph"):
        monkeypatch.setattr(f"pipeline.rollback.{name}", lambda *_, **__: None)
    recorrido("rollback", "--config", project.config)
    assert touches(project) == [2]


@pytest.mark.long
def test_where_nothing_is_left_that_was_published_a_night_begins_anew_only_if_asked_to(
    project: Project,
) -> None:
    project.configure(SHOP.replace("[warehouse]", "[warehouse]\nkeep = 0"), WEB)
    project.write("landing/web/a.csv", ONE_TOUCH)
    project.run()
    project.published.unlink()
    with pytest.raises(ConfigError, match="which earlier runs have made, found none") as it:
        project.run()
    assert "rollback" not in str(it.value)
    project.run(full=True)
    assert touches(project) == [1]
