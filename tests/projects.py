"""Small projects: a folder with a recorrido.toml and a few files, and the nights run on it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.counts import count
from pipeline.journal import Journal
from pipeline.night import Night
from pipeline.queries import shipped
from pipeline.run import Outcome, run_night
from pipeline.settings import Settings, load_settings

SHOP_WITH_VAULT = """[project]
    timezone = "UTC"
    currency = "EUR"
    min_customers = 0
"""
# The vault is another file, and a twentieth of a small night.
SHOP = f"""[warehouse]
    vault = false
    {SHOP_WITH_VAULT}"""
# The same, where names of fewer than ten customers are folded.
LEAST_TEN = SHOP.replace("min_customers = 0", "min_customers = 10")
WEB = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    max_rejected_rate = 1
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
"""
# A source of a name of one's choice, whose files are CSV of id, time, event, who.
SOURCE = """
    [[sources]]
    name = "{name}"
    channel = "{name}"
    format = "events"
    files = "landing/{name}/*"
    max_rejected_rate = 1
    {keys}
    [sources.columns]
    native_id = "id"
    occurred_at = "time"
    event = "event"
    user_id = "who"
"""
# What says from which file a touch came, and so may differ where the touches do not.
_WHENCE = ("load_id", "record_no")

Row = tuple[Any, ...]


class Project:
    """One folder, as a user keeps it."""

    def __init__(self, directory: Path) -> None:
        self.dir = directory
        self.config = directory / "recorrido.toml"

    @property
    def published(self) -> Path:
        """The warehouse that readers open."""
        return self.dir / "warehouse" / "journeys.duckdb"

    def configure(self, *tables: str) -> None:
        """Write the config file of some tables, indented as it pleases the test."""
        lines = [line.strip() for table in tables for line in table.splitlines()]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the project."""
        file = self.dir / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        if file.suffix == ".key":
            file.chmod(0o600)
        return file

    def write_log(self, name: str, log: str) -> Path:
        """Write a CSV file drawn as a table: columns parted by |, a rule below the header."""
        rows = [line.split("|") for line in log.strip().splitlines() if "-+-" not in line]
        cells = [",".join(cell.strip() for cell in row) for row in rows]
        return self.write(name, "\n".join(cells) + "\n")

    def run(
        self, *, as_of: datetime | None = None, full: bool = False, with_page: bool = False
    ) -> Outcome:
        """Run a night in this process."""
        settings = load_settings(self.config)
        journal = Journal(say=lambda step: None)
        with nullcontext() if with_page else unadorned():
            return run_night(settings, as_of=as_of, full=full, journal=journal)

    def rows(self, sql: str) -> list[Row]:
        """Ask the published warehouse."""
        with self._reading() as connection:
            return connection.execute(sql).fetchall()

    def column(self, sql: str) -> list[Any]:
        """Give the only column of a query on the published warehouse."""
        return [value for (value,) in self.rows(sql)]

    def contents(self) -> dict[str, list[Row]]:
        """Give the rows of every published table of core and marts, in a canonical order."""
        # To open the file takes as long as to read ten of its tables.
        with self._reading() as connection:
            tables = connection.execute(
                "select schema_name, table_name, list(column_name order by column_index) "
                "from duckdb_columns() where schema_name in ('core', 'marts') group by all"
            ).fetchall()
            return {
                f"{schema}.{table}": connection.execute(
                    f"select {_as_text(columns)} from {schema}.{table} order by all"
                ).fetchall()
                for schema, table, columns in sorted(tables)
            }

    def _reading(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self.published), read_only=True)
        connection.execute("set timezone = 'UTC'")
        return connection


@contextmanager
def unadorned(*modules: str) -> Iterator[None]:
    """Leave out what no table hangs on: page, graph and comments, which have tests of their own.

    They are half of a small night.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.run.describe_tables", lambda warehouse: None)
        for module in ("run", *modules):
            for name in ("publish_report", "publish_graph"):
                patch.setattr(f"pipeline.{module}.{name}", lambda *_, **__: None)
        yield


@contextmanager
def core_only() -> Iterator[None]:
    """Make no marts, of counts what ops tells, and ask the laws of core and ops alone.

    A small shop's counts are made anew of core every night: whoever asks what became of records
    learns no more from them, and half of a small night is saved.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.rebuild._count_everybody", _count_for_ops)
        patch.setattr("pipeline.run.build_figures", lambda warehouse, settings: None)
        patch.setattr("pipeline.checks.shipped", _of_core)
        yield


def _count_for_ops(night: Night, settings: Settings) -> None:
    count(night.warehouse, settings, only=("touches_led", "unmapped"))


def _of_core(folder: str) -> list[Path]:
    return [law for law in shipped(folder) if law.stem.startswith(("core.", "ops."))]


def _as_text(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"::varchar' for name in columns if name not in _WHENCE)


def source(name: str, *keys: str, **columns: str) -> str:
    mapped = [f'{field} = "{column}"' for field, column in columns.items()]
    return "\n".join([SOURCE.format(name=name, keys="\n".join(keys)), *mapped])
