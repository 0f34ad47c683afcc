"""What decides the tables besides touches, and what of them a change of it makes stale."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline import __version__
from pipeline.errors import QueryError
from pipeline.faults import fault_point
from pipeline.ingest.find import hashes_beside
from pipeline.queries import find_clean_query
from pipeline.settings import Settings
from pipeline.warehouse import LAYOUT, Warehouse

ADAPTER = "adapter "
_FILE = "the file "
# What only the counts hang on; and what hangs on nothing but figures, which are new every night, or
# what is compared by its rows (the customer file, the rates file, and how they are read).
_OF_COUNTS = {"[paths]"}
_OF_NO_TABLE = {"[goals]", "[segments]", "[rates]"}
# Of [project], what journeys hang on; the rest is for the page.
_OF_JOURNEYS = {"timezone", "currency"}


@dataclass(frozen=True)
class Stale:
    """What has changed since the last publication, by what has to be done again.

    `journeys` makes everything anew from the stored touches, `counts` all counts; the files of
    `formats` are read again, for their adapter is another; `others` are taken up as they come.
    """

    journeys: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.journeys or self.counts or self.formats or self.others)

    def told(self) -> str:
        """Say what changed, and what is done about it."""
        parts = []
        if self.journeys:
            parts.append(f"all journeys rebuilt, for {_listed(self.journeys)} changed")
        if self.counts:
            parts.append(f"all counted again, for {_listed(self.counts)} changed")
        if self.formats:
            parts.append(f"files read again, for the adapter changed: {', '.join(self.formats)}")
        if self.others:
            parts.append(f"taken up as they are now: {', '.join(self.others)}")
        return "; ".join(parts)


def facts_of(settings: Settings) -> dict[str, str]:
    """Name all that decides the tables besides touches: parts of the config, files, adapters."""
    sections = settings.model_dump(mode="json", exclude={"dir", "warehouse", "lineage"})
    project = sections.pop("project")
    journeys = {name: value for name, value in project.items() if name in _OF_JOURNEYS}
    page = {name: value for name, value in project.items() if name not in _OF_JOURNEYS}
    facts = {
        "version": __version__,
        "layout": str(LAYOUT),
        "[project]": _hash(journeys),
        "the page's part of [project]": _hash(page),
        **{f"[{name}]": _hash(told) for name, told in sections.items()},
    }
    for format_ in sorted({source.format for source in settings.sources}):
        adapter = find_clean_query(format_, settings.dir)
        facts[ADAPTER + format_] = _hash(adapter.read_text(encoding="utf-8"))
    for name, sha256 in hashes_beside(settings).items():
        facts[f"{_FILE}{name}"] = sha256
    return facts


def compare(warehouse: Warehouse, facts: Mapping[str, str], *, schema: str = "ops") -> Stale:
    """Compare with the facts of a publication, whose tables of `ops` are in `schema`.

    A fact that either side lacks has changed; publications of older layouts have none.
    """
    try:
        stored = dict(warehouse.rows(f"select fact, value from {schema}.built_by"))
    except QueryError:
        return Stale(journeys=("version",))
    names = {*facts, *stored}
    return sort_out(sorted(name for name in names if facts.get(name) != stored.get(name)))


def sort_out(changed: list[str]) -> Stale:
    """Sort changed facts by what hangs on them."""
    formats = [name for name in changed if name.startswith(ADAPTER)]
    others = [
        name for name in changed if name in _OF_NO_TABLE or name.startswith((_FILE, "the page's"))
    ]
    counts = [name for name in changed if name in _OF_COUNTS]
    known = {*formats, *others, *counts}
    return Stale(
        journeys=tuple(name for name in changed if name not in known),
        counts=tuple(counts),
        formats=tuple(name.removeprefix(ADAPTER) for name in formats),
        others=tuple(others),
    )


def keep_facts(warehouse: Warehouse, facts: Mapping[str, str]) -> None:
    """Publish what tonight's tables were built by."""
    fault_point("run: keep what tables depend on")
    warehouse.run("create or replace table ops.built_by (fact varchar, value varchar)")
    warehouse.run(
        "insert into ops.built_by select unnest(?::varchar[]), unnest(?::varchar[])",
        [sorted(facts), [facts[name] for name in sorted(facts)]],
    )


def _hash(told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1]
