"""The command as it is typed: exit codes and messages, and never a traceback."""

import errno
import fcntl
import io
import json
import os
import re
import select
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from threading import Thread

import pytest

from pipeline import checks, faults
from pipeline.cli.voice import Voice
from tests.command import ROOT, recorrido, typed
from tests.odd_shop import begin_odd_shop
from tests.projects import SHOP, WEB, Project, core_only


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return begin_odd_shop(tmp_path_factory.mktemp("empty"))


def test_a_second_init_overwrites_nothing(shop: Project) -> None:
    files = [file for file in shop.dir.rglob("*") if file.is_file()]
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}
    told = recorrido("init", cwd=shop.dir).stdout
    assert told.count("kept    ") == 3
    assert before == {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def test_an_example_that_was_taken_away_does_not_come_back(tmp_path: Path) -> None:
    recorrido("init", cwd=tmp_path)
    (tmp_path / "landing/events/example.csv").unlink()
    assert "example.csv" not in recorrido("init", cwd=tmp_path).stdout
    assert not (tmp_path / "landing/events/example.csv").exists()


def test_a_second_run_is_a_quiet_success(shop: Project) -> None:
    assert "nothing new" in recorrido("run", cwd=shop.dir).stdout
    quiet = recorrido("run", "--quiet", cwd=shop.dir)
    assert quiet.stdout + quiet.stderr == ""


def test_the_version_is_told() -> None:
    assert typed("--version").stdout.startswith("recorrido ")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("report", "instead of to report.html"),
        ("audience", "The list; needed"),
        ("query", "stdout"),
    ],
)
def test_help_says_where_a_command_writes_without_out(command: str, told: str) -> None:
    lines = map(str.strip, recorrido(command, "--help").stdout.splitlines())
    assert [line for line in lines if line.startswith("--out ") and told in line]


def test_help_lists_the_commands() -> None:
    told = typed("--help").stdout
    for command in [
        "init",
        "run",
        "report",
        "query",
        "graph",
        "check",
        "status",
        "export",
        "sample",
    ]:
        assert f"  {command} " in told


@pytest.mark.parametrize("grain", ["stage", "stage_channel", "touchpoint"])
def test_the_graph_is_told_in_either_form(shop: Project, grain: str) -> None:
    graphml = recorrido("graph", "--grain", grain, cwd=shop.dir).stdout
    assert ET.fromstring(graphml).tag.endswith("graphml")
    told = recorrido("graph", "--grain", grain, "--format", "json", cwd=shop.dir).stdout
    assert json.loads(told)


def test_every_law_holds(shop: Project) -> None:
    lines = recorrido("check", cwd=shop.dir).stdout.splitlines()
    assert len(lines) == len(list((ROOT / "queries" / "checks").glob("*.sql")))
    assert all(line.startswith("holds ") for line in lines)


def test_status_tells_runs_sources_rejects_and_the_unmapped(shop: Project) -> None:
    told = recorrido("status", cwd=shop.dir).stdout
    assert "9 accepted" in told
    assert "[red]@x[/red]" in told


def test_status_is_one_json_document(shop: Project) -> None:
    assert json.loads(recorrido("status", "--format", "json", cwd=shop.dir).stdout)


def test_tables_are_exported_as_parquet(shop: Project, tmp_path: Path) -> None:
    recorrido("export", tmp_path / "out", cwd=shop.dir)
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"core.touchpoints.parquet", "marts.stage_funnel.parquet", "ops.loads.parquet"} <= names
    told = recorrido("export", tmp_path, "--tables", "core.nope", cwd=shop.dir, answer=2).stderr
    assert "core.nope" in told
    assert "core.journeys" in told
    file = shop.write("mine.parquet", "mine")
    told = recorrido("export", file, cwd=shop.dir, answer=2).stderr
    assert "mine.parquet, which is a file" in told


def test_tables_are_named_with_commas_between_and_no_name_is_none(
    shop: Project, tmp_path: Path
) -> None:
    recorrido("export", tmp_path, "--tables", "core.journeys, core.steps", cwd=shop.dir)
    assert len(list(tmp_path.iterdir())) == 2
    for empty in ("", " ", "core.visits,"):
        told = recorrido("export", tmp_path, "--tables", empty, cwd=shop.dir, answer=2).stderr
        assert "expected schema.table, comma between; there is no '', there are core." in told
    assert len(list(tmp_path.iterdir())) == 2


