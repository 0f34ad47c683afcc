"""Canonical hashes of a published warehouse: equal where the same is told, in whatever order."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

DESCRIBING = ("unmapped", "unrated", "suspected_doubles", "identity_report", "goals", "project")
PER_FILE = ("loads", "rejects")
# By which file and in which night something came to be known: nights differ in it, and may.
WHENCE = frozenset({"load_id", "record_no", "run_id", "loaded_at", "modified_ns"})
# Told by comparison with the night before, so that each night has its own.
_SINCE_LAST_NIGHT = {"ops.identity_report": "fact not in ('merge', 'split')"}

Hashes = Mapping[str, str]


@dataclass(frozen=True)
class _Table:
    """A table, and the select that gives each of its rows as one text."""

    name: str
    columns: tuple[str, ...]
    types: str
    rows: str


def hashes_of(warehouse: Path, *, with_files: bool = False) -> dict[str, str]:
    """Hash every table that tells of customers: core, counts, marts, and those of ops about data.

    The order of rows does not count, their number does. Null is not '', 1 is not 1.0, and floats
    are compared to the last bit. `with_files` adds what became of each file's records.
    """
    with _reading(warehouse) as connection:
        tables = _tables(connection, with_files=with_files)
        union = " union all ".join(
            f"select '{table.name}', count(*), coalesce(sum(md5_number_lower(told)), 0), "
            f"coalesce(sum(md5_number_upper(told)), 0) from ({table.rows})"
            for table in tables
        )
        types = {table.name: table.types for table in tables}
        return {
            name: f"{types[name]} {count} {lower:x} {upper:x}"
            for name, count, lower, upper in connection.execute(union).fetchall()
        }


def rows_of(warehouse: Path, table: str) -> Counter[str]:
    """Give the rows of one table as they are hashed: JSON texts, and how often each is there."""
    with _reading(warehouse) as connection:
        found = {one.name: one for one in _tables(connection, with_files=True)}
        if table not in found:
            return Counter()
        return Counter(told for (told,) in connection.execute(found[table].rows).fetchall())


def columns_of(warehouse: Path, table: str) -> tuple[str, ...]:
    """Name the columns that a hashed row tells, in its order."""
    with _reading(warehouse) as connection:
        found = {one.name: one for one in _tables(connection, with_files=True)}
        return found[table].columns if table in found else ()


def difference(one: Path, other: Path, *, with_files: bool = False, rows: int = 4) -> str:
    """Say which tables of two warehouses differ, and in which rows; '' if none does."""
    ones, others = (hashes_of(each, with_files=with_files) for each in (one, other))
    wrong = sorted(name for name in ones.keys() | others if ones.get(name) != others.get(name))
    return "\n".join(_told_of(name, one, other, rows) for name in wrong)


def _told_of(name: str, one: Path, other: Path, rows: int) -> str:
    ours, theirs = rows_of(one, name), rows_of(other, name)
    if ours == theirs:
        return f"{name}: other columns or types"
    columns = columns_of(one, name)
    lines = [f"{name}: {(ours - theirs).total()} and {(theirs - ours).total()} rows differ"]
    for side, extra in (("first", ours - theirs), ("second", theirs - ours)):
        told = sorted(extra.elements())
        lines += [f"  only the {side}: {_readable(columns, row)}" for row in told[:rows]]
    return "\n".join(lines)


def _readable(columns: tuple[str, ...], row: str) -> str:
    cells = zip(columns, json.loads(row), strict=True)
    return " ".join(f"{column}={cell!r}" for column, cell in cells if cell is not None)


def _reading(warehouse: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(warehouse), read_only=True, config={"threads": 1})
    connection.execute("set timezone = 'UTC'")
    return connection


def _tables(connection: duckdb.DuckDBPyConnection, *, with_files: bool) -> list[_Table]:
    of_ops = DESCRIBING + (PER_FILE if with_files else ())
    found = connection.execute(
        """
        select
            schema_name || '.' || table_name as name,
            list(column_name order by column_name) as names,
            list(data_type order by column_name) as types
        from duckdb_columns()
        where database_name = current_database() and not internal
            and (schema_name in ('core', 'counts', 'marts')
                or (schema_name = 'ops' and list_contains($of_ops, table_name)))
            and not list_contains($whence, column_name)
        group by all
        order by all
        """,
        {"of_ops": list(of_ops), "whence": sorted(WHENCE)},
    ).fetchall()
    return [
        _Table(name, tuple(names), f"{names}{types}", _select(name, names, types))
        for name, names, types in found
    ]


def _select(table: str, names: list[str], types: list[str]) -> str:
    cells = ", ".join(_cell(name, kind) for name, kind in zip(names, types, strict=True))
    kept = _SINCE_LAST_NIGHT.get(table, "true")
    return f"select to_json([{cells}]::varchar[])::varchar as told from {table} where {kept}"


def _cell(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    # A list's text would not part null from 'NULL'.
    is_nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))
    return f"to_json({quoted})::varchar" if is_nested else f"{quoted}::varchar"
