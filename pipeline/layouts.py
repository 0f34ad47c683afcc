"""Publications of older versions: what a night takes over, and what they lack."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.warehouse import Warehouse, expect_layout_in_reach, layout_of

# From this one on the vendor's session ids are as `short_id` makes them; before they stood as told.
_KEYED_SESSIONS = 4
_HIDDEN = "rowid"


class Yesterday:
    """The tables of the publication attached as `yesterday`, whatever version wrote them.

    Raises ConfigError where this version cannot go on with them.
    """

    def __init__(self, warehouse: Warehouse, published: Path) -> None:
        layout = layout_of(warehouse, "yesterday") or 1
        expect_layout_in_reach(layout, published)
        self._is_raw = layout < _KEYED_SESSIONS
        self._columns: dict[str, set[str]] = {}
        for table, columns in warehouse.rows(
            "select schema_name || '.' || table_name, list(column_name) from duckdb_columns() "
            "where database_name = 'yesterday' group by all"
        ):
            self._columns[table] = {*columns, _HIDDEN}

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether a table has all of some columns."""
        return self._columns.get(table, set()).issuperset(columns)

    def told(self, table: str, columns: Mapping[str, str], names: Mapping[str, str]) -> str:
        """Give a query of some columns of a table; what it lacks is null, or no row.

        `names` says under which name a column is published, where it is another one.
        """
        if table not in self._columns:
            told = ", ".join(f"null::{kind} as {column}" for column, kind in columns.items())
            return f"from (select {told} where false) as stored"
        has, listed = self._columns[table], []
        for column, kind in columns.items():
            # A layout that knew no name of its own for it published it under this one.
            stands_as = next((one for one in (names.get(column), column) if one in has), None)
            told = f"stored.{stands_as}" if stands_as else f"null::{kind}"
            if column == "session_id" and self._is_raw:
                told = f"short_id({told})"
            listed.append(f"{told} as {column}")
        return f"select {', '.join(listed)} from yesterday.{table} as stored"
