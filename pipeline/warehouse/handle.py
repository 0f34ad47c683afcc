"""One connection to DuckDB, as the rest of the house knows it."""

import errno
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from pipeline.errors import ConfigError, DiskError, LockedError, QueryError
from pipeline.permissions import way_in
from pipeline.queries import read_sql, shipped
from pipeline.warehouse.quoting import quoted_name, quoted_text

# What is wrong with a query itself, whatever the data are.
_OF_TEXT = (duckdb.ParserException, duckdb.CatalogException, duckdb.BinderException)
# What is wrong with a value, which the message may quote.
_OF_VALUES = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
# What no query of anybody's should lead to.
_BUGS = (duckdb.InternalException, duckdb.FatalException)
# What DuckDB says of a file that another process writes to.
_HELD = ("Could not set lock on file", "Conflicting lock is held")
# Where it ends in the system's words, the machine failed, whatever it was that it could not do.
_SYSTEM = {os.strerror(number): number for number in errno.errorcode}
_OF_SYSTEM = re.compile(rf": ({'|'.join(map(re.escape, _SYSTEM))})\W*$", re.MULTILINE)
_FILE = re.compile(r'file "(.+?)"')
# What then helps.
_FULL = "the disk is full; make room and run again"
_BROKEN = "a disk does not read or write; mend it and run again"
_MENDS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: (
        "a file may not grow so large; lift the limit (ulimit -f), or that of the disk, and run "
        "again"
    ),
    errno.EMFILE: "too many files are open; lift the limit (ulimit -n), and run again",
    errno.EIO: _BROKEN,
    errno.EROFS: _BROKEN,
    errno.ENXIO: _BROKEN,
    errno.ETIMEDOUT: _BROKEN,
}
_NO_MEND = "the machine does not do what it was asked to; mend that and run again"
# It turns each `in (…)` of an adapter into a join, whose planning takes a second a file.
NO_OPTIMIZERS = "in_clause"
_BATCH = 122_880  # rows of a DuckDB row group
# Rows of a result that is counted as it comes: a batch is made before it can be counted.
_COUNTED = 2048
_TOO_LONG = "maximum total string size"
_INTERVAL = "INTERVAL"
_UNION = "UNION("
_TEXT = "VARCHAR"
# What a night changes while it runs; all else stays as the connection was made.
_CHANGING = (
    "['search_path', 'disabled_optimizers', 'preserve_insertion_order', 'memory_limit', "
    "'force_compression']"
)
# DuckDB's share of a night's memory: while kernels hold a shard, and while nobody else does much.
_BESIDE_KERNELS = 0.4
ALONE = 0.65
Params = Mapping[str, object] | Sequence[object] | None


