"""The core tables of random logs: what the kernels rebuild of them, put into a warehouse."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.warehouse import Warehouse
from tests import kernels
from tests.core_tables import CORE_COLUMNS
from tests.logs import Log
from tests.reference import Row

_SEGMENTS = (None, "loyal", "new")
_TABLES = ("touchpoints", "journeys", "steps", "visits")


def make_core(warehouse: Warehouse) -> None:
    """Make the core tables in the current database, with nothing in them."""
    for table in _TABLES:
        warehouse.run(f"create table core.{table} ({CORE_COLUMNS[f'core.{table}']})")


def fill_core(warehouse: Warehouse, log: Log, name: str) -> None:
    """Add what is rebuilt of a log to the core tables; its ids begin with `name`."""
    rebuilt = kernels.rebuild(log.touches, log.rulebook, log.cut_off)
    told = {touch["touchpoint_id"]: touch for touch in log.touches}
    names = ("channel", "event", "campaign", "occurred_at", "source")
    touches = [
        {**touch, **{key: told[touch["touchpoint_id"]].get(key) for key in names}}
        for touch in rebuilt.touches
    ]
    rows: dict[str, Sequence[Row]] = {
        "touchpoints": touches,
        "journeys": rebuilt.journeys,
        "steps": rebuilt.steps,
        "visits": rebuilt.visits,
    }
    for table, of_table in rows.items():
        if of_table:
            _insert(warehouse, table, [_named(row, name) for row in of_table])
    zone = log.rulebook.time_zone
    warehouse.run(
        f"update core.journeys set day = timezone('{zone}', started_at)::date where day is null"
    )


def _named(row: Row, name: str) -> dict[str, Any]:
    ids = ("touchpoint_id", "session_id", "journey_id")
    named = {key: row[key] and f"{name}/{row[key]}" for key in ids if key in row}
    customer = row["customer"]
    segment = _SEGMENTS[hash_of(customer) % len(_SEGMENTS)]
    return {**row, **named, "customer_id": f"{name}/{customer}", "segment": segment}


def hash_of(customer: object) -> int:
    """Number a customer, the same way every time."""
    return sum(map(ord, str(customer)))


def _insert(warehouse: Warehouse, table: str, rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    columns = warehouse.columns(f"core.{table}")
    known = [name for name in frame.columns if name in columns]
    told = [
        f"({name} / 10000)::decimal(18, 4) as {name}" if columns[name] == "DECIMAL(18,4)" else name
        for name in known
    ]
    if "to_conversion" in frame.columns:
        told.append("epoch_us(to_conversion::interval) // 1000 as to_conversion_ms")
    with warehouse.view_of(frame, "rebuilt_rows"):
        rebuilt = f"select {', '.join(told)} from rebuilt_rows"
        warehouse.run(f"insert into core.{table} by name {rebuilt}")
