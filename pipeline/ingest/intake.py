"""Tonight's files taken in: every record accepted, duplicate or refused, counted and kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import SourceError
from pipeline.ingest.beside import keep_beside
from pipeline.ingest.customers import read_customers
from pipeline.ingest.duplicates import settle_duplicates
from pipeline.ingest.find import source_files
from pipeline.ingest.load import Loaded, NewFile, load_file, make_scratch
from pipeline.ingest.pseudonyms import expect_same_key, load_key, project_key
from pipeline.queries import find_clean_query, read_adapter
from pipeline.settings import Settings, Source
from pipeline.warehouse import Night, Warehouse

# The customer file is read anew every night, and so are its refused rows.
_STORED_REJECTS = """
    select * from yesterday.ops.rejects where source <> 'customer file' union all
"""


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
    night: Night, settings: Settings, new: Sequence[NewFile], *, run_id: str, started_at: datetime
) -> Intake:
    """Load tonight's files into the scratch, and their ledger into the shadow.

    Makes what `settle_duplicates` and `keep_beside` make, scratch.loads, and ops.loads and
    ops.rejects of all nights. Raises SourceError where a source cannot be trusted tonight.
    """
    warehouse = night.warehouse
    key = project_key(settings.key_file, may_make=not night.has_yesterday)
    if night.has_yesterday:
        stored_id = warehouse.value("select key_id from yesterday.ops.project")
        expect_same_key(key, stored_id, settings.key_file)
    load_key(warehouse, key)
    warehouse.load_macros("macros")
    make_scratch(warehouse)
    clean_dir = night.dir / "cleaned"
    read_customers(warehouse, settings, clean_dir)
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
    mutable = [source.name for source in settings.sources if source.mutable]
    warehouse.set_variable("mutable_sources", mutable)
    settle_duplicates(warehouse, has_yesterday=night.has_yesterday)
    _keep_ledger(night, loads, run_id=run_id, started_at=started_at)
    keep_beside(warehouse, has_yesterday=night.has_yesterday)
    for source in settings.sources:
        _expect_readable(settings, source, loads, has_yesterday=night.has_yesterday)
        _expect_few_refused(warehouse, source)
    return _sum_up(warehouse)


def _keep_ledger(
    night: Night, loads: Iterable[Loaded], *, run_id: str, started_at: datetime
) -> None:
    warehouse = night.warehouse
    warehouse.run(
        "create table scratch.files (load_no integer, load_id varchar, source varchar, "
        "file varchar, bytes bigint, modified_ns bigint, sha256 varchar, records bigint, "
        "rejected bigint, refused_reason varchar, refused_detail varchar)"
    )
    for load in loads:
        new, refused = load.file, load.refused
        warehouse.insert(
            "scratch.files",
            load_no=new.number,
            load_id=load.load_id,
            source=new.source.name,
            file=new.name,
            bytes=new.bytes,
            modified_ns=new.modified_ns,
            sha256=new.sha256,
            records=load.records,
            rejected=load.rejected,
            refused_reason=refused.reason if refused else None,
            refused_detail=refused.detail if refused else None,
        )
    warehouse.run(
        """
        create table scratch.loads as
        with losers as (
            select
                load_no,
                count(*) filter (where is_conflict) as conflicts,
                count(*) filter (where not is_conflict) as duplicates
            from scratch.losers
            group by load_no
        ),

        touches as (
            select load_no, count(*) as touches, min(occurred_at) as first_at,
                max(occurred_at) as last_at
            from scratch.touches
            group by load_no
        )

        select
            files.load_no, files.load_id, ?::varchar as run_id, files.source, files.file,
            files.bytes, files.modified_ns, files.sha256, files.records,
            files.records - files.rejected - coalesce(losers.conflicts, 0)
            - coalesce(losers.duplicates, 0) as accepted,
            coalesce(losers.duplicates, 0) as duplicates,
            files.rejected + coalesce(losers.conflicts, 0) as rejected,
            coalesce(losers.conflicts, 0) as conflicts,
            coalesce(touches.touches, 0) as touches,
            ?::timestamptz as loaded_at, touches.first_at, touches.last_at,
            files.refused_reason, files.refused_detail
        from scratch.files
        left join losers on files.load_no = losers.load_no
        left join touches on files.load_no = touches.load_no
        """,
        [run_id, started_at],
    )
    stored = night.has_yesterday
    warehouse.run(
        "create table ops.loads as "
        + ("select * from yesterday.ops.loads union all " if stored else "")
        + "select * exclude (load_no) from scratch.loads order by loaded_at, source, file"
    )
    warehouse.run(
        f"""
        create table ops.rejects as
        {_STORED_REJECTS if stored else ""}
        select loads.load_id, loads.source, loads.file, refused.record_no, refused.reason,
            null::varchar as detail
        from scratch.refused
        inner join scratch.loads on refused.load_no = loads.load_no
        union all
        select loads.load_id, loads.source, loads.file, losers.record_no, 'conflict', null
        from scratch.losers
        inner join scratch.loads on losers.load_no = loads.load_no
        where losers.is_conflict
        union all
        select load_id, source, file, null, refused_reason, refused_detail
        from scratch.loads
        where refused_reason is not null
        union all
        select null, 'customer file', file, record_no, reason, null
        from scratch.unread_customers
        """
    )
    if stored:
        warehouse.run(
            """
            insert into ops.rejects
            select stored.load_id, stored.source, loads.file, stored.record_no, 'conflict',
                'gave way to a telling that the vendor received earlier'
            from yesterday.core.touchpoints as stored
            inner join scratch.replaced
                on stored.touchpoint_id = replaced.touchpoint_id and replaced.is_conflict
            left join yesterday.ops.loads as loads
                on stored.load_id = loads.load_id and stored.source = loads.source
            """
        )


def _expect_readable(
    settings: Settings, source: Source, loads: Iterable[Loaded], *, has_yesterday: bool
) -> None:
    own = [load for load in loads if load.file.source.name == source.name]
    refused = [load for load in own if load.refused]
    if own and len(own) == len(refused):
        first = refused[0]
        raise SourceError(
            f"source {source.name}: none of its {len(own)} new file(s) could be read. "
            f"{first.file.name}: {first.refused}. Nothing was published."
        )
    if not own and not has_yesterday and not source_files(settings, source):
        raise SourceError(
            f"source {source.name}: expected files like {settings.dir / source.files}, found none. "
            "Mend `files` in recorrido.toml, or bring the files. Nothing was published."
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
        f"{count} times, first in {file}, record {record_no}. Mend the file, the source's part of "
        f"recorrido.toml, or queries/clean/{source.format}.sql. Nothing was published."
    )


def _sum_up(warehouse: Warehouse) -> Intake:
    row = warehouse.rows(
        "select count(*), count(refused_reason), coalesce(sum(records), 0), "
        "coalesce(sum(accepted), 0), "
        "coalesce(sum(duplicates), 0), coalesce(sum(rejected), 0) from scratch.loads"
    )[0]
    return Intake(*(int(number) for number in row))
