"""Each exit code, of a process of its own; and what is said with it, as text and as JSON."""

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipeline.cli.command import told_of
from pipeline.errors import ConfigError, DiskError, QueryError, exit_code_of, may_be_told
from pipeline.lock import one_run_at_a_time
from pipeline.suppression import read_list
from pipeline.warehouse import in_memory
from pipeline.warehouse.handle import own_error
from tests.command import ROOT, recorrido, typed
from tests.projects import SHOP, WEB, Project

# Runs a command whose body does something else, and which needs next to nothing to begin.
_INSTEAD = """
import os, signal, sys
import pipeline.init
def body(directory):
    {body}
pipeline.init.init_project = body
from pipeline.cli import main
sys.argv = ["recorrido", "init", *sys.argv[1:]]
main()
"""
BUG = """
    bug = KeyError("ana@example.com")
    bug.add_note("What is known of the run: runs/a.json")
    raise bug
"""
INTERRUPTION = "os.kill(os.getpid(), signal.SIGINT)"


@dataclass(frozen=True)
class Shop:
    """A project, and what its first night told a machine."""

    project: Project
    stdout: str
    lines: list[dict]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    project = Project(tmp_path_factory.mktemp("codes"))
    project.configure(SHOP, WEB)
    project.write("landing/web/a.csv", "at,event,who\n2026-03-01T10:00:00Z,purchase,ana\n")
    told = typed("run", "--log", "json", cwd=project.dir)
    return Shop(project, told.stdout, lines_of(told.stderr))


def instead(body: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _INSTEAD.format(body=body), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def lines_of(stderr: str) -> list[dict]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_0_and_json_tells_every_step_and_how_it_ended(shop: Shop) -> None:
    begun, *steps, end = shop.lines
    assert {"time", "level", "event", "run_id"} <= begun.keys()
    assert begun["time"].endswith("Z")
    ended = {step["step"]: step for step in steps if step["event"] == "step_ended"}
    assert {"find", "load", "stitch", "rebuild", "sum", "check", "publish", "report"} <= {*ended}
    assert ended["load"]["rows"] == 1
    assert all(step["seconds"] >= 0 for step in ended.values())
    assert {line["run_id"] for line in shop.lines} == {begun["run_id"]}
    assert (end["event"], end["exit_code"], end["outcome"]) == ("ended", 0, "published")
    assert shop.stdout.startswith(end["headline"])


def test_1_is_a_bug_which_names_the_manifest_and_quotes_nothing() -> None:
    done = instead(BUG)
    assert done.returncode == 1
    assert done.stderr.startswith("recorrido: this is a bug: KeyError in <string>, line 8.")
    assert "--debug" in done.stderr
    assert "What is known of the run: runs/a.json" in done.stderr
    assert "ana@" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_1_is_a_machine_that_failed_and_then_no_bug(number: int) -> None:
    done = instead(f"raise OSError({number}, os.strerror({number}), 'journeys.duckdb')")
    assert done.returncode == 1
    assert done.stderr == f"recorrido: journeys.duckdb: {os.strerror(number)}\n"


@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EFBIG, "lift the limit"),
        (errno.EIO, "mend it"),
        (errno.ENXIO, "mend it"),
        (errno.ETIMEDOUT, "mend it"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENFILE, "mend that"),
        (errno.ENOMEM, "mend that"),
        (errno.EINTR, "mend that"),
        (errno.EPERM, "Look at the rights"),
        (errno.ESTALE, "mend that"),
        (errno.ECONNABORTED, "mend that"),
    ],
)
def test_1_is_a_machine_that_failed_as_duckdb_tells_it(number: int, mend: str) -> None:
    told = f'Cannot open file "/srv/a": {os.strerror(number)}'
    for error in (
        duckdb.IOException(f"IO Error: {told}\n\nLINE 1: from '/srv/a'"),
        duckdb.TransactionException(f"TransactionContext Error: Failed to commit: {told}"),
        duckdb.FatalException(f'FATAL Error: invalidated.\nOriginal error: "{told}"'),
    ):
        own = own_error(error)
        assert isinstance(own, DiskError)
        assert (own.errno, own.file) == (number, "/srv/a")
        assert exit_code_of(own) == 1
        assert mend in str(own)


