"""What earlier nights left, as views that are there on the first night too, empty."""

from collections.abc import Iterable

from pipeline.contract import DENIAL, PSEUDONYMS, STORED_AS, TOLD
from pipeline.layouts import Yesterday
from pipeline.night import Night

_LOAD = {"load_id": "varchar", "source": "varchar", "file": "varchar"}
# The view's name: the published table, and the columns that a night needs of it. A column that is
# published under another name is renamed, so that stored touches look like tonight's.
_STORED: dict[str, tuple[str, dict[str, str]]] = {
    "stored_touches": (
        "core.touchpoints",
        {
            "touchpoint_id": "varchar",
            "source": "varchar",
            **PSEUDONYMS,
            **TOLD,
            "load_id": "varchar",
            "record_no": "bigint",
            # Where it stands in the table: to read a few rows by it costs next to nothing.
            "stored_row": "bigint",
        },
    ),
    "stored_loads": (
        "ops.loads",
        {
            **_LOAD,
            "run_id": "varchar",
            "bytes": "bigint",
            "modified_ns": "bigint",
            "sha256": "varchar",
            "records": "bigint",
            "accepted": "bigint",
            "duplicates": "bigint",
            "rejected": "bigint",
            "conflicts": "bigint",
            "touches": "bigint",
            "loaded_at": "timestamptz",
            "first_at": "timestamptz",
            "last_at": "timestamptz",
            "refused_reason": "varchar",
            "refused_detail": "varchar",
            "read_by": "varchar",
        },
    ),
    "stored_rejects": (
        "ops.rejects",
        {
            **_LOAD,
            "record_no": "bigint",
            "reason": "varchar",
            "event": "varchar",
            "occurred_at": "timestamptz",
            "detail": "varchar",
        },
    ),
    "stored_spend": (
        "core.spend",
        {
            "day": "date",
            "source": "varchar",
            "channel": "varchar",
            "campaign": "varchar",
            "part": "varchar",
            "impressions": "bigint",
            "clicks": "bigint",
            "cost": "decimal(18,4)",
            "currency": "varchar",
            "load_id": "varchar",
        },
    ),
    "stored_clicks": (
        "core.ad_clicks",
        {
            "click_id": "varchar",
            "day": "date",
            "campaign": "varchar",
            "ad_group": "varchar",
            "keyword": "varchar",
            "network": "varchar",
            "source": "varchar",
            "load_id": "varchar",
        },
    ),
    "stored_links": (
        "core.identity_links",
        {
            "one_id": "varchar",
            "other_id": "varchar",
            "told_by": "varchar",
            "source": "varchar",
            "load_id": "varchar",
        },
    ),
    "stored_rates": (
        "ops.rates",
        {"day": "date", "currency": "varchar", "rate": "decimal(18,10)"},
    ),
    "stored_withdrawals": (
        "core.withdrawals",
        {
            "source": "varchar",
            "object_id": "varchar",
            "version": "timestamptz",
            "identifier": "varchar",
            "load_id": "varchar",
        },
    ),
    "stored_denials": ("core.denials", DENIAL),
    "stored_identities": (
        "core.identities",
        {
            "identifier": "varchar",
            "type": "varchar",
            "namespace": "varchar",
            "customer_id": "varchar",
        },
    ),
}
_NAMES_OF_TOUCHES = {**STORED_AS, "stored_row": "rowid"}
# What an erasure takes out of history: it fills these tables, and the views leave that out.
_ERASED = {
    "erased_touches": "touchpoint_id varchar, source varchar, object_id varchar, load_id varchar, "
    "record_no bigint",
    "erased_identifiers": "identifier varchar",
    "erased_customers": "customer_id varchar",
}
# What is left of a view that names or tells of whom is erased.
_NOT_ERASED = {
    "stored_touches": "from ({stored}) where touchpoint_id not in "
    "(select touchpoint_id from erased_touches)",
    "stored_clicks": "from ({stored}) where click_id not in "
    "(select identifier from erased_identifiers)",
    "stored_links": "from ({stored}) where one_id not in "
    "(select identifier from erased_identifiers) "
    "and other_id not in (select identifier from erased_identifiers)",
    "stored_withdrawals": "from ({stored}) where (source, object_id) not in "
    "(select (source, object_id) from erased_touches where object_id is not null) "
    "and coalesce(identifier not in (select identifier from erased_identifiers), true)",
    # A denial that names others too is theirs still: only a later word of theirs ends it.
    "stored_denials": "from (select * exclude (erased_ids) replace ("
    "list_filter(strong_ids, lambda id: not list_contains(erased_ids, id)) as strong_ids) "
    "from ({stored}) cross join "
    "(select coalesce(list(identifier), []) as erased_ids from erased_identifiers)) "
    "where len(strong_ids) > 0",
    "stored_identities": "from ({stored}) where identifier not in "
    "(select identifier from erased_identifiers)",
}


def recall(night: Night, replayed: Iterable[tuple[str, str]]) -> None:
    """Make the views stored_touches, stored_loads, … of yesterday's publication.

    `replayed` names loads, by source and load_id, that are to be loaded again: what they brought is
    left out, as if they had never been; so is what the tables `erased_touches` and
    `erased_identifiers` name, which are empty unless somebody filled them.
    Raises ConfigError where yesterday's tables are another version's. Makes the table `replayed`
    (source, load_id, was_readable, loaded_at).
    """
    warehouse = night.warehouse
    yesterday = Yesterday(warehouse, night.published) if night.has_yesterday else None
    warehouse.run(
        "create or replace temp table replayed "
        "(source varchar, load_id varchar, was_readable boolean, loaded_at timestamptz)"
    )
    # Views are bound anew when they are read, and by then `load_key` has made the true one.
    warehouse.run("create temp macro if not exists short_id(told) as told")
    for table, described in _ERASED.items():
        warehouse.run(f"create temp table if not exists {table} ({described})")
    is_erasing = warehouse.value(
        "select exists (from erased_touches) or exists (from erased_identifiers)"
    )
    loads = list(replayed)
    for source, load_id in loads:
        warehouse.run(
            "insert into replayed "
            "select source, load_id, bool_or(refused_reason is null), min(loaded_at) "
            "from yesterday.ops.loads where source = ? and load_id = ? group by all",
            [source, load_id],
        )
    for view, (table, columns) in _STORED.items():
        if yesterday is None:
            told = ", ".join(f"null::{kind} as {name}" for name, kind in columns.items())
            warehouse.run(f"create or replace temp view {view} as select {told} where false")
            continue
        names = _NAMES_OF_TOUCHES if view == "stored_touches" else {}
        told = yesterday.told(table, columns, names)
        left_out = (
            "anti join replayed "
            "on stored.source = replayed.source and stored.load_id = replayed.load_id"
            # A layout that did not know of which load something was has nothing to leave out.
            if loads and "load_id" in columns and yesterday.has(table, "source", "load_id")
            else ""
        )
        stored = f"{told} {left_out}"
        if is_erasing and view in _NOT_ERASED:
            stored = _NOT_ERASED[view].format(stored=stored)
        warehouse.run(f"create or replace temp view {view} as {stored}")
