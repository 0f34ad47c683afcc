"""Counts: what they are made of, and that moving them is as good as making them anew."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pipeline.counts import count, grain_of, move_counts
from pipeline.queries import shipped
from pipeline.warehouse import Warehouse, in_memory
from tests.core_tables import SETTINGS, small_warehouse
from tests.logs import Log, logs
from tests.rebuilt_core import fill_core, make_core

COUNTS = [file.stem for file in shipped("counts")]
SAYS_WHAT = {"VARCHAR", "BOOLEAN", "DATE", "UTINYINT", "SMALLINT", "INTEGER", "UBIGINT"}
EXAMPLES = int(os.environ.get("RECORRIDO_EXAMPLES", "60"))
# Each example counts four databases: to shrink what breaks takes minutes, and tells no more.
some = settings(
    max_examples=max(EXAMPLES // 20, 1),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def small() -> Iterator[Warehouse]:
    with small_warehouse() as connection:
        yield Warehouse(connection)


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_whole_or_decimal_and_all_else_says_what_is_counted(
    small: Warehouse, name: str
) -> None:
    columns = small.columns(f"counts.{name}")
    grain = grain_of(columns)
    assert grain.keys
    assert grain.counts
    told = {columns[key.strip('"')] for key in grain.keys}
    assert told <= SAYS_WHAT
    # Rows stand in the order of their columns, which the counts must not decide.
    assert [*grain.keys, *grain.counts] == [f'"{column}"' for column in columns]


@pytest.mark.parametrize("name", COUNTS)
def test_a_cell_has_one_row_that_counts_something(small: Warehouse, name: str) -> None:
    table = f"counts.{name}"
    grain = grain_of(small.columns(table))
    keys, counts = ", ".join(grain.keys), list(grain.counts)
    distinct = small.value(f"select count(*) from (select distinct {keys} from {table})")
    assert distinct == small.value(f"select count(*) from {table}")
    nothing = " and ".join(f"{each} = 0" for each in counts)
    missing = " or ".join(f"{each} is null" for each in counts)
    assert not small.value(f"select count(*) from {table} where ({nothing}) or {missing}")


def database(warehouse: Warehouse, name: str, log: Log) -> None:
    """Attach a database with all that counts read of the core, and of the project."""
    warehouse.run(f"attach ':memory:' as {name}")
    warehouse.run(f"use {name}")
    for schema in ("core", "ops"):
        warehouse.run(f"create schema {schema}")
    make_core(warehouse)
    warehouse.run("create table ops.project (time_zone varchar, journey_silence_ms bigint)")
    silence_ms = int(log.rulebook.journey_silence.total_seconds() * 1000)
    warehouse.insert("ops.project", time_zone=log.rulebook.time_zone, journey_silence_ms=silence_ms)


@some
@given(others=logs(), before=logs(), now=logs())
def test_counts_that_moved_are_those_made_anew(others: Log, before: Log, now: Log) -> None:
    parts = {
        "shadow": {"others": others, "concerned": before},
        "before": {"concerned": before},
        "now": {"concerned": now},
        "anew": {"others": others, "concerned": now},
    }
    warehouse = in_memory()
    database(warehouse, "shadow", others)
    warehouse.load_macros("macros")
    for name in ("before", "now", "anew"):
        database(warehouse, name, others)
    for name, of_part in parts.items():
        warehouse.run(f"set search_path = '{name}.main,shadow.main'")
        for customers, log in of_part.items():
            fill_core(warehouse, log, customers)
        count(warehouse, SETTINGS)
    warehouse.run("set search_path = 'shadow.main'")
    move_counts(warehouse)
    for name in COUNTS:
        assert warehouse.columns(f"shadow.counts.{name}") == warehouse.columns(
            f"anew.counts.{name}"
        )
        moved = warehouse.rows(f"select * from shadow.counts.{name}")
        assert moved == warehouse.rows(f"select * from anew.counts.{name}"), name
    warehouse.close()
