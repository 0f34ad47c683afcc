"""Each record once: repeats counted, conflicts resolved alike in whatever order files come."""

from pipeline.contract import DETAILS, PSEUDONYMS, TOLD
from pipeline.faults import fault_point
from pipeline.ingest.judge import DELIVERY
from pipeline.warehouse import Warehouse

# What two tellings of one touch are compared by: all that is told, but not when it was.
_CONTENTS = [*(name for name in TOLD if name not in DELIVERY), *PSEUDONYMS]
_LASTING = [name for name in _CONTENTS if name not in DETAILS]
_TOUCH = ["touchpoint_id", "source", *PSEUDONYMS, *TOLD]
_OF_ALL_LINES = {
    "value": "sum(value)::decimal(18, 4) as value",
    "updated_at": "max(updated_at) as updated_at",
}
_KEPT = ", ".join((*PSEUDONYMS, *TOLD))


def find_repeated_lines(warehouse: Warehouse) -> None:
    """Make scratch.repeated_lines (load_no, record_no): lines of baskets that tell nothing more.

    In: scratch.landed. A line has its vendor's number in the basket; without one nobody can tell a
    repeat. Where a mutable source repeats lines, those of the newest version tell the basket, and
    no others.
    """
    warehouse.run(
        """
        create table scratch.repeated_lines as
        with lines as (
            select
                load_no, record_no, touchpoint_id, basket_id, source_seq,
                list_contains(getvariable('mutable_sources')::varchar[], source)
                and count(*) over basket > count(distinct source_seq) over basket
                and updated_at is distinct from max(updated_at) over basket as is_older
            from scratch.landed
            where is_touch and basket_id is not null
            window basket as (partition by load_no, touchpoint_id, basket_id)
        )

        select load_no, record_no
        from lines
        qualify is_older or source_seq is not null and row_number() over (
            partition by load_no, touchpoint_id, basket_id, source_seq, is_older order by record_no
        ) > 1
        """
    )


def settle_duplicates(warehouse: Warehouse) -> None:
    """Decide which telling of each touch stands.

    In: scratch.landed, .refused, .repeated_lines, stored_touches. Makes `scratch.touches`, the
    touches that tonight adds; `scratch.replaced`, stored touches that give way to a better telling;
    `scratch.losers` (load_no, record_no, is_conflict), records that added nothing. Of several
    tellings the one with the smallest (received_at, content hash) stands; another with the same
    contents is a duplicate, with other contents a conflict. Of a source in `mutable_sources` the
    newest version (updated_at) stands, and an older one is a duplicate; a version of an object
    (object_id) takes the place of all that older ones told of it. Makes scratch.objects (source,
    object_id, version, is_withdrawn, identifier: whom the newest version names; load_no or load_id
    of a file that told it) of such a source's objects.
    """
    fault_point("duplicates: gather baskets")
    _gather_baskets(warehouse)
    _find_repeated(warehouse)
    _find_versions(warehouse)
    fault_point("duplicates: drop what is superseded")
    _find_superseded(warehouse)
    fault_point("duplicates: rank the tellings")
    _rank_tellings(warehouse)
    warehouse.run(
        """
        create table scratch.losers as
        with losing_records as (
            select load_no, record_no, is_conflict
            from scratch.ranked
            where not stands and record_no is not null and basket_id is null
            union all
            select landed.load_no, landed.record_no, ranked.is_conflict
            from scratch.ranked
            inner join scratch.landed
                on ranked.load_no = landed.load_no
                and ranked.touchpoint_id = landed.touchpoint_id
                and ranked.basket_id = landed.basket_id
            where not ranked.stands
            union all
            select load_no, record_no, false as is_conflict
            from scratch.repeated_lines
        ),

        accepted_records as (
            select landed.load_no, landed.record_no
            from scratch.landed
            semi join losing_records
                on landed.load_no = losing_records.load_no
                and landed.record_no = losing_records.record_no
            anti join (select telling from scratch.ranked where not stands) as losing_tellings
                on landed.rowid = losing_tellings.telling
            where landed.is_touch and landed.basket_id is null
        )

        select
            losing_records.load_no,
            losing_records.record_no,
            bool_or(losing_records.is_conflict) as is_conflict
        from losing_records
        anti join accepted_records
            on losing_records.load_no = accepted_records.load_no
            and losing_records.record_no = accepted_records.record_no
        -- Of a basket that does not stand, lines may have been refused.
        anti join scratch.refused as refused
            on losing_records.load_no = refused.load_no
            and losing_records.record_no = refused.record_no
        group by losing_records.load_no, losing_records.record_no
        """
    )
    warehouse.run(
        """
        create table scratch.replaced as
        select touchpoint_id, is_conflict
        from scratch.ranked
        where not stands and load_no is null
        """
    )
    warehouse.run(
        f"""
        create view scratch.touches as
        select {", ".join(f"tellings.{name}" for name in (*_TOUCH, "load_no", "record_no"))}
        from scratch.tellings
        anti join (select load_no, telling from scratch.ranked where not stands) as losing
            on tellings.load_no = losing.load_no and tellings.telling = losing.telling
        """
    )


