"""How a finished shadow becomes what readers open: in one step, or not at all; and the way back."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import ConfigError, LockedError, PipelineError
from pipeline.faults import fault_point
from pipeline.interrupts import NOTHING, now_stands, undisturbed
from pipeline.own_places import PUBLICATION
from pipeline.warehouse import expect_readable

if sys.platform != "win32":
    import fcntl

KEEP = 2
_PREVIOUS = "previous"
_FORMER = ".duckdb"
_WITHDRAWN = ".withdrawn"
_PARTIAL = ".part"
_MODE = 0o640


def publish(shadow: Path, published: Path, *, keep: int = KEEP) -> None:
    """Put a closed shadow in place of the publication, in one step that readers see.

    The last `keep` publications stay beside it in `previous/`, for a way back; what was withdrawn
    by a rollback is forgotten. Killed anywhere, it leaves the old publication or the new one.
    """
    if _log_of(shadow).exists():
        raise PipelineError("the shadow left a write-ahead log behind; nothing was published")
    fault_point("publication: look at the shadow once more")
    expect_readable(shadow)
    shadow.chmod(_MODE)
    _finish_after(shadow, published)
    fault_point("publication: sync the shadow")
    _sync(shadow)
    _swap_in(
        shadow,
        published,
        _FORMER if keep else None,
        "the night was published already; 'recorrido report' writes its page",
    )
    with undisturbed():
        _remove(_kept(published, _WITHDRAWN))
        _prune(published, keep)


def former_publications(directory: Path) -> list[Path]:
    """List the publications before this one that a warehouse's folder still has, newest first."""
    return sorted(_kept(_published(directory), _FORMER), reverse=True)


def withdrawn_publications(directory: Path) -> list[Path]:
    """List what rollbacks took back since the last publication, oldest first."""
    return sorted(_kept(_published(directory), _WITHDRAWN))


def forget_former(directory: Path) -> None:
    """Remove every publication but the present one, withdrawn ones too.

    Their folder stays where it is a link, or a disk of its own.
    """
    fault_point("publication: forget former publications")
    folder = directory / _PREVIOUS
    if folder.is_symlink() and not folder.exists():
        raise ConfigError(
            f"expected the former publications in {folder}, found a link to {folder.readlink()}, "
            "which is not there. Mount it, or bring it back: whom an erasure takes out is in them"
        )
    if not folder.exists():
        return
    _remove([file for file in folder.iterdir() if file.is_symlink() or not file.is_dir()])
    _sync(folder)
    with suppress(OSError):
        folder.rmdir()
        _sync(directory)


def withdraw(published: Path, former: Path) -> None:
    """Put a former publication in place of the present one, which is kept as withdrawn."""
    stands = "the former publication stands already; 'recorrido report' writes its page"
    _bring_back(former, published, _WITHDRAWN, stands)


def put_back(published: Path, withdrawn: Path) -> None:
    """Put what was withdrawn in place again; the present publication becomes a former one."""
    stands = "the publication is back already; 'recorrido report' writes its page"
    _bring_back(withdrawn, published, _FORMER, stands)


def tidy(published: Path, *, keep: int = KEEP) -> None:
    """Remove what a killed publication left, before a night looks at what stands.

    Raises LockedError if somebody writes to the publication. A write-ahead log of somebody who no
    longer does is removed: what was written by hand would be gone with the next publication, and
    beside another file it would be replayed into that one, or keep every reader out.
    """
    now_stands(NOTHING)
    with undisturbed(), _no_writer(published):
        fault_point("publication: remove a stale log")
        _log_of(published).unlink(missing_ok=True)
    fault_point("publication: remove what a killed one left")
    _remove([_coming(published), *(published.parent / _PREVIOUS).glob(f"*{_PARTIAL}")])
    _remove_doubles(published)
    fault_point("publication: withdraw what is newer")
    _withdraw_what_is_newer(published)
    _remove(_superseded(published))
    _prune(published, keep)


def _finish_after(shadow: Path, published: Path) -> None:
    """Let the shadow be the later one, or a clock that was ahead would turn the ways back round."""
    if published.exists():
        last_ns = published.stat().st_mtime_ns
        if shadow.stat().st_mtime_ns <= last_ns:
            os.utime(shadow, ns=(last_ns + 1, last_ns + 1))


def _bring_back(kept: Path, published: Path, kind: str, stands: str) -> None:
    """Put what is kept in place of the publication; it may be kept on another disk."""
    expect_readable(kept)
    coming = _coming(published)
    fault_point("publication: bring back what is kept")
    try:
        _link_or_copy(kept, coming)
        _swap_in(coming, published, kind, stands)
    finally:
        coming.unlink(missing_ok=True)
    fault_point("publication: take its kept name away")
    kept.unlink(missing_ok=True)
    _sync(kept.parent)


