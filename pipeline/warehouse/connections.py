"""Where connections are made: one factory, and what each kind of work may do with its own."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.errors import DiskError, LockedError, QueryError
from pipeline.warehouse.handle import ALONE, NO_OPTIMIZERS, Warehouse, own_error
from pipeline.warehouse.layouts import expect_own_layout
from pipeline.warehouse.quoting import quoted_text

_SPILL_FACTOR = 4  # an analyst's query may spill so many times its memory


@contextmanager
def reading(
    published: Path,
    *,
    for_analysts: bool = False,
    memory: int | None = None,
    may_write: Sequence[Path] = (),
    any_layout: bool = False,
) -> Iterator[Warehouse]:
    """Open the published warehouse read-only, with no way out but to the folders of `may_write`.

    For analysts its settings are locked besides, and what a query may spill or return is bounded.
    Refused is a publication of another layout than ours, unless whoever asks does without its new
    tables.
    """
    expect_published(published)
    with tempfile.TemporaryDirectory() as spill:
        connection = _connect(published, memory, Path(spill), read_only=True)
        limit = _share_of(memory) if memory and for_analysts else None
        warehouse = Warehouse(connection, most_bytes=limit)
        try:
            if not any_layout:
                expect_own_layout(warehouse, published)
            if limit:
                warehouse.run(f"set max_temp_directory_size = '{limit * _SPILL_FACTOR}B'")
            warehouse.confine(may_write)
            if for_analysts:
                warehouse.lock_settings()
            yield warehouse
        finally:
            warehouse.close()


@contextmanager
def beside(published: Path, memory: int) -> Iterator[Warehouse]:
    """Open an empty warehouse in memory, with the publication attached as `published` to read."""
    expect_published(published)
    with tempfile.TemporaryDirectory() as spill:
        warehouse = Warehouse(_connect(":memory:", memory, Path(spill)))
        try:
            warehouse.run("set preserve_insertion_order = false")
            warehouse.run(f"attach {quoted_text(str(published))} as published (read_only)")
            expect_own_layout(warehouse, published, "published")
            warehouse.confine(())
            yield warehouse
        finally:
            warehouse.close()


def in_memory() -> Warehouse:
    """Open an empty warehouse in memory."""
    return Warehouse(_connect(":memory:", None, None))


def writing(file: Path, memory: int, spill: Path) -> Warehouse:
    """Open a file to write, made where there is none; what does not fit in memory goes to `spill`.

    The order of rows is nobody's: what needs one says so. A night confines it once all is attached.
    """
    warehouse = Warehouse(_connect(file, memory, spill), memory=memory)
    warehouse.run("set preserve_insertion_order = false")
    warehouse.take_memory(ALONE)
    return warehouse


def expect_readable(file: Path) -> None:
    """Open a file read-only and close it again."""
    _connect(file, None, None, read_only=True).close()


def _connect(
    file: Path | str, memory: int | None, spill: Path | None, *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        # Otherwise a query that misspells a table is answered from a variable of this program.
        "python_enable_replacements": False,
        # What spills may hold raw identifiers. DuckDB's own cipher draws its key from a generator
        # that it calls unsafe, so the folder is private and wiped as well.
        "temp_file_encryption": True,
        "force_mbedtls_unsafe": True,
    }
    if spill:
        config["temp_directory"] = str(spill)
    if memory:
        config["memory_limit"] = f"{_share_of(memory)}B"
    try:
        connection = duckdb.connect(str(file), read_only=read_only, config=config)
    except duckdb.Error as error:
        if isinstance(trouble := own_error(error), (DiskError, LockedError)):
            raise trouble from error
        raise QueryError(f"{file} cannot be opened as a DuckDB file: {error}") from error
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"set disabled_optimizers = '{NO_OPTIMIZERS}'")
    connection.execute("set produce_arrow_string_view = true")
    return connection


def _share_of(memory: int) -> int:
    """Give DuckDB's share of the memory: the rest is for the kernels' shard and the crossing."""
    return memory * 2 // 5


def expect_published(file: Path) -> None:
    """Raise QueryError where nothing was published yet."""
    if not file.exists():
        raise QueryError(
            f"there is no published warehouse {file} yet. Make one with 'recorrido run'."
        )
