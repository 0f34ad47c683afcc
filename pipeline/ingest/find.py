"""Finding what is new: files that no earlier night loaded, by path, size and time, then hash."""

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from glob import escape, glob
from pathlib import Path

from pipeline.errors import ConfigError, SourceError
from pipeline.ingest.allowed import expect_no_secret, folder_of, leads_out
from pipeline.ingest.load import TRIED_AGAIN, NewFile
from pipeline.ingest.unpack import sha256_of
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse

_UNFINISHED = (".part", ".tmp")


@dataclass(frozen=True)
class Known:
    """What earlier nights loaded: files by name, size and time, and contents by source and hash.

    `told` are of these the contents of which anything was accepted.
    """

    files: frozenset[tuple[str, str, int, int]]
    contents: frozenset[tuple[str, str]]
    told: frozenset[tuple[str, str]]


def known_files(warehouse: Warehouse) -> Known:
    """Read from the ledger what was loaded; a refused file is tried again once changed.

    Of one that could not be opened, or changed while it was read, nothing is known.
    """
    rows = warehouse.rows(
        "select source, file, bytes, modified_ns, sha256, coalesce(accepted, 0) from stored_loads "
        f"where coalesce(refused_reason, '') not in {TRIED_AGAIN}"
    )
    return Known(
        frozenset((source, file, size, modified) for source, file, size, modified, _, _ in rows),
        frozenset((source, sha256) for source, _, _, _, sha256, _ in rows),
        frozenset((source, sha256) for source, _, _, _, sha256, accepted in rows if accepted),
    )


def find_new(settings: Settings, known: Known) -> list[NewFile]:
    """List the new files of all sources, in the order of the config and then of their names."""
    found: list[NewFile] = []
    for source in settings.sources:
        contents = set(known.contents)
        for file in source_files(settings, source):
            try:
                stat = file.stat()
            except FileNotFoundError:  # somebody has taken it away again
                continue
            name = _name(file, settings.dir)
            if (source.name, name, stat.st_size, stat.st_mtime_ns) in known.files:
                continue
            reason = _why_unopened(settings, source, file)
            sha256 = _hash_of(file) if reason is None else _hash_of_name(reason, file)
            if (source.name, sha256) in contents:
                continue
            contents.add((source.name, sha256))
            found.append(
                NewFile(
                    source,
                    file,
                    name,
                    sha256,
                    stat.st_size,
                    stat.st_mtime_ns,
                    number=len(found),
                    refused_reason=reason,
                )
            )
    return found


def expect_folders(settings: Settings) -> None:
    """Refuse a night whose files may only seem to be none, for a source's folder cannot be listed.

    Raises SourceError: a disk that is not mounted, or rights that were lost, would else look like
    a night on which nothing is new.
    """
    for source in settings.sources:
        folder = folder_of(settings, source)
        try:
            with os.scandir(folder):
                pass
        except OSError as error:
            raise SourceError(
                f"source {source.name}: expected a folder {folder} whose files can be listed "
                f"(`files` is {source.files!r}), found: {error.strerror}. Bring it back, mend its "
                "rights or `files` in recorrido.toml. Nothing was published."
            ) from None


def expect_no_other_name(settings: Settings, new: Iterable[NewFile], known: Known) -> None:
    """Refuse to load again, under another name, what a source told that the config has no more.

    Each of its touches would be there twice, and those of erased persons would come back, for they
    are known by the name of their source.
    """
    named = {source.name for source in settings.sources}
    former = {sha256: source for source, sha256 in known.told if source not in named}
    for file in new:
        if (source := former.get(file.sha256)) is not None:
            raise ConfigError(
                f"expected of source {file.source.name} files that were not loaded before; "
                f"{file.name} was, as a file of source {source}, which the config has no more. "
                "Loaded again, each of its touches would be there twice: give the source its "
                "former name. To rename it for good, move the published warehouse away and run "
                "again: all is built anew of the landing files; then erase again whom you erased."
            )


def source_files(settings: Settings, source: Source) -> list[Path]:
    """List a source's finished files, sorted by name."""
    pattern = str(Path(escape(str(settings.dir))) / source.files)
    files = (Path(name) for name in glob(pattern, recursive=True))  # noqa: PTH207 - ** and hidden
    return sorted(file for file in files if file.is_file() and _is_settled(file, source))


def silent_sources(settings: Settings, new: Iterable[NewFile]) -> list[str]:
    """Name the sources that have nothing new tonight."""
    heard = {file.source.name for file in new}
    return [source.name for source in settings.sources if source.name not in heard]


def _why_unopened(settings: Settings, source: Source, file: Path) -> str | None:
    """Give the reason for which a file is refused without being opened, if there is one."""
    if not _is_utf8(str(file)):
        return "bad_name"
    if leads_out(folder_of(settings, source), file):
        return "outside_folder"
    expect_no_secret(settings, source, file)
    return None


def _is_utf8(name: str) -> bool:
    """Tell whether a name is text: no other can be told to DuckDB, or written on a page."""
    return name.encode(errors="replace").decode() == name


def _hash_of(file: Path) -> str:
    """Hash a file; one that cannot be opened is refused when its turn to be read comes."""
    try:
        return sha256_of(file)
    except OSError:
        return _hash_of_name("unreadable", file)


def _hash_of_name(why: str, file: Path) -> str:
    """Stand in for the hash of a file that is not read, so that its load has an id of its own."""
    return hashlib.sha256(os.fsencode(f"{why} {file}")).hexdigest()


def _is_settled(file: Path, source: Source) -> bool:
    """Tell whether nobody writes to a file any more; of a clock ahead only a wait for it hears."""
    if file.suffix in _UNFINISHED:
        return False
    wait = source.settle.total_seconds()
    return not wait or time.time() - file.stat().st_mtime >= wait


def _name(file: Path, folder: Path) -> str:
    """Name a file as the ledger does; a byte that is no text stands as \\xff."""
    told = file.relative_to(folder) if file.is_relative_to(folder) else file
    return os.fsencode(told).decode("utf-8", "backslashreplace")


def hashes_beside(settings: Settings) -> dict[Path, str]:
    """Name the contents of the customer file and the rates file, "" where there is none."""
    sections = [section for section in (settings.segments, settings.rates) if section is not None]
    files = {section.file: settings.dir / section.file for section in sections}
    return {name: sha256_of(file)[:16] if file.is_file() else "" for name, file in files.items()}
