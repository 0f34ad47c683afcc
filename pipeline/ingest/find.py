"""Finding what is new: files that no earlier night loaded, by path, size and time, then hash."""

import errno
import hashlib
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape, glob
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.ingest.allowed import expect_no_secret, folder_of, leads_out
from pipeline.ingest.load import TRIED_AGAIN, NewFile, modified_ns
from pipeline.ingest.look import MISNAMED, has_kind, is_named_better
from pipeline.ingest.unpack import PACKED, sha256_of
from pipeline.printable import is_text
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse

_UNFINISHED = (".part", ".tmp")


@dataclass(frozen=True)
class Known:
    """What earlier nights loaded: files by name, size and time, and contents by source and hash.

    `told` are of these the contents of which not all was refused; `misnamed` gives of contents that
    were refused for the file's name the reason; `tried` are the loads of files that could not be
    read, by source and name: of what was found of them then nothing is known.
    """

    files: frozenset[tuple[str, str, int, int]]
    contents: frozenset[tuple[str, str]]
    told: frozenset[tuple[str, str]]
    misnamed: Mapping[tuple[str, str], str]
    tried: Mapping[tuple[str, str], Sequence[str]]

    def tries_of(self, new: Iterable[NewFile]) -> list[tuple[str, str]]:
        """Give the loads, by source and load_id, in whose place these files are read now."""
        tries = [
            (file.source.name, load_id)
            for file in new
            for load_id in self.tried.get((file.source.name, file.name), ())
        ]
        return tries + [
            (file.source.name, file.sha256[:12])
            for file in new
            if (file.source.name, file.sha256) in self.misnamed
        ]

    def has(self, source: str, sha256: str, file: Path) -> bool:
        """Tell whether contents are known: those refused for a name, until they have a better."""
        if reason := self.misnamed.get((source, sha256)):
            return not is_named_better(file, reason)
        return (source, sha256) in self.contents


def known_files(warehouse: Warehouse) -> Known:
    """Read from the ledger what was loaded; a refused file is tried again once changed."""
    was_read = f"coalesce(refused_reason, '') not in {TRIED_AGAIN}"
    rows = warehouse.rows(
        "select source, file, bytes, modified_ns, sha256, records > rejected, "
        f"coalesce(refused_reason, '') from stored_loads where {was_read}"
    )
    tried = warehouse.rows(
        "select source, file, list(load_id order by load_id) from stored_loads "
        f"where not ({was_read}) group by source, file"
    )
    return Known(
        # A link has the size and the time of what it leads to: that may take its place.
        frozenset(tuple(row[:4]) for row in rows if row[6] != "outside_folder"),
        frozenset((source, sha256) for source, _, _, _, sha256, *_ in rows),
        frozenset((source, sha256) for source, _, _, _, sha256, is_told, *_ in rows if is_told),
        {
            (source, sha256): reason
            for source, _, _, _, sha256, _, reason in rows
            if reason in MISNAMED
        },
        {(source, file): load_ids for source, file, load_ids in tried},
    )


def find_new(settings: Settings, known: Known) -> list[NewFile]:
    """List the new files of all sources, in the order of the config and then of their names.

    One that was tried before, and may still not be opened, is none.
    """
    found: list[NewFile] = []
    for source in settings.sources:
        contents = set()
        # Of two with the same contents the one that can be read by its name.
        for file in sorted(source_files(settings, source), key=lambda file: not has_kind(file)):
            try:
                stat = file.stat()
            except FileNotFoundError:  # somebody has taken it away again
                continue
            name = _name(file, settings.dir)
            if (source.name, name, stat.st_size, modified_ns(stat)) in known.files:
                continue
            if (source.name, name) in known.tried and not os.access(file, os.R_OK):
                continue  # `unlisted_folders` tells of it
            reason = _why_unopened(settings, source, file)
            sha256 = hash_of(file) if reason is None else _hash_of_name(reason, file)
            if sha256 in contents or known.has(source.name, sha256, file):
                continue
            contents.add(sha256)
            found.append(
                NewFile(
                    source,
                    file,
                    name,
                    sha256,
                    stat.st_size,
                    modified_ns(stat),
                    number=len(found),
                    refused_reason=reason,
                )
            )
    return found


def unlisted_folders(settings: Settings) -> list[str]:
    """Say of which sources the folder cannot be listed, or a file in it cannot be opened.

    What is new there, nobody can tell: a disk that is not mounted, or rights that were lost, would
    else look like a night on which nothing is new.
    """
    told = []
    for source in settings.sources:
        folder = folder_of(settings, source)
        try:
            with os.scandir(folder):
                if not os.access(folder, os.X_OK):  # its files could not be opened
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            told.append(
                f"source {source.name}: expected a folder {folder} whose files can be listed "
                f"(`files` is {source.files!r}), found: {error.strerror}. Bring it back, mend its "
                "rights or `files` in recorrido.toml"
            )
        else:
            files = [file for file in _matching(settings, source) if file.suffix not in _UNFINISHED]
            told += [
                f"source {source.name}: expected a file, found a link that leads nowhere: {file}. "
                "Bring back what it leads to, or take the link away"
                for file in files
                if _leads_nowhere(file)
            ]
            told += [
                f"source {source.name}: expected a file that can be opened, found: "
                f"{os.strerror(errno.EACCES)}: {file}. Mend its rights, or take it away"
                for file in files
                if not _leads_nowhere(file) and file.is_file() and not os.access(file, os.R_OK)
            ]
    return told


