"""Space that deleted rows and replaced tables leave in a file, and how it is got rid of."""

from pathlib import Path

from pipeline.faults import fault_point
from pipeline.warehouse import Warehouse, quoted_name

# What may be dead of a file before it is written anew; of a small file it is not worth the while.
MOST_DEAD = 0.25
WORTH_BYTES = 64 * 2**20


def is_wasteful(
    warehouse: Warehouse, database: str, *, most: float = MOST_DEAD, worth: int = WORTH_BYTES
) -> bool:
    """Tell whether too much of an attached database, checkpointed before, is dead."""
    if _size(warehouse, database)[0] < worth:
        return False
    size, share = dead_share(warehouse, database)
    return share > most and share * size >= worth


def dead_share(warehouse: Warehouse, database: str) -> tuple[int, float]:
    """Give the bytes of an attached database, and about what part of them is dead.

    Dead are free blocks, and deleted rows, which stay where they were until all around them are
    deleted too.
    """
    size, free = _size(warehouse, database)
    tables = warehouse.rows(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = ? and schema_name = 'core'",
        [database],
    )
    standing = written = 0
    for schema, table in tables:
        name = f"{quoted_name(database)}.{schema}.{quoted_name(table)}"
        rows, last = warehouse.rows(f"select count(*), coalesce(max(rowid), -1) from {name}")[0]
        width = len(warehouse.columns(name))
        standing, written = standing + rows * width, written + (last + 1) * width
    used = (size - free) / max(size, 1)
    return size, 1 - used * standing / max(written, 1)


def _size(warehouse: Warehouse, database: str) -> tuple[int, int]:
    """Give the bytes of an attached database, and how many of them are in free blocks."""
    size, free = warehouse.rows(
        "select block_size * total_blocks, block_size * free_blocks from pragma_database_size() "
        "where database_name = ?",
        [database],
    )[0]
    return size, free


def write_anew(warehouse: Warehouse, database: str, file: Path) -> None:
    """Write an attached database into a new file, and let the name mean that one.

    Comments and macros come along; nothing that was deleted does.
    """
    fault_point("dead space: write the shadow anew")
    warehouse.attach_unlogged(file, "anew")
    with warehouse.rows_in_order():
        warehouse.run(f"copy from database {database} to anew")
    fault_point("dead space: take the new file")
    warehouse.run("checkpoint anew")
    warehouse.run(f"detach {database}")
    warehouse.run("detach anew")
    warehouse.attach_unlogged(file, database)
