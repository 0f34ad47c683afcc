"""The shadow's core tables moved: they lose what tonight's customers had, and gain what is new."""

from pipeline.contract import PSEUDONYMS, STORED_AS, TOLD
from pipeline.errors import LawError
from pipeline.faults import fault_point
from pipeline.warehouse import Warehouse

# By what a row of a table is known.
_KEYS = {
    "sessions": ("session_id",),
    "journeys": ("journey_id",),
    "steps": ("journey_id", "step_no"),
    "visits": ("journey_id", "visit_no"),
    "customers": ("customer_id",),
    "consents": ("customer_id", "purpose"),
    "identities": ("identifier", "customer_id", "led_by"),
}
# What a night may tell anew of a stored touch.
_MOVED = (
    "customer_id", "led_by", "event", "channel", "traffic", "campaign", "touch_no", "session_id",
    "journey_id", "step_no", "stage", "goal_stage", "is_goal", "is_conversion", "sentiment",
    "revenue", "is_unmapped", "is_ignored",
)  # fmt: skip
# What counts and customers are made of.
READ = (
    "touchpoint_id", "source", "occurred_at", "time_precision", "strong_id", "weak_id",
    "consent_analytics", "consent_ads", "consent_email", "is_machine", "is_test", "is_bot", *_MOVED,
)  # fmt: skip
# Told once, and asked for by no rule. `props` may be asked for by rules of stages.
_ONLY_TOLD = (
    "updated_at", "clock_doubt", "object_id", "utm_content", "product", "page_url", "referrer",
)  # fmt: skip


def set_aside(warehouse: Warehouse, *, with_props: bool) -> None:
    """Make the tables of before.core: what the customers concerned had.

    In: scratch.concerned, scratch.removed, the publication. Touches without a customer are there
    if tonight takes them out. before.core.touchpoints has `stored_row`, and not what is only told.
    """
    fault_point("increment: set aside what customers had")
    unread = ", ".join(_ONLY_TOLD if with_props else (*_ONLY_TOLD, "props"))
    warehouse.run(
        f"""
        create table before.core.touchpoints as
        select touches.rowid as stored_row, touches.* exclude ({unread})
        from yesterday.core.touchpoints as touches
        where touches.customer_id in (select customer_id from scratch.concerned)
            or touches.rowid in (select stored_row from scratch.removed)
        """
    )
    for database in ("before", "now"):
        warehouse.run(f"create table {database}.ops.project as from shadow.ops.project")
    for name in _KEYS:
        warehouse.run(
            f"create table before.core.{name} as from yesterday.core.{name} "
            "where customer_id in (select customer_id from scratch.concerned)"
        )


def gather_concerned(warehouse: Warehouse) -> None:
    """Make the views gathered_touches, of the customers concerned, and told_identifiers.

    In: scratch.touches, .loads, .removed and .moved_touches, before.core. Of stored touches the
    customer is known, and what is only told is null.
    """
    has = warehouse.columns("before.core.touchpoints")
    stored = ", ".join(
        f"touches.{column} as {name}"
        if (column := STORED_AS.get(name, name)) in has
        else f"null::{kind} as {name}"
        for name, kind in (PSEUDONYMS | TOLD).items()
    )
    gather_new(warehouse)
    warehouse.run(
        f"""
        create or replace temp view gathered_touches as
        from new_touches
        union all
        select touches.touchpoint_id, touches.source, {stored}, touches.load_id, touches.record_no,
            0 as told_row, coalesce(moved.customer_id, touches.customer_id) as known_customer_id,
            coalesce(moved.led_by, touches.led_by) as known_led_by
        from before.core.touchpoints as touches
        left join scratch.moved_touches as moved on touches.stored_row = moved.stored_row
        where touches.stored_row not in (select stored_row from scratch.removed)
        """
    )
    # Who met a hub is told so, though the hub is nobody concerned.
    warehouse.run(
        "create or replace temp view told_identifiers as "
        "select identifier, type, namespace from scratch.identifiers union all "
        "select identifier, type, namespace from before.core.identities union all "
        "select identifier, type, namespace from known_identifiers "
        "where identifier in (select identifier from scratch.hubs)"
    )


