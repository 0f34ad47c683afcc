"""Which layout the tables of a publication have, and what is said of one that is not ours."""

from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.warehouse.handle import Warehouse

# Counts up whenever tables change so that those of an older version have to be made anew.
LAYOUT = 5
# What a night needs of yesterday stands in these, under the same names or none.
_FIRST_TAKEN_OVER = 2


def layout_of(warehouse: Warehouse, database: str | None = None) -> int | None:
    """Give the layout of a publication, attached under a name or else the file that is open.

    None, if it is a DuckDB file of somebody else's.
    """
    columns = warehouse.rows(
        "select column_name from duckdb_columns() "
        "where database_name = coalesce(?, current_database()) "
        "and schema_name = 'ops' and table_name = 'project'",
        [database],
    )
    if not columns:
        return None
    if ("layout",) not in columns:
        return 1
    table = f"{database}.ops.project" if database else "ops.project"
    return int(warehouse.value(f"select layout from {table}"))


def expect_own_layout(warehouse: Warehouse, published: Path, database: str | None = None) -> None:
    """Refuse a publication that has other tables than this version reads."""
    found = layout_of(warehouse, database)
    if found is None or found == LAYOUT:
        return
    expect_layout_in_reach(found, published)
    raise ConfigError(
        f"{published} was written by an older version of Recorrido: expected tables of layout "
        f"{LAYOUT}, found layout {found}. Run 'recorrido run' first, which takes it over."
    )


def expect_layout_in_reach(found: int, published: Path) -> None:
    """Refuse a publication that this version can neither go on with nor take over."""
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
