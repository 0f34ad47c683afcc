"""Loading again, after a mend of the adapter or the config, what earlier nights refused."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConfigError, SourceError
from pipeline.ingest.allowed import folder_of
from pipeline.ingest.find import (
    expect_no_other_name,
    find_new,
    hash_of,
    known_files,
    source_files,
)
from pipeline.ingest.load import TRIED_AGAIN, NewFile
from pipeline.ingest.reading import readings
from pipeline.night import Night
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.stale import Stale
from pipeline.stored import recall
from pipeline.warehouse import Warehouse

# Loads whose tellings gave way to others': should those no longer stand, theirs are wanted again.
_GAVE_WAY = """
    select loads.source, loads.load_id, loads.bytes, loads.sha256
    from stored_loads as loads
    left join (
        select source, load_id, count(*) as touches from stored_touches group by all
    ) as standing using (source, load_id)
    where loads.source = ?
        and (loads.duplicates > 0 or loads.conflicts > 0
            or loads.touches > coalesce(standing.touches, 0))
"""


# load_id, file, bytes, duplicates, sha256, whether it was read otherwise than it would be now.
_Load = tuple[Any, ...]


@dataclass(frozen=True)
class Replay:
    """Which refused records to load again: of one source, with one reason, or all."""

    source: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Replayed:
    """The loads to load again, by source and load_id, and the files that cannot be.

    `came_back` counts those whose file was away when it was to be read otherwise; `mixed` names the
    sources of which files that are gone told in part what others tell again, read otherwise.
    """

    loads: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()
    came_back: int = 0
    mixed: tuple[str, ...] = ()

    def among(self, files: Sequence[NewFile]) -> list[NewFile]:
        """Give those of some files that are to be loaded again."""
        loads = set(self.loads)
        return [file for file in files if (file.source.name, file.sha256[:12]) in loads]

    def besides(self, files: Sequence[NewFile]) -> list[NewFile]:
        """Give those of some files that are new."""
        again = {file.number for file in self.among(files)}
        return [file for file in files if file.number not in again]


def find_files(night: Night, settings: Settings, replayed: Replayed) -> list[NewFile]:
    """List the files to read tonight: new ones, and those to be loaded again or tried again.

    What these brought is not among what is stored any more. Raises ConfigError where one was told
    under the name of another source.
    """
    recall(night, replayed.loads)
    known = known_files(night.warehouse)
    found = find_new(settings, known)
    expect_no_other_name(settings, replayed.besides(found), known)
    if tries := known.tries_of(found):
        recall(night, [*replayed.loads, *tries])
    return found


def loads_to_replay(warehouse: Warehouse, settings: Settings, replay: Replay) -> Replayed:
    """Find the loads that have such records and whose file still lies there, unchanged.

    A file is loaded again whole: what it brought is taken out first, as if it had never been, and
    what it brings now stands. So are the source's files whose tellings gave way to others', as far
    as they are there. Raises ConfigError for a reason that no refused record has.
    """
    rows = warehouse.rows(
        "select distinct source, load_id, loads.file, loads.bytes, loads.sha256 "
        "from stored_rejects as rejects inner join stored_loads as loads using (load_id, source) "
        "where (?::varchar is null or source = ?) and (?::varchar is null or reason = ?) "
        f"and reason <> 'conflict' and reason not in {TRIED_AGAIN} order by all",
        [replay.source, replay.source, replay.reason, replay.reason],
    )
    if not rows and replay.reason:
        _expect_known_reason(warehouse, replay.reason)
    there = _Files(settings, {size for *_, size, _ in rows})
    loads = {(source, load) for source, load, _, _, sha in rows if there.has(source, sha)}
    missing = [file for source, _, file, _, sha in rows if not there.has(source, sha)]
    for source in {source for source, _ in loads}:
        others = warehouse.rows(_GAVE_WAY, [source])
        lying = _Files(settings, {size for *_, size, _ in others})
        loads |= {(source, load) for _, load, _, sha in others if lying.has(source, sha)}
    # A file that grew was loaded several times.
    return Replayed(tuple(sorted(loads)), tuple(dict.fromkeys(missing)))


def loads_read_otherwise(warehouse: Warehouse, settings: Settings, stale: Stale) -> Replayed:
    """Find the loads whose file lies there, and was read otherwise than it would be now.

    Their adapter was another, or what the config says of how to read them. With them go all files
    of their source that lie there: what these told may have given way to what is told no more.
    Those whose file is gone are told besides, in the night that finds the change; should they come
    back, they are read then.
    """
    loads: list[tuple[str, str]] = []
    missing: list[str] = []
    mixed: list[str] = []
    came_back = 0
    now = readings(settings)
    for source in settings.sources:
        is_stale = source.format in stale.formats or source.name in stale.sources
        rows = warehouse.rows(
            "select load_id, file, bytes, duplicates, sha256, "
            # Older publications do not say how a file was read.
            "coalesce(read_by <> ?, ?) as is_otherwise from stored_loads where source = ? "
            f"and coalesce(refused_reason, '') not in {TRIED_AGAIN} order by all",
            [now[source.name], is_stale, source.name],
        )
        changed = [row for row in rows if row[-1]]
        if not changed:
            continue
        if is_stale:
            _expect_all_open(settings, source)
        there, gone = _lying_there(settings, source, changed)
        loads += [(source.name, load) for load, *_ in there]
        if there:
            others, _ = _lying_there(settings, source, [row for row in rows if not row[-1]])
            loads += [(source.name, load) for load, *_ in others]
        if is_stale:
            missing += [file for _, file, *_ in gone]
            # What both tell is known by what it says, where it has no id: now they say it twice.
            mixed += [source.name] if gone and any(row[3] for row in there) else []
        else:
            came_back += len(there)
    return Replayed(tuple(loads), tuple(missing), came_back, tuple(mixed))


def _lying_there(
    settings: Settings, source: Source, rows: list[_Load]
) -> tuple[list[_Load], list[_Load]]:
    """Part loads into those whose file lies there, unchanged, and those whose file does not."""
    lying = _Files(settings, {size for _, _, size, *_ in rows})
    there: list[_Load] = []
    gone: list[_Load] = []
    for row in rows:
        (there if lying.has(source.name, row[4]) else gone).append(row)
    return there, gone


def _expect_all_open(settings: Settings, source: Source) -> None:
    """Refuse to read a source again while some of its files cannot be opened: they would be left.

    Raises SourceError. What is not there any more is told, and stays as it was read.
    """
    for place in (folder_of(settings, source), *source_files(settings, source)):
        if place.exists() and not os.access(place, os.R_OK):
            raise SourceError(
                f"source {source.name} is to be read again, for how it is read has changed; "
                f"expected to open {place}, and may not. Mend its rights; nothing was published."
            )


class _Files:
    """The contents of the sources' files, of those whose size may be meant."""

    def __init__(self, settings: Settings, sizes: Iterable[int]) -> None:
        wanted = set(sizes)
        self._contents = {
            (source.name, hash_of(file))
            for source in settings.sources
            for file in source_files(settings, source)
            if file.stat().st_size in wanted
        }

    def has(self, source: str, sha256: str) -> bool:
        """Tell whether a file of the source has these contents, whatever its name."""
        return (source, sha256) in self._contents


def _expect_known_reason(warehouse: Warehouse, reason: str) -> None:
    rows = warehouse.rows("select distinct reason from stored_rejects order by reason")
    known = [known for (known,) in rows]
    if reason not in known:
        raise ConfigError(
            f"no record was refused as '{reason}'; there are {', '.join(known) or 'none at all'}"
        )
