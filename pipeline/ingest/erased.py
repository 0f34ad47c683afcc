"""Keeping out who is erased: tonight's records that name them, or that tell their touches again."""

from pipeline.faults import fault_point
from pipeline.warehouse import Warehouse

_LISTED = "(select identifier from scratch.listed_identifiers)"
_ANY_LISTED = "list_has_any({ids}, (select list(identifier) from scratch.listed_identifiers))"


def keep_out(warehouse: Warehouse) -> None:
    """Take out of tonight's records what the suppression list names.

    In: scratch.landed, .repeated_lines, .clicks, .told_denials, .identifiers and .known_customers;
    `suppression` and mark_of, where there is a list. A row is the person's if it names a strong
    identifier on the list, whomever else it names; if it names nobody but a device on the list, or
    tells of an object on it and names nobody, or is a version of it; or if its touch was erased.
    Who signs in on such a device is somebody else: the row stays, without the device. Makes
    scratch.kept_out (load_no, record_no): records of which nothing is left.
    """
    warehouse.run("create table scratch.kept_out (load_no integer, record_no bigint)")
    if not _has_list(warehouse):
        return
    fault_point("erasure: keep out who is erased")
    warehouse.run(
        """
        create table scratch.listed_identifiers as
        select distinct identifier
        from scratch.identifiers
        where mark_of(identifier) in (select mark from suppression where kind = 'identifier')
        """
    )
    _find_rows(warehouse)
    warehouse.run("delete from scratch.landed where rowid in (select row from scratch.erased_rows)")
    warehouse.run(
        f"update scratch.landed set weak_id = null where weak_id in {_LISTED} "
        "and strong_id is not null"
    )
    warehouse.run(
        """
        insert into scratch.kept_out
        select distinct load_no, record_no
        from scratch.erased_rows
        anti join scratch.landed using (load_no, record_no)
        """
    )
    warehouse.run(
        "insert into scratch.kept_out select distinct load_no, record_no from scratch.clicks "
        f"where click_id in {_LISTED}"
    )
    warehouse.run(f"delete from scratch.clicks where click_id in {_LISTED}")
    # A denial that names others too is theirs as well.
    warehouse.run(
        "update scratch.told_denials set strong_ids = list_filter(strong_ids, lambda id: not "
        "list_contains(listed.ids, id)) from (select coalesce(list(identifier), []) as ids "
        "from scratch.listed_identifiers) as listed"
    )
    warehouse.run("delete from scratch.told_denials where len(strong_ids) = 0")
    warehouse.run(
        f"delete from scratch.known_customers where {_ANY_LISTED.format(ids='strong_ids')}"
    )
    warehouse.run(f"delete from scratch.identifiers where identifier in {_LISTED}")


def count_kept_out(warehouse: Warehouse) -> None:
    """Count what was kept out as duplicates, once. In: scratch.kept_out, .losers."""
    warehouse.run(
        "insert into scratch.losers by name "
        "select distinct load_no, record_no, false as is_conflict from scratch.kept_out "
        "anti join scratch.losers using (load_no, record_no)"
    )


def _find_rows(warehouse: Warehouse) -> None:
    """Make scratch.erased_rows: rows of the erased, each with all lines of its basket.

    A line that tells nothing of its basket, for there is a newer one, takes no other with it.
    """
    warehouse.run(
        f"""
        create table scratch.erased_rows as
        with own_rows as (
            select rowid as row, load_no, record_no, touchpoint_id, basket_id
            from scratch.landed
            where reject_reason is null and (
                strong_id in {_LISTED}
                or order_id in {_LISTED}
                or {_ANY_LISTED.format(ids="strong_ids")}
                or (strong_id is null and weak_id in {_LISTED})
                or (
                    object_id is not null
                    and (
                        strong_id is null
                        or list_contains(getvariable('mutable_sources')::varchar[], source)
                    )
                    and mark_of(concat_ws(chr(31), source, object_id)) in (
                        select mark from suppression where kind = 'object'
                    )
                )
                or (
                    is_touch and mark_of(touchpoint_id) in (
                        select mark from suppression where kind = 'touch'
                    )
                )
            )
        ),

        telling_rows as (
            from own_rows
            anti join scratch.repeated_lines using (load_no, record_no)
        )

        select row, load_no, record_no
        from own_rows
        union
        select landed.rowid as row, landed.load_no, landed.record_no
        from scratch.landed as landed
        semi join telling_rows
            on landed.load_no = telling_rows.load_no
            and landed.touchpoint_id = telling_rows.touchpoint_id
            and landed.basket_id = telling_rows.basket_id
        where landed.reject_reason is null
        """
    )


def _has_list(warehouse: Warehouse) -> bool:
    return bool(
        warehouse.value("select count(*) from duckdb_tables() where table_name = 'suppression'")
    )
