"""One run at a time on a warehouse."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import ConfigError, LockedError
from pipeline.faults import fault_point
from pipeline.interrupts import undisturbed
from pipeline.permissions import make_shared


@contextmanager
def one_run_at_a_time(directory: Path, command: str = "run") -> Iterator[None]:
    """Hold the warehouse's lock; the system frees it when the process ends, however it ends.

    `command` is what others are told that holds it. Raises LockedError at once if another holds it,
    in this process or any other, ConfigError where no folder can be at its place. The files
    that it leaves hold nobody up.
    """
    if directory.is_symlink() and not directory.exists():
        raise ConfigError(
            f"expected a folder as [warehouse] dir, found {directory}, a link to "
            f"{directory.readlink()}, which is not there. Mount it, or bring it back"
        )
    if directory.exists() and not directory.is_dir():
        raise ConfigError(
            f"expected a folder as [warehouse] dir, found {directory}, which is a file. Name "
            "another, or move the file away"
        )
    make_shared(directory)
    lock = _take(directory)
    note = _note_of(directory)
    try:
        fault_point("lock: say who holds it")
        _write(note, command)
        yield
    finally:
        with undisturbed():
            fault_point("lock: let it go")
            note.unlink(missing_ok=True)
            lock.release()


def _take(directory: Path) -> FileLock:
    file = directory / ".lock"
    for is_last in (False, True):
        lock = FileLock(file)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise LockedError(_held(directory)) from None
        except PermissionError:
            if is_last:
                raise
            _remove_of_another_user(file)
        else:
            return lock
    raise AssertionError("the last try gives a lock or raises")


def _remove_of_another_user(file: Path) -> None:
    """Remove a lock file that we may not open to write, unless its lock is held.

    Raises LockedError if it is, ConfigError if the file cannot be removed.
    """
    if _is_held(file):
        raise LockedError(_held(file.parent))
    try:
        file.unlink(missing_ok=True)
    except PermissionError:
        raise ConfigError(
            f"expected to open {file} or to remove it; it belongs to user {file.stat().st_uid}, as "
            "does the folder. Run as that user, or remove the file if no run is at work."
        ) from None


def is_locked(directory: Path) -> bool:
    """Tell whether a run is at work on a warehouse."""
    file = directory / ".lock"
    return file.exists() and _is_held(file)


def _is_held(file: Path) -> bool:
    """Ask the system whether a lock is held on the file; where it does not tell, ask the note."""
    try:
        # "1: FLOCK  ADVISORY  WRITE 4711 fd:01:131090 0 EOF"; the device differs on some disks.
        held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    except OSError:
        note = _note_of(file.parent)
        return note.exists() and (not os.access(note, os.R_OK) or _is_alive(_read(note)))
    inode = str(file.stat().st_ino)
    return any(words[1] == "FLOCK" and words[-3].endswith(f":{inode}") for words in held)


def _held(directory: Path) -> str:
    told = _read(_note_of(directory))
    who = "a process that has not told who it is"
    if _is_alive(told):
        host = told["host"]
        where = "" if host == platform.node() else f" on {host}"
        who = f"process {told['pid']}{where}, 'recorrido {told['command']}', since {told['since']}"
    return (
        f"another run is at work on {directory}: {who}. "
        "Wait for its end, or stop it; nothing was changed."
    )


def _write(note: Path, command: str) -> None:
    told = {
        "pid": os.getpid(),
        "born": _born(os.getpid()),
        "host": platform.node(),
        "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "command": command,
    }
    # A note of another user can be replaced, but not written.
    partial = note.with_name(f"{note.name}.part")
    partial.unlink(missing_ok=True)
    partial.write_text(json.dumps(told), encoding="utf-8")
    partial.chmod(0o644)
    os.replace(partial, note)


def _read(note: Path) -> dict[str, object]:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = isinstance(told, dict) and {"pid", "born", "host", "since", "command"} <= told.keys()
    return told if known else {}


def _is_alive(told: dict[str, object]) -> bool:
    """Tell whether a note's process still lives; that of another machine is believed to."""
    if not told or told["host"] != platform.node():
        return bool(told)
    pid = told["pid"]
    return isinstance(pid, int) and _born(pid) == told["born"] and _exists(pid)


def _exists(pid: int) -> bool:
    if os.name == "nt":  # to send signal 0 ends a process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _born(pid: int) -> str | None:
    """Tell when a process began, where the system says so, for pids are given again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses, and may hold blanks and parentheses.
    return stat.rpartition(")")[2].split()[19]


def _note_of(directory: Path) -> Path:
    return directory / ".lock.holder"