def passed_over(settings: Settings) -> list[str]:
    """Say of which sources a file lies beside theirs that `files` does not name, but nearly.

    Nearly: but for how it is packed, or for capitals. What else lies there is nobody's, or meant.
    """
    told = []
    named = {file for source in settings.sources for file in _matching(settings, source)}
    for source in settings.sources:
        wanted = _unpacked(Path(source.files))
        beside = [
            file
            for file in _glob(settings, Path(source.files).parent / "*")
            if file not in named and fnmatchcase(_unpacked(file), wanted) and file.is_file()
        ]
        if beside:
            more = f" and {len(beside) - 1} more" if beside[1:] else ""
            told.append(
                f"source {source.name} passes over {_name(min(beside), settings.dir)}{more}, for "
                f"its `files` are {source.files!r}. Widen that in recorrido.toml, or move what is "
                "not meant out of the folder"
            )
    return told


def _unpacked(file: Path) -> str:
    """Give a file's name in small letters, without what says that it is packed."""
    return (file.name if file.suffix.lower() not in PACKED else file.stem).lower()


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
                "with --full: all is built anew of the landing files; then erase again whom you "
                "erased."
            )


def source_files(settings: Settings, source: Source) -> list[Path]:
    """List a source's finished files, sorted by name."""
    return sorted(file for file in _matching(settings, source) if _is_finished(file, source))


def _matching(settings: Settings, source: Source) -> list[Path]:
    return _glob(settings, Path(source.files))


def _glob(settings: Settings, pattern: Path) -> list[Path]:
    return list(dict.fromkeys(_named(settings.dir, pattern.parts)))


def _named(folder: Path, pattern: Sequence[str]) -> Iterator[Path]:
    """Give what a pattern names below a folder; `**` is the folder itself and all below it."""
    if "**" not in pattern:
        names = glob(str(Path(escape(str(folder)), *pattern)))  # noqa: PTH207 - of it no hidden ones
        yield from map(Path, names)
        return
    at = pattern.index("**")
    for outer in _named(folder, pattern[:at]):
        for inner in _folders(outer):
            yield from _named(inner, pattern[at + 1 :] or ("*",))


def _folders(outer: Path) -> Iterator[Path]:
    """Give a folder and those below it but hidden ones, each once, whatever links lead to it.

    Python's glob follows links that lead back, each as often as the system lets it.
    """
    seen: set[tuple[int, int]] = set()
    waiting = deque([outer])
    while waiting:
        folder = waiting.popleft()
        try:
            stat, entries = folder.stat(), sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:  # it is a file, or may not be listed
            continue
        if (stat.st_dev, stat.st_ino) in seen:
            continue
        seen.add((stat.st_dev, stat.st_ino))
        yield folder
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                waiting.append(Path(entry.path))  # last: what has a name of its own goes by that
            elif entry.is_dir():
                waiting.appendleft(Path(entry.path))


def _leads_nowhere(file: Path) -> bool:
    """Tell whether it is a link to what is not there, or may not be looked for."""
    try:
        return file.is_symlink() and not file.exists()
    except OSError:
        return True


def silent_sources(settings: Settings, new: Iterable[NewFile]) -> list[str]:
    """Name the sources that have nothing new tonight."""
    heard = {file.source.name for file in new}
    return [source.name for source in settings.sources if source.name not in heard]


def _why_unopened(settings: Settings, source: Source, file: Path) -> str | None:
    """Give the reason for which a file is refused without being opened, if there is one."""
    # No other can be told to DuckDB, or written on a page.
    if not is_text(str(file)):
        return "bad_name"
    if leads_out(folder_of(settings, source), file):
        return "outside_folder"
    expect_no_secret(settings, source, file)
    return None


def hash_of(file: Path) -> str:
    """Hash a file; one that cannot be opened is refused when its turn to be read comes."""
    try:
        return sha256_of(file)
    except OSError:
        return _hash_of_name("unreadable", file)


def _hash_of_name(why: str, file: Path) -> str:
    """Stand in for the hash of a file that is not read, so that its load has an id of its own."""
    return hashlib.sha256(os.fsencode(f"{why} {file}")).hexdigest()


def _is_finished(file: Path, source: Source) -> bool:
    """Tell whether it is a file to which nobody writes any more, as far as `settle` says."""
    if file.suffix in _UNFINISHED:
        return False
    wait = source.settle.total_seconds()
    try:
        # A time far ahead is nobody's who writes just now.
        return file.is_file() and (not wait or abs(time.time() - file.stat().st_mtime) >= wait)
    # Somebody has taken it away again, or it lies in a folder of which `unlisted_folders` warns.
    except (FileNotFoundError, PermissionError):
        return False


def _name(file: Path, folder: Path) -> str:
    """Name a file as the ledger does; a byte that is no text stands as \\xff."""
    told = file.relative_to(folder) if file.is_relative_to(folder) else file
    return os.fsencode(told).decode("utf-8", "backslashreplace")


def hashes_beside(settings: Settings) -> dict[Path, str]:
    """Name the contents of the customer file and the rates file, "" where there is none."""
    sections = [section for section in (settings.segments, settings.rates) if section is not None]
    files = {section.file: settings.dir / section.file for section in sections}
    return {name: sha256_of(file)[:16] if file.is_file() else "" for name, file in files.items()}
