"""Small disks of their own, so that a full one is a full one."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoDiskError(Exception):
    """A disk cannot be mounted here; the message says why."""


class Disk:
    """A disk in memory, mounted on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def leave(self, free: int) -> None:
        """Make the disk as small as leaves so many bytes free."""
        used = shutil.disk_usage(self.folder).used
        _call("mount", "-o", f"remount,size={used + free}", str(self.folder))


@contextmanager
def small_disk(size: int) -> Iterator[Disk]:
    """Mount a disk of so many bytes; it is gone after the block. Raises NoDiskError."""
    folder = Path(tempfile.mkdtemp())
    try:
        _call("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder))
        try:
            yield Disk(folder)
        finally:
            _call("umount", "--lazy", str(folder))
    finally:
        folder.rmdir()


def _call(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError as error:
        raise NoDiskError(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        raise NoDiskError(f"to mount a disk needs root: {done.stderr.strip()}")
