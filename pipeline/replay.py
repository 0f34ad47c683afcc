"""Loading again, after a mend of the adapter or the config, what earlier nights refused."""

from dataclasses import dataclass

from pipeline.errors import ConfigError
from pipeline.ingest.find import source_files
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Replay:
    """Which refused records to load again: of one source, with one reason, or all."""

    source: str | None = None
    reason: str | None = None


def loads_to_replay(
    warehouse: Warehouse, settings: Settings, replay: Replay
) -> list[tuple[str, str]]:
    """List the loads, by source and load_id, that have such records.

    A file is loaded again whole: what it brought is taken out first, as if it had never been, and
    what it brings now stands. Raises ConfigError where a file is no longer there, for then what it
    brought would be lost.
    """
    rows = warehouse.rows(
        "select distinct rejects.source, rejects.load_id, loads.file "
        "from stored_rejects as rejects "
        "inner join stored_loads as loads using (load_id, source) "
        "where (?::varchar is null or rejects.source = ?) "
        "and (?::varchar is null or rejects.reason = ?) "
        "and rejects.reason <> 'conflict' order by all",
        [replay.source, replay.source, replay.reason, replay.reason],
    )
    there = {
        (source.name, file)
        for source in settings.sources
        for file in source_files(settings, source)
    }
    for source, _, name in rows:
        if (source, settings.dir / name) not in there:
            raise ConfigError(
                f"{name} of source {source} has refused records, and is no longer there. "
                "Bring the file back, or replay another source or reason."
            )
    return [(source, load_id) for source, load_id, _ in rows]
