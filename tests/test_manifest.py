"""What is kept of every run, however it ended."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.journal import Journal
from pipeline.manifest import (
    KEPT,
    KEPT_QUIET,
    NOTHING_NEW,
    kept_manifest,
    read_manifests,
    runs_dir,
)

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def run(warehouse: Path, journal: Journal, error: BaseException | None = None, **facts) -> None:
    with kept_manifest(warehouse, journal):
        with journal.step("load", "loading") as step:
            step.rows = 7
        journal.note(**facts)
        if error:
            raise error


def last(warehouse: Path) -> dict:
    return read_manifests(warehouse)[0]


def test_a_run_that_is_at_work_says_so(tmp_path: Path) -> None:
    with kept_manifest(tmp_path, Journal()):
        assert last(tmp_path)["outcome"] == "running"


def test_a_manifest_tells_steps_versions_and_facts(tmp_path: Path) -> None:
    run(tmp_path, Journal(run_id="a", started_at=NOW), headline="all is well", cut_off=NOW)
    told = json.loads((runs_dir(tmp_path) / "a.json").read_text())
    assert (told["outcome"], told["exit_code"]) == ("published", 0)
    assert told["steps"][0]["step"] == "load"
    assert told["steps"][0]["rows"] == 7
    assert {"recorrido", "python", "duckdb", "polars"} == told["versions"].keys()
    assert told["headline"] == "all is well"
    assert datetime.fromisoformat(told["finished_at"]) > NOW


def test_a_failed_run_is_kept_with_its_reason_and_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        run(tmp_path, Journal(), SourceError("source web: expected a file, found none"))
    told = last(tmp_path)
    assert (told["outcome"], told["exit_code"]) == ("failed", 5)
    assert told["error"]["message"] == "source web: expected a file, found none"
    assert [step["step"] for step in told["steps"]] == ["load"]


def test_an_interrupted_run_is_kept(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Journal(), KeyboardInterrupt())
    assert (last(tmp_path)["outcome"], last(tmp_path)["exit_code"]) == ("interrupted", 130)


def test_a_bug_is_kept_without_what_it_says(tmp_path: Path) -> None:
    with pytest.raises(KeyError) as caught:
        run(tmp_path, Journal(run_id="a"), KeyError("ana@example.com"))
    file = runs_dir(tmp_path) / "a.json"
    assert "ana@" not in file.read_text()
    assert last(tmp_path)["error"]["message"].startswith("KeyError in test_manifest.py, line ")
    assert str(file) in caught.value.__notes__[0]


def test_a_run_that_was_killed_is_called_so_by_the_next(tmp_path: Path) -> None:
    run(tmp_path, Journal(run_id="a"))
    killed = runs_dir(tmp_path) / "a.json"
    killed.write_text(json.dumps({**json.loads(killed.read_text()), "outcome": "running"}))
    run(tmp_path, Journal(run_id="b"))
    assert [told["outcome"] for told in read_manifests(tmp_path)] == ["published", "killed"]


def test_a_torn_manifest_stops_nobody(tmp_path: Path) -> None:
    runs_dir(tmp_path).mkdir()
    (runs_dir(tmp_path) / "a.json").write_text('{"outcome": "runn')
    run(tmp_path, Journal(run_id="b"))
    assert [told["run_id"] for told in read_manifests(tmp_path)] == ["b"]


def test_a_manifest_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    heard = []
    runs_dir(tmp_path).write_text("a file where the folder should be")
    run(tmp_path, Journal(log=lambda level, event, **facts: heard.append((level, event))))
    assert ("warning", "manifest_not_kept") in heard


def test_the_last_runs_are_kept_and_of_those_without_news_only_a_few(tmp_path: Path) -> None:
    folder = runs_dir(tmp_path)
    folder.mkdir()
    for number in range(KEPT + 20):
        outcome = NOTHING_NEW if number % 2 else "published"
        name = f"{NOW - timedelta(days=KEPT + 20 - number):%Y%m%dT%H%M%SZ}"
        (folder / f"{name}.json").write_text(json.dumps({"run_id": name, "outcome": outcome}))
    journal = Journal()
    run(tmp_path, journal)
    told = read_manifests(tmp_path)
    assert told[0]["run_id"] == journal.run_id
    quiet = [one for one in told if one["outcome"] == NOTHING_NEW]
    assert len(quiet) == KEPT_QUIET
    assert len(told) <= KEPT // 2 + KEPT_QUIET


def test_runs_of_a_clock_that_was_ahead_hide_none_that_came_after(tmp_path: Path) -> None:
    run(tmp_path, Journal(run_id="20990101T000000Z"))
    now = Journal()
    run(tmp_path, now)
    assert [one["run_id"] for one in read_manifests(tmp_path)] == [now.run_id, "20990101T000000Z"]
