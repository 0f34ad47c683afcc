"""Tonight's files taken in: every record accepted, duplicate or refused, counted and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import ConfigError, QueryError, SourceError
from pipeline.faults import fault_point
from pipeline.ingest.allowed import confine_night
from pipeline.ingest.beside import keep_beside
from pipeline.ingest.customers import read_customers
from pipeline.ingest.duplicates import find_repeated_lines, settle_duplicates
from pipeline.ingest.erased import count_kept_out, keep_out
from pipeline.ingest.find import source_files
from pipeline.ingest.keep import make_scratch
from pipeline.ingest.ledger import keep_ledger
from pipeline.ingest.load import TRIED_AGAIN, NewFile, load_file
from pipeline.ingest.pseudonyms import begin_vaulted, load_key
from pipeline.ingest.rates import read_rates
from pipeline.ingest.reading import readings
from pipeline.night import Night
from pipeline.queries import find_clean_query, read_adapter
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse

_EMPTY = "empty_file"
# What mends the records of a table of one's own, by why they were refused.
_MENDS = {
    "not_a_time": " Times that are not ISO: say time_format or time_unit of the source.",
    "not_a_number": " Of a number a decimal point is expected, and no other sign: 1234.50.",
}


@dataclass(frozen=True)
class Intake:
    """How many files and records tonight had, and what became of them."""

    files: int
    refused_files: int
    records: int
    accepted: int
    duplicates: int
    rejected: int


def take_in(
    night: Night,
    settings: Settings,
    new: Sequence[NewFile],
    *,
    key: bytes,
    run_id: str,
    started_at: datetime,
) -> Intake:
    """Load tonight's files into the scratch, and their ledger into the shadow.

    Makes what `settle_duplicates` and `keep_beside` make, scratch.loads, and ops.loads and
    ops.rejects of all nights.
    """
    warehouse = night.warehouse
    readable = (file.file for file in new if file.refused_reason is None)
    confine_night(warehouse, night.dir, settings, readable)
    fault_point("intake: take up the key")
    load_key(warehouse, key)
    warehouse.load_macros("macros")
    make_scratch(warehouse)
    if settings.warehouse.vault:
        begin_vaulted(warehouse)
    _expect_patterns(warehouse, settings)
    clean_dir = night.dir / "cleaned"
    read_customers(warehouse, settings, clean_dir)
    read_rates(warehouse, settings, clean_dir)
    adapters = {
        source.format: read_adapter(find_clean_query(source.format, settings.dir))
        for source in settings.sources
    }
    loads = [
        load_file(
            warehouse,
            file,
            adapters[file.source.format],
            currency=settings.project.currency,
            time_zone=settings.project.timezone,
            started_at=started_at,
            clean_dir=clean_dir,
        )
        for file in new
    ]
    warehouse.set_variable("mutable_sources", settings.mutable_sources)
    find_repeated_lines(warehouse)
    keep_out(warehouse)
    fault_point("intake: settle duplicates")
    settle_duplicates(warehouse)
    count_kept_out(warehouse)
    keep_ledger(warehouse, loads, read_by=readings(settings), run_id=run_id, started_at=started_at)
    keep_beside(warehouse, settings.project.currency)
    return _sum_up(warehouse)


def _expect_patterns(warehouse: Warehouse, settings: Settings) -> None:
    """Try the patterns of the config where they will be used; the engine knows no look-around."""
    for source in settings.sources:
        try:
            warehouse.rows("select regexp_extract('', ?)", [source.order_id_pattern or ""])
        except QueryError:
            raise ConfigError(
                f"order_id_pattern of source {source.name}: expected a regular expression in the "
                "syntax of RE2, which has no look-ahead or look-behind; found "
                f"{source.order_id_pattern!r}. Put the id into a group: 'ORD-(\\d+)'"
            ) from None


def expect_trustworthy(night: Night, settings: Settings) -> None:
    """Raise SourceError where a source of tonight's intake cannot be trusted."""
    _expect_readable_again(night)
    for source in settings.sources:
        _expect_readable(night, settings, source)
        _expect_few_refused(night.warehouse, source)


