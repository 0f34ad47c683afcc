"""The only door to DuckDB: connections and queries."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from pipeline.errors import ConfigError, PipelineError, QueryError
from pipeline.queries import read_sql, shipped

# What is wrong with a query itself, whatever the data are.
_OF_TEXT = (duckdb.ParserException, duckdb.CatalogException, duckdb.BinderException)
# It turns each `in (…)` of an adapter into a join, whose planning takes a second a file.
_NO_OPTIMIZERS = "in_clause"
_BATCH = 122_880  # rows of a DuckDB row group
Params = Mapping[str, object] | Sequence[object] | None


class Warehouse:
    """One connection to one DuckDB file. Values are bound; nothing of the data is pasted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, params: Params = None) -> None:
        """Run a statement for its effect."""
        self.rows(sql, params)

    def insert(self, table: str, **values: object) -> None:
        """Insert one row, by name; what is not given is null."""
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self.run(f"insert into {table} ({names}) values ({marks})", list(values.values()))

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Run a statement and give all its rows."""
        try:
            return self._connection.execute(sql, params).fetchall()
        except duckdb.Error as error:
            raise _told(error) from error

    def value(self, sql: str, params: Params = None) -> Any:
        """Give the one value that a query returns."""
        return self.rows(sql, params)[0][0]

    def frame(self, sql: str, params: Params = None) -> pl.DataFrame:
        """Run a query and give its result as a frame.

        With parameters DuckDB carries the result over value by value, 10 s a million rows: a large
        result takes its constants by `set_variable`.
        """
        try:
            relation = self._connection.sql(sql, params=params)
        except duckdb.Error as error:
            raise _told(error) from error
        if relation is None:
            raise QueryError("expected a query that returns rows, such as a select; found none")
        try:
            return relation.pl()
        except duckdb.Error as error:
            raise _told(error) from error

    def columns(self, relation: str) -> dict[str, str]:
        """Give the columns of a table or view and their types."""
        return {row[0]: row[1] for row in self.rows(f"describe {relation}")}

    @contextmanager
    def view_of(self, frame: pl.DataFrame, name: str) -> Iterator[None]:
        """Let queries read a frame under a name, for as long as the block lasts."""
        # Not the newest layout: a filter that DuckDB hands to Arrow finds no kernel for text views.
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        # One batch is one thread's work, and Polars gives a single one.
        batches = table.to_batches(max_chunksize=_BATCH)
        self._connection.register(name, pa.Table.from_batches(batches, schema=table.schema))
        try:
            yield
        finally:
            self._connection.unregister(name)

    def set_variable(self, name: str, value: object) -> None:
        """Hand a constant to queries, which read it by getvariable('name')."""
        self.run(f"set variable {name} = ?", [value])

    @contextmanager
    def joins_as_written(self) -> Iterator[None]:
        """Let joins hash the side that the query names last, which DuckDB may judge otherwise."""
        self.run(f"set disabled_optimizers = '{_NO_OPTIMIZERS},build_side_probe_side'")
        try:
            yield
        finally:
            self.run(f"set disabled_optimizers = '{_NO_OPTIMIZERS}'")

    @contextmanager
    def rows_in_order(self) -> Iterator[None]:
        """Keep rows in the order in which they are read: to number them costs the second core."""
        self.run("set preserve_insertion_order = true")
        try:
            yield
        finally:
            self.run("set preserve_insertion_order = false")

    def load_macros(self, folder: str) -> None:
        """Create the macros of a folder of shipped queries."""
        for file in shipped(folder):
            self.run(read_sql(file))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def reading(published: Path, *, for_analysts: bool = False) -> Iterator[Warehouse]:
    """Open the published warehouse read-only; for analysts with no way out of it."""
    _expect_published(published)
    with tempfile.TemporaryDirectory() as spill:
        connection = _connect(published, None, Path(spill), read_only=True)
        if for_analysts:
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
        warehouse = Warehouse(connection)
        try:
            yield warehouse
        finally:
            warehouse.close()


@contextmanager
def beside(published: Path, memory: int) -> Iterator[Warehouse]:
    """Open an empty warehouse in memory, with the publication attached as `published` to read."""
    _expect_published(published)
    with tempfile.TemporaryDirectory() as spill:
        warehouse = Warehouse(_connect(":memory:", memory, Path(spill)))
        try:
            warehouse.run("set preserve_insertion_order = false")
            warehouse.run(f"attach {_quoted(published)} as published (read_only)")
            yield warehouse
        finally:
            warehouse.close()


def in_memory() -> Warehouse:
    """Open an empty warehouse in memory."""
    return Warehouse(_connect(":memory:", None, None))


def writing(file: Path, memory: int, spill: Path) -> Warehouse:
    """Open a file to write, made where there is none; what does not fit in memory goes to `spill`.

    The order of rows is nobody's: what needs one says so.
    """
    warehouse = Warehouse(_connect(file, memory, spill))
    warehouse.run("set preserve_insertion_order = false")
    return warehouse


def expect_readable(file: Path) -> None:
    """Open a file read-only and close it again."""
    _connect(file, None, None, read_only=True).close()


def quoted_name(name: str) -> str:
    """Quote an identifier that the data or the user chose."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Quote a text constant, where SQL allows no bound value."""
    return "'" + text.replace("'", "''") + "'"


def _connect(
    file: Path | str, memory: int | None, spill: Path | None, *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # What spills may hold raw identifiers. DuckDB's own cipher draws its key from a generator
        # that it calls unsafe, so the folder is private and wiped as well.
        "temp_file_encryption": True,
        "force_mbedtls_unsafe": True,
    }
    if spill:
        config["temp_directory"] = str(spill)
    if memory:
        # The rest is for the kernels' shard and the crossing.
        config["memory_limit"] = f"{memory * 2 // 5}B"
    try:
        connection = duckdb.connect(str(file), read_only=read_only, config=config)
    except duckdb.Error as error:
        raise QueryError(f"{file} cannot be opened as a DuckDB file: {error}") from error
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"set disabled_optimizers = '{_NO_OPTIMIZERS}'")
    connection.execute("set produce_arrow_string_view = true")
    return connection


def _expect_published(file: Path) -> None:
    if not file.exists():
        raise QueryError(
            f"there is no published warehouse {file} yet. Make one with 'recorrido run'."
        )


def _quoted(file: Path) -> str:
    return quoted_text(str(file))


def _told(error: duckdb.Error) -> PipelineError:
    if isinstance(error, duckdb.OutOfMemoryException):
        return ConfigError(
            "the night needs more memory than [warehouse] memory allows; raise it in "
            f"recorrido.toml. ({str(error).splitlines()[0][:160]})"
        )
    message = str(error).split("\n\nLINE ")[0].strip()
    return QueryError(message, is_of_text=isinstance(error, _OF_TEXT))
