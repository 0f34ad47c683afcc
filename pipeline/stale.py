"""What decides the tables besides touches, and what of them a change of it makes stale."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline import __version__
from pipeline.errors import QueryError
from pipeline.faults import fault_point
from pipeline.ingest.find import hashes_beside
from pipeline.ingest.reading import adapter_of, config_of, fingerprint
from pipeline.queries import read_sql, shipped
from pipeline.settings import Settings
from pipeline.warehouse import LAYOUT, Warehouse

ADAPTER = "adapter "
_READING = "how to read "
_IDS = "the ids of "
_OF_FILES = (ADAPTER, _READING, _IDS)
_FILE = "the file "
_MAKING = (
    "macros", "macros/names", "macros/analysts", "identity", "scratch", "core", "counts",
    "counts/beside", "marts", "figures", "increment", "ops",
)  # fmt: skip
WORDS = "the words of "
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
    `formats` are read again, for their adapter is another, and those of `sources`, for the config
    says otherwise how; of `ids` besides, the vendors' numbers are told apart otherwise; `others`
    are taken up as they come.
    """

    journeys: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        again = (self.journeys, self.counts, self.formats, self.sources, self.ids, self.others)
        return any(again)

    def told(self) -> str:
        """Say what changed, and what is done about it."""
        parts = []
        if self.journeys:
            parts.append(f"all journeys rebuilt, for {_listed(self.journeys)} changed")
        if self.counts:
            parts.append(f"all counted again, for {_listed(self.counts)} changed")
        if self.formats:
            parts.append(f"files read again, for the adapter changed: {', '.join(self.formats)}")
        if self.sources:
            parts.append(f"files of {_listed(self.sources)} read again, as [[sources]] has it now")
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
        "version": fingerprint((__version__, *_shipped_queries())),
        "layout": str(LAYOUT),
        "[project]": fingerprint(journeys),
        "the page's part of [project]": fingerprint(page),
        **{f"[{name}]": fingerprint(told) for name, told in sections.items()},
    }
    for source in settings.sources:
        facts[ADAPTER + source.format] = adapter_of(source, settings)
        facts[_READING + source.name] = config_of(source, settings)
        named = (source.namespace or source.name, source.order_space, source.order_id_pattern)
        facts[_IDS + source.name] = fingerprint(named)
        # Kept as they are: should the config lose the source, its touches are told by them still.
        words = [source.events, source.channels, source.mutable]
        facts[WORDS + source.name] = json.dumps(words, sort_keys=True)
    for name, sha256 in hashes_beside(settings).items():
        facts[f"{_FILE}{name}"] = sha256
    return facts


def compare(warehouse: Warehouse, facts: Mapping[str, str], *, schema: str = "ops") -> Stale:
    """Compare with the facts of a publication, whose tables of `ops` are in `schema`.

    A fact that either side lacks has changed, but for how files are read: their source is new, or
    gone. Publications of older layouts have no facts.
    """
    stored = stored_facts(warehouse, schema)
    if stored is None:
        return Stale(journeys=("version",))
    one_sided = {name for name in {*facts} ^ {*stored} if name.startswith(_OF_FILES)}
    # A change of words is one of [sources].
    words = {name for name in {*facts, *stored} if name.startswith(WORDS)}
    names = {*facts, *stored} - one_sided - words
    return sort_out(sorted(name for name in names if facts.get(name) != stored.get(name)))


def left_to_read(
    warehouse: Warehouse, facts: Mapping[str, str], *, reads: bool, schema: str = "ops"
) -> dict[str, str]:
    """Give the facts to be kept of a night that has read by them, or else `reads` nothing anew.

    Of a source that the config has no more it stands how its files were read, should it come back,
    and what its words mean; and of one whose files are left for the next night how they were.
    """
    stored = stored_facts(warehouse, schema) or {}
    words = {name: value for name, value in stored.items() if name.startswith(WORDS)}
    of_files = {name: value for name, value in stored.items() if name.startswith(_OF_FILES)}
    return {**words, **of_files, **facts} if reads else {**words, **facts, **of_files}


def sort_out(changed: list[str]) -> Stale:
    """Sort changed facts by what hangs on them."""
    formats = [name for name in changed if name.startswith(ADAPTER)]
    others = [
        name for name in changed if name in _OF_NO_TABLE or name.startswith((_FILE, "the page's"))
    ]
    counts = [name for name in changed if name in _OF_COUNTS]
    sources = [name for name in changed if name.startswith(_READING)]
    ids = [name for name in changed if name.startswith(_IDS)]
    known = {*formats, *others, *counts, *sources, *ids}
    return Stale(
        journeys=tuple(name for name in changed if name not in known),
        counts=tuple(counts),
        formats=tuple(name.removeprefix(ADAPTER) for name in formats),
        sources=tuple(name.removeprefix(_READING) for name in sources),
        ids=tuple(name.removeprefix(_IDS) for name in ids),
        others=tuple(others),
    )


def _shipped_queries() -> list[str]:
    """Give the queries of which tables and macros are made; adapters have facts of their own."""
    return [read_sql(query) for folder in _MAKING for query in shipped(folder)]


def keep_facts(warehouse: Warehouse, facts: Mapping[str, str]) -> None:
    """Publish what tonight's tables were built by."""
    fault_point("run: keep what tables depend on")
    warehouse.run("create or replace table ops.built_by (fact varchar, value varchar)")
    rows = [{"fact": name, "value": value} for name, value in sorted(facts.items())]
    warehouse.insert_all("ops.built_by", rows)


def stored_facts(warehouse: Warehouse, schema: str) -> dict[str, str] | None:
    """Read what a publication was built by; None of an older layout."""
    try:
        return dict(warehouse.rows(f"select fact, value from {schema}.built_by"))
    except QueryError:
        return None


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1]