def _expect_readable_again(night: Night) -> None:
    """Stop a replay that would lose a file which could be read before."""
    lost = night.warehouse.rows(
        "select loads.file, loads.refused_reason, loads.refused_detail "
        "from scratch.loads as loads inner join replayed using (source, load_id) "
        "where loads.refused_reason is not null and replayed.was_readable order by loads.load_no"
    )
    if lost:
        file, reason, detail = lost[0]
        raise SourceError(
            f"{file} was read before and cannot be read now: {reason}: {detail}. Mend what reads "
            "it; or move the file out of its landing folder, and what was loaded of it stays. "
            "Nothing was published."
        )


def _expect_readable(night: Night, settings: Settings, source: Source) -> None:
    own = night.warehouse.rows(
        "select file, refused_reason, refused_detail from scratch.loads "
        "anti join replayed using (source, load_id) where source = ? order by load_no",
        [source.name],
    )
    # Of a source that was read before, what is tried again says nothing, nor does an empty file.
    if _was_loaded(night, source):
        own = [row for row in own if row[1] not in (*TRIED_AGAIN, _EMPTY)]
    if own and all(reason for _, reason, _ in own):
        file, reason, detail = own[0]
        raise SourceError(
            f"source {source.name}: none of its {len(own)} new file(s) could be read. "
            f"{file}: {reason}: {detail}. Nothing was published."
        )
    if not own and not _was_loaded(night, source) and not source_files(settings, source):
        pattern = settings.dir / source.files
        hint = f" That is a folder; its files are '{source.files}/*'." if pattern.is_dir() else ""
        raise SourceError(
            f"source {source.name}: expected files like {pattern}, found none.{hint} "
            "Mend `files` in recorrido.toml, or bring the files. Nothing was published."
        )


def _was_loaded(night: Night, source: Source) -> bool:
    """Tell whether earlier nights loaded files of a source: then these may be gone."""
    return bool(
        night.warehouse.value(
            "select exists (from stored_loads where source = ?) "
            "or exists (from replayed where source = ? and was_readable)",
            [source.name, source.name],
        )
    )


def _expect_few_refused(warehouse: Warehouse, source: Source) -> None:
    records, refused = warehouse.rows(
        "select coalesce(sum(records), 0), coalesce(sum(rejected - conflicts), 0) "
        "from scratch.loads where source = ?",
        [source.name],
    )[0]
    if refused <= records * source.max_rejected_rate:
        return
    reason, file, record_no, count = warehouse.rows(
        """
        select refused.reason, min(loads.file), arg_min(refused.record_no, loads.file), count(*)
        from scratch.refused
        inner join scratch.loads on refused.load_no = loads.load_no
        where loads.source = ?
        group by refused.reason
        order by count(*) desc, refused.reason
        limit 1
        """,
        [source.name],
    )[0]
    raise SourceError(
        f"source {source.name}: {refused} of {records} records were refused tonight, more than "
        f"max_rejected_rate = {source.max_rejected_rate:g} allows. Most often: {reason}, "
        f"{count} times, first in {file}, record {record_no}.{_MENDS.get(reason, '')} Mend "
        f"the file, the source's part of recorrido.toml, or queries/clean/{source.format}.sql; "
        "'recorrido run --dry-run' shows examples. Nothing was published."
    )


def _sum_up(warehouse: Warehouse) -> Intake:
    row = warehouse.rows(
        "select count(*), count(refused_reason), coalesce(sum(records), 0), "
        "coalesce(sum(accepted), 0), "
        "coalesce(sum(duplicates), 0), coalesce(sum(rejected), 0) from scratch.loads"
    )[0]
    return Intake(*(int(number) for number in row))
