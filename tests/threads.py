"""How many threads DuckDB has in a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

_connect = duckdb.connect


def connect_with_one_thread(
    database: str | Path = ":memory:",
    read_only: bool = False,
    config: dict[str, str | bool | int | float | list[str]] | None = None,
) -> duckdb.DuckDBPyConnection:
    """Connect as DuckDB does, with one thread where the caller asks for no number."""
    return _connect(database, read_only=read_only, config={"threads": 1, **(config or {})})


@contextmanager
def one_thread() -> Iterator[None]:
    """Give DuckDB one thread: of small nights on one core, a second is half as much work again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", connect_with_one_thread)
        yield