def _swap_in(incoming: Path, published: Path, kind: str | None, stands: str) -> None:
    """Replace the publication; keep the outgoing one as a file of some kind, if any."""
    try:
        if kind and published.exists():
            _keep(published, kind)
        with undisturbed(), _no_writer(published):
            # A log must never lie beside a file that is not its own, so it goes before.
            fault_point("publication: remove the old one's log")
            _log_of(published).unlink(missing_ok=True)
            fault_point("publication: replace the publication")
            os.replace(incoming, published)
            now_stands(stands)
            fault_point("publication: sync the folder")
            _sync(published.parent)
    finally:
        _remove_doubles(published)


def _keep(published: Path, kind: str) -> None:
    """Keep the outgoing file under the time when it was finished, by a link where that can be."""
    target = _beside(published, kind)
    target.parent.mkdir(mode=0o750, exist_ok=True)
    partial = target.with_name(target.name + _PARTIAL)
    fault_point("publication: keep the old one")
    try:
        _link_or_copy(published, partial)
        fault_point("publication: name the old one")
        # To rename one link of a file to another does nothing at all, so that goes before.
        target.unlink(missing_ok=True)
        os.replace(partial, target)
        _sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _link_or_copy(file: Path, to: Path) -> None:
    """Give a file another name; where there can be no link, as on another disk, copy it."""
    to.unlink(missing_ok=True)
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)
        _sync(to)


@contextmanager
def _no_writer(published: Path) -> Iterator[None]:
    """Keep writers out of the publication, if there is one; raise LockedError if one is in it.

    One that went on would leave its log beside the next publication, which none could open then.
    DuckDB holds the same kind of lock, and so do readers, who are let in.
    """
    # Windows lets nobody replace what another has open to write.
    if sys.platform == "win32" or not published.exists():
        yield
        return
    with published.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise LockedError(
                f"expected nobody to write to {published}; another process has it open to write. "
                "Close it there, or open it read-only; nothing was published."
            ) from None
        yield


def _prune(published: Path, keep: int) -> None:
    fault_point("publication: prune former publications")
    _remove(former_publications(published.parent)[keep:])


def _superseded(published: Path) -> list[Path]:
    """List what was withdrawn before the present publication was made: there is no way back to it.

    What a rollback withdrew is newer than what it put in place.
    """
    if not published.exists():
        return []
    present = _beside(published, _WITHDRAWN).name
    return [file for file in _kept(published, _WITHDRAWN) if file.name < present]


def _withdraw_what_is_newer(published: Path) -> None:
    """Call withdrawn what was made after the present publication, as where a backup came back.

    Called former, it would be what a rollback puts in place, and lose what was brought back. What
    is not named for when it was finished is somebody's own.
    """
    if published.exists():
        present = _beside(published, _FORMER).name
        for file in _kept(published, _FORMER):
            if file.stem == _name_of(file) and file.name > present:
                os.replace(file, file.with_suffix(_WITHDRAWN))


def _remove_doubles(published: Path) -> None:
    """Remove what was kept of the present publication, by one that was killed or failed."""
    if published.exists():
        _remove([_beside(published, kind) for kind in (_FORMER, _WITHDRAWN)])


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _kept(published: Path, kind: str) -> list[Path]:
    """List kept files of one kind; a double of the present publication is none."""
    files = (published.parent / _PREVIOUS).glob(f"*{kind}")
    present = _beside(published, kind) if published.exists() else None
    return [file for file in files if file != present]


def _beside(published: Path, kind: str) -> Path:
    return published.parent / _PREVIOUS / (_name_of(published) + kind)


def _name_of(publication: Path) -> str:
    """Name a publication for when it was finished, which links and copies of it share."""
    finished_ns = publication.stat().st_mtime_ns
    at = datetime.fromtimestamp(finished_ns // 10**9, UTC)
    return f"{at:%Y%m%dT%H%M%S}.{finished_ns % 10**9:09d}Z"


def _published(directory: Path) -> Path:
    return directory / PUBLICATION


def _coming(published: Path) -> Path:
    return published.with_name(published.name + _PARTIAL)


def _log_of(database: Path) -> Path:
    return Path(f"{database}.wal")


def _sync(file: Path) -> None:
    if os.name == "nt" and file.is_dir():  # Windows opens no folders
        return
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
