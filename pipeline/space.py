"""Room on the disk, looked for before a night begins."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import DiskError

# Measured at the peak of nights. A byte of a vendor's log takes 2, one of the narrowest table 22:
# the lesser is asked for, since a night that would fit must not be refused.
PER_NEW_BYTE = 2.0
PER_PUBLISHED_BYTE = 1.8
# About what a packed file holds for each of its bytes.
_UNPACKED = {".gz": 10, ".zst": 10, ".parquet": 5}
# Catalogues, logs, the page and the graph: what even an empty night takes.
_AT_LEAST = 40 * 10**6


def expect_space(published: Path, new: Iterable[tuple[Path, int]] = ()) -> None:
    """Refuse to begin a night that the disk has no room for. In: new files and their bytes.

    Raises DiskError, which names what is needed, what is free, and where to mend it.
    """
    size = published.stat().st_size if published.exists() else 0
    need = needed_bytes(published=size, new=sum(unpacked_bytes(*file) for file in new))
    free = shutil.disk_usage(published.parent).free
    if need > free:
        raise DiskError(
            f"expected about {_told(need)} of free disk for the night in {published.parent}, found "
            f"{_told(free)}. Make room there, lower [warehouse] keep, or move [warehouse] dir to "
            "another disk; nothing was published."
        )


def needed_bytes(*, published: int, new: int) -> int:
    """Tell what a night takes at its peak, for a publication and new records of so many bytes."""
    return int(_AT_LEAST + published * PER_PUBLISHED_BYTE + new * PER_NEW_BYTE)


def unpacked_bytes(file: Path, size: int) -> int:
    """Tell about how much a file holds, packed or not."""
    return size * _UNPACKED.get(file.suffix, 1)


def _told(size: int) -> str:
    return f"{size / 10**9:.1f} GB" if size >= 10**9 else f"{size / 10**6:.0f} MB"