def test_a_value_that_ends_in_the_words_of_the_system_is_no_machine_that_failed() -> None:
    with pytest.raises(QueryError):
        in_memory().rows(f"select 'found: {os.strerror(errno.EIO)}'::int")


def test_1_is_a_machine_without_memory_and_then_no_bug() -> None:
    done = instead("import pyarrow\n    raise pyarrow.ArrowMemoryError('malloc of 8 failed')")
    assert done.returncode == 1
    assert done.stderr.startswith("recorrido: the machine has no memory left for this;")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_may_not_grow_so_large_is_no_wrong_query(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, limit[1]))
    try:
        with pytest.raises(DiskError, match="may not grow so large"):
            in_memory().run(f"copy (from range(1000000)) to '{tmp_path / 'out.csv'}'")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_what_another_user_owns_is_told_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "journeys.duckdb"
    file.touch()
    os.chown(file, 4242, -1)
    told = told_of(PermissionError(errno.EACCES, "Permission denied", str(file)))
    assert f"{file} belongs to user 4242, and this is user root" in told
    assert "chown -R root" in told
    io_error = f'IO Error: Cannot open file "{file}": Permission denied'
    assert str(own_error(duckdb.IOException(io_error))) == told
    missing = PermissionError(errno.EACCES, "Permission denied", str(file.parent / "not/there"))
    assert f"Look at the rights of {tmp_path}" in told_of(missing)


def test_who_may_not_read_the_list_of_the_erased_is_told_what_can_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(file: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(file))

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(ConfigError, match="Let the owner write files out"):
        read_list(tmp_path / "pseudonym.erased")


def test_a_traceback_is_shown_with_debug_and_the_code_is_the_same() -> None:
    done = instead(BUG, "--debug")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr


def test_2_is_usage_or_the_config() -> None:
    assert "nope.toml" in typed("run", "--config", "nope.toml", answer=2).stderr
    (end,) = lines_of(typed("run", "--nope", "--log=json", answer=2).stderr)
    assert (end["level"], end["exit_code"]) == ("error", 2)


def test_a_value_that_duckdb_quotes_is_not_told() -> None:
    with pytest.raises(QueryError) as caught:
        in_memory().rows("select 'ana@example.com'::int")
    assert "ana@" in str(caught.value)
    assert "Conversion Error" in may_be_told(caught.value)
    assert "ana@" not in may_be_told(caught.value)


def test_3_is_a_broken_law(shop: Shop, tmp_path: Path) -> None:
    broken = Project(tmp_path)
    broken.configure(SHOP, WEB)
    broken.published.parent.mkdir()
    broken.published.write_bytes(shop.project.published.read_bytes())
    with duckdb.connect(str(broken.published)) as warehouse:
        warehouse.execute("update core.journeys set touches = touches + 1")
    assert "core.journeys" in typed("check", cwd=tmp_path, answer=3).stderr


def test_4_is_another_run_and_quiet_json_is_one_line(tmp_path: Path) -> None:
    Project(tmp_path).configure(SHOP, WEB)
    with one_run_at_a_time(tmp_path / "warehouse"):
        told = typed("run", "--dry-run", "--log", "json", "--quiet", cwd=tmp_path, answer=4)
    (error,) = lines_of(told.stderr)
    assert (error["kind"], error["exit_code"]) == ("LockedError", 4)
    assert f"process {os.getpid()}" in error["message"]
    assert told.stdout == ""


