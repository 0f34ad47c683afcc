"""The ledger: what became of each record of each file, of all nights."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pipeline.faults import fault_point
from pipeline.ingest.load import Loaded
from pipeline.warehouse import Warehouse


def keep_ledger(
    warehouse: Warehouse,
    loads: Iterable[Loaded],
    *,
    read_by: Mapping[str, str],
    run_id: str,
    started_at: datetime,
) -> None:
    """Write down what became of each record of tonight's files, `read_by` the source's reading.

    In: scratch.refused, .losers, .replaced, .touches, .unread_customers, and the stored views.
    Makes scratch.loads, and ops.loads and ops.rejects of all nights.
    """
    fault_point("ledger: list tonight's files")
    _list_files(warehouse, loads, read_by)
    _find_beaten(warehouse)
    fault_point("ledger: count what became of records")
    _count_loads(warehouse, run_id, started_at)
    fault_point("ledger: list what was refused")
    _list_rejects(warehouse)


def _list_files(warehouse: Warehouse, loads: Iterable[Loaded], read_by: Mapping[str, str]) -> None:
    warehouse.run(
        "create table scratch.files (load_no integer, load_id varchar, source varchar, "
        "file varchar, bytes bigint, modified_ns bigint, sha256 varchar, records bigint, "
        "rejected bigint, refused_reason varchar, refused_detail varchar, read_by varchar)"
    )
    warehouse.insert_all("scratch.files", [_row(load, read_by) for load in loads])


def _row(load: Loaded, read_by: Mapping[str, str]) -> dict[str, object]:
    new, refused = load.file, load.refused
    return {
        "load_no": new.number,
        "load_id": load.load_id,
        "source": new.source.name,
        "file": new.name,
        "bytes": new.bytes,
        "modified_ns": new.modified_ns,
        "sha256": new.sha256,
        "records": load.records,
        "rejected": load.rejected,
        "refused_reason": refused.reason if refused else None,
        "refused_detail": refused.detail if refused else None,
        "read_by": read_by[new.source.name],
    }


def _find_beaten(warehouse: Warehouse) -> None:
    """Find the records of earlier nights that tonight's tellings leave without a touch.

    In whatever order conflicting deliveries come, the ledger then says the same of each.
    """
    warehouse.run(
        "create table scratch.beaten (source varchar, load_id varchar, record_no bigint, "
        "event varchar, occurred_at timestamptz)"
    )
    if not warehouse.value("select count(*) from scratch.replaced where is_conflict"):
        return
    warehouse.run(
        """
        insert into scratch.beaten
        with losing as (
            select stored.source, stored.load_id, stored.record_no, stored.event,
                stored.occurred_at
            from stored_touches as stored
            semi join (from scratch.replaced where is_conflict) as replaced
                on stored.touchpoint_id = replaced.touchpoint_id
        )

        select source, load_id, record_no, min(event) as event, min(occurred_at) as occurred_at
        from losing
        anti join (
            select source, load_id, record_no
            from stored_touches
            anti join scratch.replaced using (touchpoint_id)
            semi join losing using (source, load_id, record_no)
        ) as standing using (source, load_id, record_no)
        group by source, load_id, record_no
        """
    )


def _count_loads(warehouse: Warehouse, run_id: str, started_at: datetime) -> None:
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
            coalesce(replayed.loaded_at, ?::timestamptz) as loaded_at,
            touches.first_at, touches.last_at,
            files.refused_reason, files.refused_detail, files.read_by
        from scratch.files
        left join losers on files.load_no = losers.load_no
        left join touches on files.load_no = touches.load_no
        left join replayed
            on files.source = replayed.source and files.load_id = replayed.load_id
        """,
        [run_id, started_at],
    )
    warehouse.run(
        """
        create or replace table ops.loads as
        with beaten as (
            select source, load_id, count(*) as records from scratch.beaten group by all
        )

        select
            loads.* replace (
                loads.accepted - coalesce(beaten.records, 0) as accepted,
                loads.rejected + coalesce(beaten.records, 0) as rejected,
                loads.conflicts + coalesce(beaten.records, 0) as conflicts
            )
        from stored_loads as loads
        left join beaten on loads.source = beaten.source and loads.load_id = beaten.load_id
        union all by name
        select * exclude (load_no) from scratch.loads
        order by loaded_at, source, file
        """
    )


def _list_rejects(warehouse: Warehouse) -> None:
    """List the records refused, and of each what is safe to keep: its event and its time.

    The customer file is read anew every night, and so are its refused rows.
    """
    warehouse.run(
        """
        create or replace table ops.rejects as
        select * from stored_rejects where source <> 'customer file'
        union all by name
        select loads.load_id, loads.source, loads.file, refused.record_no, refused.reason,
            refused.event, refused.occurred_at
        from scratch.refused
        inner join scratch.loads on refused.load_no = loads.load_no
        union all by name
        select loads.load_id, loads.source, loads.file, losers.record_no, 'conflict' as reason,
            told.event, told.occurred_at, 'another telling of the touch stands' as detail
        from scratch.losers
        inner join scratch.loads on losers.load_no = loads.load_no
        left join (
            select load_no, record_no, min(event) as event, min(occurred_at) as occurred_at
            from scratch.landed
            semi join scratch.losers using (load_no, record_no)
            group by load_no, record_no
        ) as told on losers.load_no = told.load_no and losers.record_no = told.record_no
        where losers.is_conflict
        union all by name
        select beaten.load_id, beaten.source, loads.file, beaten.record_no, 'conflict' as reason,
            beaten.event, beaten.occurred_at, 'another telling of the touch stands' as detail
        from scratch.beaten
        left join stored_loads as loads
            on beaten.load_id = loads.load_id and beaten.source = loads.source
        union all by name
        select load_id, source, file, refused_reason as reason, refused_detail as detail
        from scratch.loads
        where refused_reason is not null
        union all by name
        select 'customer file' as source, file, record_no, reason
        from scratch.unread_customers
        """
    )
