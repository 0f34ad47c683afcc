"""Publications of other versions: which can be taken over, and what older ones lack."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.warehouse import Warehouse

# Counts up whenever tables change so that those of an older version have to be made anew.
LAYOUT = 4
# What a night needs of yesterday stands in these, under the same names or none.
_FIRST_TAKEN_OVER = 2
# From this one on the vendor's session ids are as `short_id` makes them; before they stood as told.
_KEYED_SESSIONS = 4
_HIDDEN = "rowid"


def layout_of(warehouse: Warehouse) -> int:
    """Give the layout of the publication that is attached as `yesterday`."""
    columns = warehouse.columns("yesterday.ops.project")
    if "layout" not in columns:
        return 1
    return int(warehouse.value("select layout from yesterday.ops.project"))


def expect_taken_over(warehouse: Warehouse, published: Path) -> None:
    """Refuse a publication that this version can neither go on with nor take over."""
    found = layout_of(warehouse)
    if found > LAYOUT:
        raise ConfigError(
            f"{published} was written by a newer version of Recorrido: expected tables of layout "
            f"{LAYOUT} or older, found layout {found}. Run that version, or go back to a "
            "publication of this one with 'recorrido rollback'."
        )
    if found < _FIRST_TAKEN_OVER:
        raise ConfigError(
            f"{published} was written by a version of Recorrido that is too old: expected tables "
            f"of layout {_FIRST_TAKEN_OVER} to {LAYOUT}, found layout {found}. Move the file away "
            "and run again: it is rebuilt from the landing files, under the same key."
        )


def told_by(
    warehouse: Warehouse, table: str, columns: Mapping[str, str], names: Mapping[str, str]
) -> str:
    """Give a query of some columns of one of yesterday's tables; what it lacks is null, or no row.

    `names` says under which name a column is published, where it is another one.
    """
    schema, name = table.split(".")
    has = {
        column
        for (column,) in warehouse.rows(
            "select column_name from duckdb_columns() where database_name = 'yesterday' "
            "and schema_name = ? and table_name = ?",
            [schema, name],
        )
    }
    if not has:
        told = ", ".join(f"null::{kind} as {column}" for column, kind in columns.items())
        return f"from (select {told} where false) as stored"
    has.add(_HIDDEN)
    listed = []
    is_raw = layout_of(warehouse) < _KEYED_SESSIONS
    for column, kind in columns.items():
        # A layout that knew no name of its own for it published it under this one.
        stands_as = next((one for one in (names.get(column), column) if one in has), None)
        told = f"stored.{stands_as}" if stands_as else f"null::{kind}"
        if column == "session_id" and is_raw:
            told = f"short_id({told})"
        listed.append(f"{told} as {column}")
    return f"select {', '.join(listed)} from yesterday.{table} as stored"