@pytest.mark.long
def test_5_is_a_source_without_a_file_and_status_tells_of_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB)
    empty = project.write("landing/web/a.csv", "")
    assert "empty_file" in typed("run", "--dry-run", cwd=tmp_path, answer=5).stderr
    empty.unlink()
    rehearsed = recorrido("run", "--dry-run", cwd=tmp_path, answer=5)
    assert rehearsed.stdout == "nothing new\n"
    assert "expected files like" in rehearsed.stderr
    assert "source web" in recorrido("run", cwd=tmp_path, answer=5).stderr
    told = recorrido("status", cwd=tmp_path).stdout
    assert "failed" in told
    assert "source web: expected files like" in told


@pytest.mark.parametrize(("signal", "code"), [("SIGHUP", 129), ("SIGINT", 130), ("SIGTERM", 143)])
def test_129_130_or_143_is_an_interruption(signal: str, code: int) -> None:
    done = instead(INTERRUPTION.replace("SIGINT", signal), "--log", "json")
    assert done.returncode == code
    error, end = lines_of(done.stderr)
    assert f"interrupted by {signal}" in error["message"]
    assert (end["outcome"], end["exit_code"]) == ("interrupted", code)


def test_status_tells_a_run_that_was_killed_from_one_at_work(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB)
    began = {"run_id": "r", "started_at": "2026-01-05T09:00:00+00:00", "outcome": "running"}
    project.write("warehouse/runs/r.json", json.dumps(began))

    def outcome() -> str:
        told = recorrido("status", "--format", "json", cwd=tmp_path).stdout
        return str(json.loads(told)["runs"][0]["outcome"])

    assert outcome() == "killed"
    with one_run_at_a_time(tmp_path / "warehouse"):
        assert outcome() == "running"


@pytest.mark.long
def test_an_erasure_is_a_run_that_can_be_found_again(shop: Shop, tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    shutil.copytree(shop.project.dir, project.dir)
    told = recorrido("erase", "--id", "user_id=ana", "--log", "json", cwd=project.dir).stderr
    *_, end = lines_of(told)
    assert (end["event"], end["outcome"]) == ("ended", "published")
    assert end["run_id"] in project.column("select run_id from ops.runs")
    assert "1 erasure(s) finished" in end["headline"]


@pytest.mark.long
@pytest.mark.parametrize("behind", ["| exec true", ">/dev/full"])
def test_that_nobody_reads_how_it_ended_undoes_nothing(
    shop: Shop, tmp_path: Path, behind: str
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full disk here")
    project = Project(tmp_path / "shop")
    shutil.copytree(shop.project.dir, project.dir)
    done = subprocess.run(
        [
            "sh",
            "-c",
            f"(sleep 1; {sys.executable} -m pipeline run --log json; echo $? >code) {behind}",
        ],
        cwd=project.dir,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert (project.dir / "code").read_text() == "0\n"
    assert lines_of(done.stderr)[-1]["event"] == "ended"
    assert ("No space left" in done.stderr) == (behind == ">/dev/full")


@pytest.mark.parametrize("asked", ["--help", "--version", "query"])
def test_what_a_full_disk_cannot_be_told_is_said_without_a_traceback(
    tmp_path: Path, asked: str
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full disk here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", asked],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    (told,) = done.stderr.splitlines()
    assert told.startswith("recorrido: ")
    assert "No space left on device" in told


def test_an_erasure_of_whom_a_closed_stdin_names_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    told = recorrido("erase", "--id", "-", cwd=shop.project.dir, answer=2).stderr
    assert "needs --id TYPE=VALUE" in told


def test_letters_that_stdout_lacks_are_spelt(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked.sql"
    asked.write_text("select 'ñandú 🌻' as bird", encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    told = typed("query", asked, "--format", "json", cwd=shop.project.dir).stdout
    assert json.loads(told) == [{"bird": "ñandú 🌻"}]


def test_a_key_that_is_lost_is_told_though_nothing_is_new(shop: Shop, tmp_path: Path) -> None:
    project = Project(tmp_path / "shop")
    shutil.copytree(shop.project.dir, project.dir)
    (project.dir / "secrets/pseudonym.key").unlink()
    assert "is missing" in recorrido("run", cwd=project.dir, answer=2).stderr