def gather_new(warehouse: Warehouse) -> None:
    """Make the view gathered_touches, and new_touches, of tonight's touches alone."""
    fresh = ", ".join(f"touches.{name}" for name in (*PSEUDONYMS, *TOLD))
    warehouse.run(
        f"""
        create or replace temp view new_touches as
        select touches.touchpoint_id, touches.source, {fresh}, loads.load_id, touches.record_no,
            0 as told_row, null::varchar as known_customer_id, null::varchar as known_led_by
        from scratch.touches as touches
        inner join scratch.loads as loads on touches.load_no = loads.load_no
        """
    )
    warehouse.run("create or replace temp view gathered_touches as from new_touches")


def leave_others_alone(warehouse: Warehouse) -> None:
    """Take out of now.core.identities whom tonight does not concern: they stand as published."""
    warehouse.run(
        "delete from now.core.identities "
        "where customer_id not in (select customer_id from scratch.concerned)"
    )


def move_tables(warehouse: Warehouse) -> None:
    """Give the shadow's core tables, copies of yesterday's, what now.core has over before.core.

    In: also scratch.new_touchpoints. Raises LawError where a table has not as many rows as that
    makes, which says where to look sooner than a broken law would.
    """
    for name, keys in _KEYS.items():
        fault_point("increment: move a table of customers")
        _move(warehouse, name, keys)
    fault_point("increment: move the touchpoints")
    _move_touchpoints(warehouse)
    for name in ("touchpoints", *_KEYS):
        found, expected = warehouse.rows(
            f"select (select count(*) from core.{name}), "
            f"(select count(*) from yesterday.core.{name}) "
            f"- (select count(*) from before.core.{name}) + (select count(*) from now.core.{name})"
        )[0]
        if found != expected:
            raise LawError(
                f"core.{name} was to have {expected} rows once tonight's were moved, and has "
                f"{found}; nothing was published. 'recorrido run --full' builds it anew."
            )


def _move(warehouse: Warehouse, name: str, keys: tuple[str, ...]) -> None:
    same = " and ".join(f"moved.{key} is not distinct from gone.{key}" for key in keys)
    warehouse.run(
        f"delete from core.{name} as moved using "
        f"(from before.core.{name} except from now.core.{name}) as gone where {same}"
    )
    warehouse.run(
        f"insert into core.{name} by name (from now.core.{name} except from before.core.{name})"
    )


def _move_touchpoints(warehouse: Warehouse) -> None:
    """Insert tonight's touches; of stored ones write anew only those of which anything changed.

    What of these was set aside is not read again: to scan all columns takes six times as long as
    to scan those that are only told.
    """
    former = ", ".join(f"former.{name}" for name in _MOVED)
    present = ", ".join(f"present.{name}" for name in _MOVED)
    warehouse.run(
        f"""
        create table scratch.changed_touches as
        select former.stored_row, {present}
        from before.core.touchpoints as former
        inner join now.core.touchpoints as present using (touchpoint_id)
        where ({former}) is distinct from ({present})
            and former.stored_row not in (select stored_row from scratch.removed)
        """
    )
    moved = ", ".join(f"changed.{name} as {name}" for name in _MOVED)
    aside = warehouse.columns("before.core.touchpoints")
    unread = [name for name in warehouse.columns("core.touchpoints") if name not in aside]
    warehouse.run(
        f"""
        create table scratch.rewritten_touches as
        select former.* exclude (stored_row) replace ({moved}),
            {", ".join(f"touches.{name}" for name in unread)}
        from scratch.changed_touches as changed
        inner join before.core.touchpoints as former on changed.stored_row = former.stored_row
        inner join core.touchpoints as touches on changed.stored_row = touches.rowid
        """
    )
    warehouse.run(
        "delete from core.touchpoints where rowid in ("
        "select stored_row from scratch.changed_touches union all "
        "select stored_row from scratch.removed)"
    )
    fault_point("increment: write the touches anew")
    warehouse.run("insert into core.touchpoints by name from scratch.rewritten_touches")
    warehouse.run("insert into core.touchpoints by name from scratch.new_touchpoints")
