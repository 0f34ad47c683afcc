"""Files that are there whole or not at all, even after the power failed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from pipeline.faults import fault_point

_PIECE = 16 * 2**20
_STDOUT = 1
# Where names are of what processes have opened.
_OPENED = ("/dev/fd", "/proc")
_MOST_LINKS = 40


def write_whole(file: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file; a part of it that a killed process left is taken away first.

    What is no file, such as a pipe or a device, is written to as it is.
    """
    if is_stream(file):
        with open_stream(file) as out:
            out.write(content)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(file.name + ".part")
    fault_point("whole file: write a part")
    partial.unlink(missing_ok=True)
    # Whatever lies there by now, as a link that somebody planted, is not ours to write to.
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            fault_point("whole file: sync the part")
            os.fsync(out.fileno())
        fault_point("whole file: put the part in place")
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)
    fault_point("whole file: sync its folder")
    sync_folder(file.parent)


def put_in_place(made: Path, file: Path) -> None:
    """Let a file that is made take the place of another; what is no file is written to."""
    if not is_stream(file):
        os.replace(made, file)
        return
    with made.open("rb") as whole, open_stream(file) as out:
        shutil.copyfileobj(whole, out, _PIECE)


def is_stream(file: Path) -> bool:
    """Tell whether a name leads to no file that could be replaced: to a pipe, a device, stdout."""
    if file.exists() and not file.is_file():
        return True
    for _ in range(_MOST_LINKS):
        # It may be a file, as behind `> x.csv`, but one that whoever opened it goes on with.
        if any(file.is_relative_to(folder) for folder in _OPENED):
            return True
        if not file.is_symlink():
            break
        target = Path(os.path.realpath(file.parent)) / file.readlink()
        file = Path(os.path.normpath(target))
    return False


def open_stream(file: Path) -> BinaryIO:
    """Open what is no file to write to it, behind what was written to it before."""
    with suppress(OSError):  # stdout may be closed
        if os.path.samestat(file.stat(), os.fstat(_STDOUT)):
            # Opened anew it would begin at its own place, and both write over each other.
            return os.fdopen(os.dup(_STDOUT), "wb")
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND), "wb")


@contextmanager
def room_for(file: Path) -> Iterator[Path]:
    """Give a room for the parts of a file: beside it, or among temporary files if it is none."""
    if is_stream(file):
        with TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        with room_of_ones_own(file.absolute().with_name(f".{file.name}.part")) as room:
            yield room


@contextmanager
def room_of_ones_own(folder: Path) -> Iterator[Path]:
    """Make a folder that is empty and nobody else's; what a killed process left is removed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_place(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def clear_place(place: Path) -> None:
    """Remove what lies there, be it a folder, a file or a link; nothing may.

    Raises PermissionError of the place itself where it is another user's.
    """
    try:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    except PermissionError as error:
        raise PermissionError(error.errno, error.strerror, str(place)) from error


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