def test_tables_are_exported_all_or_none(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = ("--tables", "core.journeys,core.steps,core.journeys")
    recorrido("export", tmp_path, *tables, cwd=shop.dir)
    before = {file: file.stat().st_ino for file in tmp_path.iterdir()}
    assert {file.name for file in before} == {"core.journeys.parquet", "core.steps.parquet"}

    def fill_up(name: str) -> None:
        if name == "export: write a table" and [*tmp_path.glob(".*/core.journeys.*")]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "core.steps.parquet")

    with monkeypatch.context() as armed:
        armed.setattr(faults, "_armed", [fill_up])
        recorrido("export", tmp_path, *tables, cwd=shop.dir, answer=1)
    assert {file: file.stat().st_ino for file in tmp_path.iterdir()} == before
    recorrido("export", tmp_path, *tables, cwd=shop.dir)
    assert set(tmp_path.iterdir()) == set(before)


WRITERS = ["report", "graph", "graph --format ocel", "query top_paths", "audience"]


@pytest.mark.parametrize("command", WRITERS)
def test_a_pipe_or_device_is_written_to_and_stays_one(
    shop: Project, tmp_path: Path, command: str
) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("pipe")
    for out in (pipe, link):
        # Open to read and write it waits for nobody, and holds what is written.
        held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(held, fcntl.F_SETPIPE_SZ, 2**20)
        drained: list[bytes] = []

        def drain(held: int = held, drained: list[bytes] = drained) -> None:
            with os.fdopen(os.dup(held), "rb", buffering=0) as read:
                while not drained or not drained[-1].endswith(b"END"):
                    select.select([read], [], [])
                    drained.append(read.read(2**20))

        reader = Thread(target=drain, daemon=True)
        reader.start()
        recorrido(*command.split(), "--out", out, cwd=shop.dir)
        os.write(held, b"END")
        reader.join(timeout=60)
        os.close(held)
        assert len(b"".join(drained)) > 50
        assert pipe.is_fifo()
        assert link.is_symlink()
    assert sorted(tmp_path.iterdir()) == [link, pipe]


