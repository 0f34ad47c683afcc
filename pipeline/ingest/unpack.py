"""A file's bytes unpacked: whole, in chunks or in lines, and never more than a file may hold."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

import pyarrow as pa

from pipeline.errors import RefusedFile

PACKED = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_CHUNK = 1 << 20
# Logs expand tenfold to a hundredfold; what expands further is a bomb, once it is large.
_MAX_EXPANSION = 500
_MAY_EXPAND_TO = 64 << 20


def sha256_of(file: Path) -> str:
    """Hash a file's bytes as they lie on the disk."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def may_expand_to(file: Path) -> int:
    """Tell how many bytes a file may hold when unpacked, so that a small one fills no disk."""
    return max(_MAY_EXPAND_TO, _MAX_EXPANSION * file.stat().st_size)


def expands_too_far() -> RefusedFile:
    """Say that a file holds far more than its size."""
    return RefusedFile(
        "expands_too_far",
        f"expected a file that expands at most {_MAX_EXPANSION}-fold; this one looks like a bomb. "
        "Unpack it yourself if you trust it",
    )


def _packing(file: Path) -> str:
    """Tell by a file's first bytes how it is packed: the suffix of it, or nothing."""
    with file.open("rb") as handle:
        head = handle.read(4)
    return next((suffix for suffix, magic in PACKED.items() if head.startswith(magic)), "")


def is_packed_as_named(file: Path) -> bool:
    """Tell whether a parser that goes by the name unpacks a file; some also stumble on padding."""
    packing = _packing(file)
    if packing != (file.suffix if file.suffix in PACKED else ""):
        return False
    with file.open("rb") as handle:
        handle.seek(-min(8, file.stat().st_size), io.SEEK_END)
        return packing != ".gz" or any(handle.read())


def opened(file: Path) -> IO[bytes]:
    """Open a file for its bytes, unpacked by what it begins with, whatever its name says."""
    packing = _packing(file)
    if packing == ".gz":
        return cast(IO[bytes], gzip.open(file, "rb"))
    if packing == ".zst":
        return cast(IO[bytes], pa.CompressedInputStream(pa.OSFile(str(file)), "zstd"))
    if file.suffix.lower() in PACKED and file.stat().st_size:
        raise RefusedFile("not_packed", f"expected a {file.suffix} file, found something else")
    return file.open("rb")


def chunks(file: Path) -> Iterator[bytes]:
    """Give a file unpacked, a piece at a time; refuse one that is cut, damaged or a bomb."""
    left = may_expand_to(file)
    try:
        with opened(file) as handle:
            while chunk := handle.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise expands_too_far()
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException, OSError) as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            # The machine's trouble, not the file's: refused, it would never be read again.
            raise
        raise RefusedFile("damaged_file", f"expected a whole file, but: {error}") from None


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give the lines of a text without their ends; how long one may be has been seen before."""
    begun = b""
    for piece in pieces:
        *whole, begun = (begun + piece).split(b"\n")
        yield from whole
    if begun:
        yield begun


def first_letter(file: Path) -> str:
    """Give the first letter of a text that is no white space."""
    for chunk in chunks(file):
        if letters := chunk.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n"):
            return letters[0]
    return ""
