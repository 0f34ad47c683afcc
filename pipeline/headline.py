"""What a night says of itself in one line: what it loaded, and what deserves a look."""

from collections.abc import Sequence

from pipeline.anomalies import Anomaly, tell_anomalies
from pipeline.ingest.intake import Intake
from pipeline.replay import Replayed
from pipeline.settings import Settings
from pipeline.stale import Stale
from pipeline.warehouse import Warehouse

_NAMED = 5  # events without a rule, and files, that the headline tells by name


def headline_of(
    warehouse: Warehouse,
    settings: Settings,
    intake: Intake,
    silent: Sequence[str],
    replayed: Replayed,
    stale: Stale,
    odd: Sequence[Anomaly],
) -> str:
    """Tell what became of tonight's records, and what is odd. In: the tables of ops."""
    told = [
        f"{intake.files} files, {intake.records} records: {intake.accepted} accepted, "
        f"{intake.duplicates} duplicate, {intake.rejected} rejected"
    ]
    if intake.refused_files:
        told.append(f"refused whole: {intake.refused_files} (see recorrido status)")
    if unrated := _unrated(warehouse):
        told.append(f"amounts left out of sums: {unrated}, no rate")
    if unmapped := _unmapped(warehouse):
        told.append(f"events without a rule: {unmapped}")
    if silent:
        told.append(f"silent tonight: {', '.join(silent)}")
    if gone := _no_longer_told(warehouse, settings):
        told.append(f"touches of sources that the config no longer has: {', '.join(gone)}")
    if stale.told():
        told.append(stale.told())
    told += _of_files_read_again(replayed)
    if odd:
        told.append(tell_anomalies(odd))
    return "; ".join(told)


def nothing_new(missed: Sequence[Anomaly]) -> str:
    """Tell that nothing came, and what usually has come by now."""
    told = "nothing new; all stands as published"
    return f"{told}; {tell_anomalies(missed)}" if missed else told


def nothing_again(replayed: Replayed) -> str:
    """Tell why nothing was loaded again."""
    told = "no refused records to load again; all stands as published"
    return f"{told}; {_missing(replayed)}" if replayed.missing else told


def _of_files_read_again(replayed: Replayed) -> list[str]:
    told = [_missing(replayed)] if replayed.missing else []
    if replayed.mixed:
        sources = ", ".join(replayed.mixed)
        told.append(f"of {sources} what files both gone and read again tell may be there twice")
    if replayed.came_back:
        told.append(f"files that came back, read again as they are read now: {replayed.came_back}")
    return told


def _missing(replayed: Replayed) -> str:
    named = ", ".join(replayed.missing[:_NAMED])
    more = len(replayed.missing) - _NAMED
    return f"gone or changed, so left as it was read: {named}" + (
        f", {more} more" if more > 0 else ""
    )


def _unrated(warehouse: Warehouse) -> str:
    rows = warehouse.rows(
        "select sum(touches + costs), currency from ops.unrated group by currency order by currency"
    )
    return ", ".join(f"{count} in {currency}" for count, currency in rows)


def _unmapped(warehouse: Warehouse) -> str:
    rows = warehouse.rows(
        "select event, sum(touches) from ops.unmapped group by event "
        "order by sum(touches) desc, event"
    )
    told = [f"{event} ({touches})" for event, touches in rows[:_NAMED]]
    more = len(rows) - len(told)
    return ", ".join([*told, f"{more} more (see recorrido status)"] if more else told)


def _no_longer_told(warehouse: Warehouse, settings: Settings) -> list[str]:
    rows = warehouse.rows(
        "select source from ops.loads group by source having sum(touches) > 0 order by source"
    )
    named = {source.name for source in settings.sources}
    return [source for (source,) in rows if source not in named]
