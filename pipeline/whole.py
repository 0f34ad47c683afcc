"""Files that are there whole or not at all, even after the power failed."""

import os
import shutil
from pathlib import Path

from pipeline.faults import fault_point

_PIECE = 16 * 2**20


def write_whole(file: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file; a part of it that a killed process left is taken away first.

    What is no file, such as a pipe or a device, is written to as it is.
    """
    if file.exists() and not file.is_file():
        file.write_bytes(content)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(file.name + ".part")
    fault_point("whole file: write a part")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        fault_point("whole file: sync the part")
        os.fsync(out.fileno())
    fault_point("whole file: put the part in place")
    os.replace(partial, file)
    fault_point("whole file: sync its folder")
    sync_folder(file.parent)


def copy(file: Path, to: Path) -> None:
    """Copy a file; where the file system can, both share their blocks, which costs nothing."""
    with file.open("rb") as source, to.open("xb") as target:
        left = os.fstat(source.fileno()).st_size
        try:
            while left > 0:
                copied = os.copy_file_range(source.fileno(), target.fileno(), left)
                if not copied:
                    break
                left -= copied
        except (AttributeError, OSError):
            # Not on this system, or not between these two: then byte by byte, from the start.
            source.seek(0)
            target.seek(0)
            target.truncate()
            shutil.copyfileobj(source, target, _PIECE)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder outlive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