@pytest.mark.long
def test_a_link_to_stdout_is_written_to_in_its_turn(shop: Project, tmp_path: Path) -> None:
    (tmp_path / "so").symlink_to("/proc/self/fd/1")
    config = shop.config
    script = (
        f"echo first; {sys.executable} -m pipeline graph --format json --out so --config {config}"
    )
    with (tmp_path / "x").open("wb") as out:
        subprocess.run(
            ["sh", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=out,
            check=True,
            timeout=120,
        )
    told = (tmp_path / "x").read_text()
    assert told.startswith("first\n{")
    assert json.loads(told.removeprefix("first").removesuffix("so\n"))["nodes"]
    assert (tmp_path / "so").is_symlink()


@pytest.mark.parametrize("command", WRITERS)
def test_a_link_that_was_planted_for_a_part_is_not_followed(
    shop: Project, tmp_path: Path, command: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    out = tmp_path / "out"
    for part in ("out.part", "out.json.part", "log.json"):
        (tmp_path / part).symlink_to(victim)
    recorrido(*command.split(), "--out", out, cwd=shop.dir)
    assert victim.read_text() == "mine"
    assert stat.S_IMODE(out.lstat().st_mode) == 0o600


def test_a_link_that_was_planted_for_a_part_of_an_export_is_not_followed(
    shop: Project, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    victim.chmod(0o666)
    for name in ("core.steps.part", "core.steps.parquet"):
        (tmp_path / name).symlink_to(victim)
    recorrido("export", tmp_path, "--tables", "core.steps", cwd=shop.dir)
    assert victim.read_text() == "mine"
    assert stat.S_IMODE((tmp_path / "core.steps.parquet").lstat().st_mode) == 0o600


def test_a_sample_is_written_and_runs(tmp_path: Path, unadorned: None) -> None:
    told = recorrido("sample", tmp_path / "shop", "--customers", 5, "--seed", 1).stdout
    assert "next: recorrido run --config" in told
    with core_only():
        recorrido("run", "--config", tmp_path / "shop" / "recorrido.toml")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--config", "nowhere.toml"], "recorrido init"),
        (["run", "--as-of", "yesterday"], "2026-10-31"),
        (["run", "--as-of", "2206-10-31"], "no more than a day ahead"),
        (["run", "--as-of", ""], "2026-10-31"),
        (["run", "--as-of", "0001-01-01"], "from the year 2000 on"),
        (["run", "--as-of", "0001-01-01T00:00:00+14:00"], "from the year 2000 on"),
        (["report", "--from", "", "--out", "x.html"], "--from: expected a day"),
        (["funnel", "view_item", "--within", ""], "--within: expected a length of time"),
        (["report", "--out", "."], "which is a folder"),
        (["report", "--out", "/"], "which is a folder"),
        (["query", "top_paths", "--param", "segment=\udcff"], "expected text in UTF-8"),
        (["erase", "--id", "email=\udcff"], "expected text in UTF-8"),
        (["query", "nope"], "there are"),
        (["query", "nope.sql"], "there is no file"),
        (["graph", "--grain", "street"], "stage_channel"),
        (["report", "--lang", "fr"], "es"),
        (["sample", "x", "--customers", "0"], "--customers"),
        (["sample", "x", "--seed", "-1"], "--seed"),
        (["sample", "."], "a project whose config"),
        (["sample", "recorrido.toml"], "which is a file"),
        (["rejects", "--top", "1" + 20 * "0"], "--top"),
        (["fly"], "fly"),
        (["run", "--ful"], "--full"),
        (["run", "--config", "."], "cannot be read"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(
    shop: Project, arguments: list[str], told: str
) -> None:
    assert told in recorrido(*arguments, cwd=shop.dir, answer=2).stderr


@pytest.mark.parametrize(
    "command",
    ["query top_paths", "audience", "graph --format ocel", "rejects", "report", "sensitivity"],
)
def test_nothing_that_the_project_needs_is_written_over(tmp_path: Path, command: str) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB, '[segments]\nfile = "customers.csv"')
    project.write("landing/web/a.csv", "at,event,who\n")
    for name in (
        *("recorrido.toml", "secrets/pseudonym.key", "warehouse/journeys.duckdb"),
        *("customers.csv", "landing/web/a.csv"),
    ):
        told = recorrido(*command.split(), "--out", tmp_path / name, cwd=tmp_path, answer=2)
        assert "expected a file of your own to write to, found" in told.stderr


@pytest.mark.parametrize("stderr", [None, "full"])
def test_that_nobody_hears_it_stops_nothing(
    stderr: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sys.stderr", Full() if stderr else None)
    for manner in ("text", "json"):
        voice = Voice(manner)
        voice.progress("loading")
        voice.log("warning", "odd", message="odd")
        voice.wrong("bad")


@pytest.mark.parametrize("command", ["report", "check", "status", "graph", "query top_paths"])
def test_before_the_first_run_the_way_to_it_is_told(tmp_path: Path, command: str) -> None:
    recorrido("init", cwd=tmp_path)
    told = recorrido(*command.split(), cwd=tmp_path, answer=2).stderr
    assert "recorrido run" in told


@pytest.mark.long
def test_a_log_without_a_purchase_and_with_a_single_touch_runs(
    tmp_path: Path, unadorned: None
) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "landing" / "events" / "example.csv").write_text(
        "occurred_at,event,user_id\n2026-01-05T09:00:00Z,ad_impression,ana\n", encoding="utf-8"
    )
    recorrido("run", "--config", tmp_path / "recorrido.toml")
    for command in ("check", "status", "report", "graph"):
        recorrido(command, "--config", tmp_path / "recorrido.toml")


@pytest.mark.long
def test_a_header_without_records_runs(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "landing" / "events" / "example.csv").write_text(
        "occurred_at,event,user_id\n", encoding="utf-8"
    )
    told = recorrido("run", "--config", tmp_path / "recorrido.toml").stdout
    assert "1 files, 0 records" in told


def test_a_file_that_cannot_be_opened_is_refused_and_listed(
    tmp_path: Path, unadorned: None
) -> None:
    recorrido("init", tmp_path)
    # As root nothing is forbidden; this file of the system's cannot be read by anybody.
    if not Path("/proc/self/mem").exists():
        pytest.skip("there is no file here that even root cannot read")
    (tmp_path / "landing" / "events" / "locked.csv").symlink_to("/proc/self/mem")
    with core_only():
        told = recorrido("run", "--config", tmp_path / "recorrido.toml").stdout
    assert "2 files, 4 records: 4 accepted" in told


def test_a_broken_law_ends_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorrido("init", tmp_path)
    law = tmp_path / "core.touchpoints.are_none.sql"
    law.write_text("select touchpoint_id from core.touchpoints", encoding="utf-8")
    monkeypatch.setattr(checks, "shipped", lambda folder: [law])
    told = recorrido("run", "--config", tmp_path / "recorrido.toml", answer=3).stderr
    assert "core.touchpoints.are_none: 4 offender(s)" in told
    assert not (tmp_path / "warehouse" / "journeys.duckdb").exists()


def test_a_source_without_a_file_ends_with_5(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "landing" / "events" / "example.csv").unlink()
    told = recorrido("run", "--config", tmp_path / "recorrido.toml", answer=5).stderr
    assert "landing/events/*.csv, found none" in told


def test_a_published_file_that_is_none_is_told(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "journeys.duckdb").write_text("not a database", encoding="utf-8")
    told = recorrido("run", "--config", tmp_path / "recorrido.toml", answer=2).stderr
    assert "journeys.duckdb" in told
    assert recorrido("check", "--config", tmp_path / "recorrido.toml", answer=2).stderr


def test_a_warehouse_dir_that_is_a_file_is_told(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "warehouse").write_text("", encoding="utf-8")
    told = recorrido("run", "--config", tmp_path / "recorrido.toml", answer=2).stderr
    assert "warehouse, which is a file" in told


def test_a_key_file_that_is_a_folder_is_told(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "secrets" / "pseudonym.key").unlink()
    (tmp_path / "secrets" / "pseudonym.key").mkdir()
    told = recorrido("run", "--config", tmp_path / "recorrido.toml", answer=2).stderr
    assert "pseudonym.key, which is a folder" in told


def test_a_place_that_cannot_be_is_told_with_what_was_expected(shop: Project) -> None:
    folder = shop.dir
    told = recorrido("init", folder / "recorrido.toml", answer=2).stderr
    assert "recorrido.toml, which is a file" in told
    below = ("query", "top_paths", "--out", folder / "recorrido.toml" / "x.csv")
    assert "recorrido.toml, which is a file" in recorrido(*below, cwd=folder, answer=2).stderr
    for landing in (
        ("query", "top_paths", "--format", "csv", "--out", "landing/events/paths.csv"),
        ("export", "landing/events", "--tables", "core.customers"),
    ):
        done = recorrido(*landing, cwd=folder, answer=2 if "query" in landing else 0)
        assert ("landing file of source events" in done.stderr) == ("query" in landing)
    (folder / "landing/events/core.customers.parquet").unlink()


def test_a_link_to_a_warehouse_that_is_not_mounted_is_told(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    (tmp_path / "warehouse").symlink_to(tmp_path / "not mounted")
    told = recorrido("run", "--config", tmp_path / "recorrido.toml", answer=2).stderr
    assert "not mounted, which is not there" in told


@pytest.mark.long
def test_a_log_without_any_journey_has_no_page_of_some_days(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    config = tmp_path / "recorrido.toml"
    rule = '\n[[stages.rules]]\nevent = "ping"\nstage = "ignored"\n'
    config.write_text(config.read_text(encoding="utf-8") + rule, encoding="utf-8")
    log = "occurred_at,event,user_id\n2026-01-05T09:00:00Z,ping,ana\n"
    (tmp_path / "landing/events/example.csv").write_text(log, encoding="utf-8")
    recorrido("run", "--config", config)
    some = ("report", "--out", tmp_path / "r.html", "--from", "2026-01-01")
    assert "there are no journeys yet" in recorrido(*some, "--config", config, answer=2).stderr
    picture = tmp_path / "p.html"
    recorrido("sensitivity", "--picture", picture, "--config", config)
    assert picture.exists()


def in_ascii(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the system's locale is none of UTF-8."""
    foreign = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **foreign, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    "started", [("-m", "pipeline"), ("-c", "from pipeline.cli import main; main()")]
)
def test_a_locale_of_other_letters_costs_no_file(tmp_path: Path, started: tuple[str, str]) -> None:
    project = Project(tmp_path / "año")
    project.dir.mkdir()
    project.configure(SHOP, WEB.replace('"who"', '"quién"'))
    project.write("landing/web/día.csv", "at,event,quién\n2026-01-05T09:00Z,login,ana\n")
    done = in_ascii(project.dir, *started, "run", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert re.search(r"día\.csv +1 +1 +0 +0 ", done.stdout)


def test_a_locale_that_python_is_told_to_keep_is_refused(tmp_path: Path) -> None:
    done = in_ascii(tmp_path, "-X", "utf8=0", "-m", "pipeline", "run")
    assert done.returncode == 2
    assert done.stderr.startswith("recorrido: expected a locale of UTF-8, such as C.UTF-8, found")