def _gather_baskets(warehouse: Warehouse) -> None:
    """Make one telling of the lines of each basket of a file; other touches tell for themselves."""
    in_order = "row(coalesce(source_seq, 0), record_no)"
    summed = ", ".join(
        _OF_ALL_LINES.get(name) or f"arg_min(struct_pack(v := {name}), {in_order}).v as {name}"
        for name in (*PSEUDONYMS, *TOLD)
    )
    warehouse.run(
        f"""
        create table scratch.baskets as
        with lines as (
            select *
            from scratch.landed
            anti join scratch.repeated_lines using (load_no, record_no)
            where is_touch and basket_id is not null
        )

        select
            load_no, min(record_no) as record_no, touchpoint_id, basket_id,
            any_value(source) as source, {summed}
        from lines
        group by load_no, touchpoint_id, basket_id
        """
    )
    warehouse.run(
        f"""
        create view scratch.tellings as
        select
            rowid as telling, load_no, record_no, touchpoint_id, basket_id, source, {_KEPT}
        from scratch.landed
        where is_touch and basket_id is null
        union all
        select
            -1 - rowid as telling, load_no, record_no, touchpoint_id, basket_id, source, {_KEPT}
        from scratch.baskets
        """
    )


def _find_repeated(warehouse: Warehouse) -> None:
    warehouse.run(
        """
        create table scratch.repeated as
        select touchpoint_id, null::bigint as stored_row
        from scratch.tellings
        group by touchpoint_id
        having count(*) > 1
        union all
        -- Of the history only the ids are read here: all else costs ten times as much.
        select stored_touches.touchpoint_id, stored_touches.stored_row
        from stored_touches
        semi join scratch.tellings on tellings.touchpoint_id = stored_touches.touchpoint_id
        """
    )


def _has_stored_repeats(warehouse: Warehouse) -> bool:
    return bool(warehouse.value("select count(stored_row) from scratch.repeated"))