class Warehouse:
    """One connection to one DuckDB file. Values are bound; nothing of the data is pasted.

    `most_bytes` bounds what a query's result may take in this process; `memory` is what a night
    may take of the machine.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        most_bytes: int | None = None,
        memory: int | None = None,
    ) -> None:
        self._connection = connection
        self._most_bytes = most_bytes
        self._memory = memory
        self._variables: dict[str, tuple[type, object]] = {}

    def run(self, sql: str, params: Params = None) -> None:
        """Run a statement for its effect."""
        self.rows(sql, params)

    def insert(self, table: str, **values: object) -> None:
        """Insert one row, by name; what is not given is null."""
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self.run(f"insert into {table} ({names}) values ({marks})", list(values.values()))

    def insert_all(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows, by name; what is not given is null.

        They are handed over as a frame: to bind a value takes a seventh of a millisecond.
        """
        if rows:
            with self.view_of(pl.DataFrame(rows, infer_schema_length=None), "told_rows"):
                self.run(f"insert into {table} by name from told_rows")

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Run a statement and give all its rows."""
        try:
            return self._connection.execute(sql, params).fetchall()
        except duckdb.Error as error:
            raise self._own(error) from error
        except RuntimeError as error:
            raise _interruption(error) from None

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
            raise self._own(error) from error
        if relation is None:
            raise QueryError("expected a query that returns rows, such as a select; found none")
        try:
            relation = _as_polars_takes_it(relation)
            return relation.pl() if self._most_bytes is None else self._bounded(relation)
        except duckdb.Error as error:
            raise self._own(error) from error
        except OSError as error:  # so Arrow tells what DuckDB tells it
            if _TOO_LONG not in str(error):
                raise
            raise QueryError(
                "expected texts of less than 2 GB in 2048 rows of a result, found more; shorten "
                "them in the query: left(…, 1000)"
            ) from None
        except RuntimeError as error:
            raise _interruption(error) from None

    def columns(self, relation: str) -> dict[str, str]:
        """Give the columns of a table or view and their types."""
        return {row[0]: row[1] for row in self.rows(f"describe {relation}")}

    def expect_one_statement(self, sql: str) -> None:
        """Refuse a text that holds another statement behind its first, or none at all."""
        try:
            count = len(self._connection.extract_statements(sql))
        except duckdb.Error as error:
            raise self._own(error) from error
        if count != 1:
            raise QueryError(f"expected one statement, found {count}", is_of_text=True)

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
        # Each file says its source's sixteen anew, and to set one takes half a millisecond.
        if name not in self._variables or (type(value), value) != self._variables[name]:
            self.run(f"set variable {name} = ?", [value])
            self._variables[name] = (type(value), value)

    @contextmanager
    def hiding(self, *names: str) -> Iterator[None]:
        """Let no query read some constants, for as long as the block lasts."""
        hidden = {name: self._variables[name][1] for name in names if name in self._variables}
        for name in hidden:
            self.set_variable(name, None)
        try:
            yield
        except KeyboardInterrupt:
            hidden.clear()  # the query still runs: whatever is asked next would wait for its end
            raise
        finally:
            for name, value in hidden.items():
                self.set_variable(name, value)

    @contextmanager
    def joins_as_written(self) -> Iterator[None]:
        """Let joins be made in the order of the query, each hashing the side that it names last.

        Left to itself, DuckDB takes ten million touches for a handful behind a few conditions, and
        hashes them whole. An asof join ends the process of DuckDB 1.5 in here.
        """
        self.run(f"set disabled_optimizers = '{NO_OPTIMIZERS},join_order,build_side_probe_side'")
        try:
            yield
        finally:
            self.run(f"set disabled_optimizers = '{NO_OPTIMIZERS}'")

    @contextmanager
    def rows_in_order(self) -> Iterator[None]:
        """Keep rows in the order in which they are read: to number them costs the second core."""
        self.run("set preserve_insertion_order = true")
        try:
            yield
        finally:
            self.run("set preserve_insertion_order = false")

    @contextmanager
    def uncompressed(self) -> Iterator[None]:
        """Write tables as they are: of what is thrown away, compressing is a third of the work."""
        self.run("set force_compression = 'uncompressed'")
        try:
            yield
        finally:
            self.run("set force_compression = 'auto'")

    def take_memory(self, share: float) -> None:
        """Let DuckDB take no more than a share of the night's memory."""
        if self._memory:
            self.run(f"set memory_limit = '{int(self._memory * share)}B'")

    @contextmanager
    def beside_kernels(self) -> Iterator[None]:
        """Leave memory to the kernels, for as long as the block lasts."""
        self.take_memory(_BESIDE_KERNELS)
        try:
            yield
        finally:
            self.take_memory(ALONE)

    def attach_unlogged(self, file: Path, name: str) -> None:
        """Attach a file that is thrown away if the process ends before its last checkpoint.

        Without a write-ahead log no statement waits for the disk: 2 ms each, hundreds a night.
        """
        self.run(f"attach {quoted_text(str(file))} as {name} (recovery_mode 'no_wal_writes')")

    def load_macros(self, folder: str) -> None:
        """Create the macros of a folder of shipped queries."""
        for file in shipped(folder):
            self.run(read_sql(file))

    def confine(self, folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
        """Let the connection open what lies in some folders, and some files, and nothing else.

        Addresses, extensions and secrets are shut as well. It cannot be taken back: to open more,
        connect anew. What is attached stays.
        """
        self.run(f"set allowed_directories = {_listed(f'{folder}/' for folder in folders)}")
        self.run(f"set allowed_paths = {_listed(map(str, files))}")
        self.run("set enable_external_access = false")

    def lock_settings(self) -> None:
        """Let no query change a setting but those that a night changes itself."""
        self.run(f"set allowed_configs = {_CHANGING}")
        self.run("set lock_configuration = true")

    def close(self) -> None:
        """Close the connection; what an interrupted query still does ends with it."""
        with suppress(duckdb.ConnectionException):  # it is closed already
            # Without this it waits for a result that nobody fetches: 48 s were measured.
            self._connection.interrupt()
        self._connection.close()

    def _own(self, error: duckdb.Error) -> Exception:
        """Say it in our words; analysts see of the publication whatever they ask for."""
        own = own_error(error)
        if isinstance(own, QueryError) and self._most_bytes is not None:
            own.about_value = None
        return own

    def _bounded(self, relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
        """Take over a result batch by batch, and no more of it than fits."""
        assert self._most_bytes is not None
        reader = relation.to_arrow_reader(_COUNTED)
        batches, taken = [], 0
        for batch in reader:
            taken += batch.nbytes
            if taken > self._most_bytes:
                raise QueryError(
                    f"the result is larger than the {self._most_bytes >> 20} MB that a query may "
                    "have (two fifths of [warehouse] memory): count or filter in the query, add "
                    "a limit, or take whole tables by 'recorrido export'"
                )
            batches.append(batch)
        frame = pl.from_arrow(pa.Table.from_batches(batches, schema=reader.schema))
        assert isinstance(frame, pl.DataFrame)
        return frame


def _as_polars_takes_it(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Write lengths of time, `2 days 01:00:00`, and unions as text, and number columns of one name.

    Polars has no such type for months, none of several types, and no two columns of one name.
    """
    kinds = [str(kind) for kind in relation.types]
    taken = [_TEXT if _UNION in kind else kind.replace(_INTERVAL, _TEXT) for kind in kinds]
    names = relation.columns
    if len({*names}) == len(names) and taken == kinds:
        return relation
    return relation.project(
        ", ".join(
            # By its place, for two columns may have one name.
            f"#{place}::{kind} as {quoted_name(name)}"
            for place, (name, kind) in enumerate(zip(_numbered(names), taken, strict=True), 1)
        )
    )


def _numbered(names: Sequence[str]) -> list[str]:
    """Tell repeated names apart as DuckDB does in a subquery: a, a_1, a_2."""
    numbered: list[str] = []
    for name in names:
        own, number = name, 0
        while own in numbered or (number and own in names):
            number += 1
            own = f"{name}_{number}"
        numbered.append(own)
    return numbered


def _listed(paths: Iterable[str]) -> str:
    return f"[{', '.join(quoted_text(path) for path in paths)}]::varchar[]"


def _interruption(error: RuntimeError) -> BaseException:
    """Give back the interruption that DuckDB, whose query a signal ended, tells as an error."""
    cause = error.__context__
    return cause if isinstance(cause, KeyboardInterrupt) else error


def own_error(error: duckdb.Error) -> Exception:
    """Say in our words what DuckDB says: whether a query, the machine or we are to blame."""
    # What a macro of ours refuses says so in its own words.
    message = str(error).split("\n\nLINE ")[0].strip().removeprefix("Invalid Input Error: ")
    # What quotes a value, or a query, may end in any words.
    if not isinstance(error, (*_OF_TEXT, *_OF_VALUES)) and (trouble := _trouble_of_files(message)):
        return trouble
    if isinstance(error, _BUGS):
        return error
    if isinstance(error, duckdb.OutOfMemoryException):
        return ConfigError(
            "this needs more memory, or room to spill, than [warehouse] memory allows; raise it in "
            f"recorrido.toml. ({str(error).splitlines()[0][:160]})"
        )
    if isinstance(error, duckdb.PermissionException):
        return QueryError(
            f"expected a query that keeps to its tables and the folders of this project. {message}",
            is_of_text=True,
        )
    about_value = str(error).split(":")[0] if isinstance(error, _OF_VALUES) else None
    return QueryError(message, is_of_text=isinstance(error, _OF_TEXT), about_value=about_value)


def _trouble_of_files(message: str) -> Exception | None:
    if any(trouble in message for trouble in _HELD):
        return LockedError(
            f"another process has the file open to write; run again once it has closed. ({message})"
        )
    # A disk that fills up while a file is written out is told by a fatal error.
    if not (said := _OF_SYSTEM.search(message)):
        return None
    number, named = _SYSTEM[said[1]], _FILE.search(message)
    file = named[1] if named else None
    if file and number in (errno.EACCES, errno.EPERM):
        told = f"{file}: {said[1]}. {way_in(Path(file))}"
    else:
        told = f"{_MENDS.get(number, _NO_MEND)}. ({message})"
    return DiskError(told, errno=number, file=file)
