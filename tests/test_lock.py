"""One run at a time, in whatever process or thread; what a dead run left holds nobody up."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from pipeline.errors import LockedError
from pipeline.lock import one_run_at_a_time
from tests.command import recorrido

HOLDER = """
import os, pathlib, sys
from pipeline.lock import one_run_at_a_time
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
with one_run_at_a_time(pathlib.Path(sys.argv[1]), "erase"):
    print("held", flush=True)
    sys.stdin.readline()
"""
NOBODY = 65534
NOTE = {"pid": 1, "born": "1", "host": os.uname().nodename, "since": "long ago", "command": "run"}


@contextmanager
def held(directory: Path, *user: int) -> Iterator[subprocess.Popen[str]]:
    """Hold a lock in another process, as another user if one is given."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory), *map(str, user)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_a_second_run_ends_at_once_and_tells_who_holds_the_lock_since_when_and_by_what(
    tmp_path: Path,
) -> None:
    with held(tmp_path) as holder:
        with pytest.raises(
            LockedError, match=rf"process {holder.pid}, 'recorrido erase', since \d{{4}}-.* UTC\."
        ) as caught:
            take(tmp_path)
        assert caught.value.exit_code == 4
    take(tmp_path)


def test_the_command_ends_with_4_while_another_run_is_at_work(tmp_path: Path) -> None:
    recorrido("init", tmp_path)
    with held(tmp_path / "warehouse"):
        config = tmp_path / "recorrido.toml"
        assert "at work" in recorrido("run", "--config", config, answer=4).stderr
        assert "at work" in recorrido("rollback", "--config", config, answer=4).stderr


def test_a_second_thread_is_kept_out_like_a_second_process(tmp_path: Path) -> None:
    wrong: list[BaseException] = []

    def try_it() -> None:
        try:
            take(tmp_path)
        except LockedError as error:
            wrong.append(error)

    with one_run_at_a_time(tmp_path):
        other = Thread(target=try_it)
        other.start()
        other.join()
        with pytest.raises(LockedError, match=f"process {os.getpid()}"):
            take(tmp_path)
    assert len(wrong) == 1
    take(tmp_path)


def test_a_holder_that_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    with held(tmp_path) as holder:
        holder.kill()
        holder.wait()
        assert (tmp_path / ".lock.holder").exists()
        take(tmp_path)
    assert not (tmp_path / ".lock.holder").exists()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no json",
        "[]",
        json.dumps({"pid": 1}),
        json.dumps({**NOTE, "pid": "1"}),
        json.dumps({**NOTE, "pid": 2**30}),
        # The pid is that of a living process, but not of the one that left the note.
        json.dumps({**NOTE, "pid": os.getpid()}),
    ],
    ids=["empty", "no JSON", "list", "too little", "wrong type", "no such pid", "another process"],
)
def test_a_note_that_a_dead_run_left_holds_nobody_up_and_is_not_told(
    tmp_path: Path, note: str
) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / ".lock.holder").write_text(note)
    take(tmp_path)
    with one_run_at_a_time(tmp_path):
        (tmp_path / ".lock.holder").write_text(note)
        with pytest.raises(LockedError, match="a process that has not told who it is"):
            take(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_the_lock_file_of_another_user_holds_nobody_up_unless_he_holds_it() -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        with one_run_at_a_time(directory):
            (directory / ".lock").chmod(0o600)
            told = refusal(directory)
        assert f"another run is at work on {name}: process {os.getpid()}" in told
        with held(directory, NOBODY):
            assert (directory / ".lock").stat().st_uid == NOBODY


def refusal(directory: Path) -> str:
    """Try to take a lock as another user; give what was complained of."""
    done = subprocess.run(
        [sys.executable, "-c", HOLDER, str(directory), str(NOBODY)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode
    return done.stderr


def take(directory: Path) -> None:
    with one_run_at_a_time(directory):
        pass