def _rank_tellings(warehouse: Warehouse) -> None:
    told = ", ".join(_CONTENTS)
    hashed, lasting = (
        ", ".join(f"coalesce({expression}::varchar, chr(30))" for expression in told_so)
        for told_so in (map(_while_kept, _CONTENTS), _LASTING)
    )
    stored = f"""
            union all by name
            select
                touchpoint_id, source, received_at, updated_at, null::bigint as telling,
                null::integer as load_no, null::bigint as record_no, null::varchar as basket_id,
                {told}
            from stored_touches
            semi join scratch.repeated using (stored_row)
            anti join (select touchpoint_id from scratch.superseded where load_no is null)
                as superseded using (touchpoint_id)
    """
    warehouse.run(
        f"""
        create table scratch.ranked as
        with tellings as (
            select
                touchpoint_id, source, received_at, updated_at, telling, load_no, record_no,
                basket_id, {told}
            from scratch.tellings
            semi join scratch.repeated using (touchpoint_id)
            anti join scratch.superseded using (load_no, telling)
            {stored if _has_stored_repeats(warehouse) else ""}
        ),

        hashed_tellings as (
            select
                touchpoint_id, telling, load_no, record_no, basket_id,
                list_contains(getvariable('mutable_sources')::varchar[], source) as is_mutable,
                if(is_mutable, null, received_at) as first_received_at,
                if(is_mutable, updated_at, null) as version,
                received_at, updated_at,
                md5(concat_ws(chr(31), {lasting})) as lasting,
                md5(concat_ws(chr(31), {hashed})) as contents
            from tellings
        )

        select
            touchpoint_id, telling, load_no, record_no, basket_id,
            row_number() over best_first = 1 as stands,
            not is_mutable and contents <> first_value(contents) over best_first as is_conflict
        from hashed_tellings
        window best_first as (
            partition by touchpoint_id
            -- By what lasts first: the order must be the same once details have ended. What is
            -- stored stands among equals, so that a repeat changes nothing.
            order by
                version desc nulls last, first_received_at nulls last, lasting, contents,
                received_at nulls last, updated_at nulls last,
                load_no nulls first, record_no, telling
        )
        """
    )
    warehouse.run(
        "insert into scratch.ranked by name "
        "select *, false as stands, false as is_conflict from scratch.superseded"
    )


def _while_kept(name: str) -> str:
    """Read a column, but of what was taken out of touches so old (details_before) nothing."""
    if name not in DETAILS:
        return name
    is_kept = "occurred_at >= getvariable('details_before')::timestamptz"
    return f"if(coalesce({is_kept}, true), {name}, null)"


def _find_versions(warehouse: Warehouse) -> None:
    """Find the newest version of each object of tonight, of those that tell no touch as well."""
    warehouse.run(
        """
        create table scratch.objects as
        with told as (
            select source, object_id, updated_at as version, true as is_touch,
                coalesce(strong_id, weak_id) as identifier, load_no
            from scratch.tellings
            union all
            select source, object_id, updated_at, false, coalesce(strong_id, weak_id), load_no
            from scratch.landed
            where not is_touch and reject_reason is null
        ),

        tonight as (
            select *
            from told
            where object_id is not null
                and list_contains(getvariable('mutable_sources')::varchar[], source)
        ),

        versions as (
            from tonight
            union all by name
            select source, object_id, updated_at as version, true as is_touch,
                coalesce(strong_id, weak_id) as identifier, load_id
            from stored_touches
            semi join tonight using (source, object_id)
            union all by name
            select source, object_id, version, false as is_touch, identifier, load_id
            from stored_withdrawals
            semi join tonight using (source, object_id)
        )

        select
            source, object_id, max(version) as version,
            not bool_or(is_touch) filter (where is_newest) as is_withdrawn,
            min(identifier) filter (where is_newest) as identifier,
            max(load_no) filter (where is_newest) as load_no,
            max(load_id) filter (where is_newest) as load_id
        from (
            select *, version = max(version) over (partition by source, object_id) as is_newest
            from versions
        )
        group by source, object_id
        """
    )


def _find_superseded(warehouse: Warehouse) -> None:
    """Find each telling, of tonight or stored, of an object that has a newer version.

    None of them stands, nor does it count where a touch's best telling is looked for: what an
    object does not tell any more may be another's by now.
    """
    warehouse.run(
        """
        create table scratch.superseded as
        select touchpoint_id, telling, tellings.load_no, record_no, basket_id
        from scratch.tellings
        inner join scratch.objects using (source, object_id)
        -- No version is the newest; one that is not told is older than any.
        where updated_at is distinct from version
        """
    )
    if warehouse.value("select count(*) from scratch.objects"):
        warehouse.run(
            """
            insert into scratch.superseded by name
            select touchpoint_id
            from stored_touches
            inner join scratch.objects using (source, object_id)
            where updated_at is distinct from version
            """
        )
