"""One run at a time on a warehouse."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import LockedError


@contextmanager
def one_run_at_a_time(directory: Path) -> Iterator[None]:
    """Hold the warehouse's lock; the system frees it when the process ends, however it ends."""
    directory.mkdir(parents=True, exist_ok=True)
    lock = FileLock(directory / ".lock")
    holder = directory / ".lock.pid"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        pid = holder.read_text().strip() if holder.exists() else "unknown"
        raise LockedError(
            f"another run is at work on {directory} (process {pid}). "
            "Wait for its end, or stop it; nothing was changed."
        ) from None
    try:
        holder.write_text(str(os.getpid()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
