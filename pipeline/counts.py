"""Counts: sums over whole customers, made anew, or moved by what customers gave and give now."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.faults import fault_point
from pipeline.queries import read_sql, shipped, shipped_dir
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, quoted_name

# What several counts read, each made of those before it. Each stands for as long as a table
# that is left to make reads it, or what is made of it.
_BESIDE = (
    "conversions",
    "numbered_journeys",
    "touch_kinds",
    "numbered_touches",
    "events_met",
    "step_kinds",
    "numbered_steps",
    "visit_kinds",
    "numbered_visits",
    "graph_nodes",
    "node_moves",
    "steps_of_journeys",
    "ways",
    "way_paths",
    "journey_ways",
    "step_events",
    "judged_steps",
)
_WORD = re.compile(r"\w+")
# Of each query of counts, once it was asked: a query has the same columns whatever the data.
_GRAINS: dict[str, "Grain"] = {}


@dataclass(frozen=True)
class Grain:
    """The columns of a table of counts: those that say what is counted, and the counts' types."""

    keys: tuple[str, ...]
    counts: dict[str, str]

    def rows(self, table: str, sign: str = "") -> str:
        """Write the query that gives the rows of a table, its counts with a sign."""
        counts = (f"{sign}{name} as {name}" for name in self.counts)
        return f"select {', '.join([*self.keys, *counts])} from {table}"

    def summed(self, rows: str) -> str:
        """Write the query that sums rows of this grain, and leaves out what has come to nothing."""
        sums = (f"sum({name})::{type_} as {name}" for name, type_ in self.counts.items())
        keys = ", ".join(self.keys)
        return self.told(f"select {', '.join([keys, *sums])} from ({rows}) group by {keys}")

    def told(self, rows: str) -> str:
        """Write the query that leaves out rows that count nothing, in the order of the keys."""
        is_told = " or ".join(f"{name} != 0" for name in self.counts)
        return f"select * from ({rows}) where {is_told} order by {', '.join(self.keys)}"


def grain_of(columns: dict[str, str]) -> Grain:
    """Part the columns of a table of counts by their types: BIGINT and DECIMAL are counts."""
    quoted = {quoted_name(name): type_ for name, type_ in columns.items()}
    counts = {name: type_ for name, type_ in quoted.items() if _is_count(type_)}
    return Grain(tuple(name for name in quoted if name not in counts), counts)


def count(warehouse: Warehouse, settings: Settings, *, only: Collection[str] | None = None) -> None:
    """Make the tables of counts of the core tables in the current database, or `only` some.

    In: core.*, ops.project, of all customers or of some: whole ones, with all that is theirs.
    """
    set_path_lengths(warehouse, settings)
    files = [file for file in shipped("counts") if only is None or file.stem in only]
    queries = {file.stem: read_sql(file) for file in files}
    warehouse.run("create schema if not exists counts")
    with _beside(warehouse, queries) as steps:
        for name in steps:
            fault_point("counts: make a table")
            grain = _grain_of_query(warehouse, queries[name])
            with warehouse.rows_in_order():
                warehouse.run(
                    f"create or replace table counts.{name} as {grain.told(queries[name])}"
                )


def move_counts(warehouse: Warehouse, *, before: str = "before", now: str = "now") -> None:
    """Take away what some customers gave, and add what they give now.

    In: tables of counts of all customers in the current database, and those of the customers
    concerned in the databases `before` and `now`. Out: what `count` would make anew, row by row.
    """
    with warehouse.rows_in_order():
        for file in shipped("counts"):
            fault_point("counts: move a table")
            _move(warehouse, f"counts.{file.stem}", before, now)
    warehouse.run("drop table if exists temp.changes")


def sum_parts(warehouse: Warehouse, parts: Sequence[str]) -> None:
    """Make the tables of counts of all customers of those of their parts.

    In: `parts`, databases with the tables of counts of some customers each, and of all together.
    Out: what `count` would make of the whole, row by row.
    """
    with warehouse.rows_in_order():
        for file in shipped("counts"):
            fault_point("counts: sum the parts of a table")
            table = f"counts.{file.stem}"
            grain = grain_of(warehouse.columns(f"{parts[0]}.{table}"))
            rows = " union all ".join(grain.rows(f"{part}.{table}") for part in parts)
            warehouse.run(f"create or replace table {table} as {grain.summed(rows)}")


def _move(warehouse: Warehouse, table: str, before: str, now: str) -> None:
    grain = grain_of(warehouse.columns(table))
    given, taken = grain.rows(f"{now}.{table}"), grain.rows(f"{before}.{table}", "-")
    changes = grain.summed(f"{given} union all {taken}")
    warehouse.run(f"create or replace temp table changes as {changes}")
    if warehouse.value("select count(*) from temp.changes"):
        rows = f"{grain.rows(table)} union all {grain.rows('temp.changes')}"
        warehouse.run(f"create or replace table {table} as {grain.summed(rows)}")


def set_path_lengths(warehouse: Warehouse, settings: Settings) -> None:
    """Tell queries how far paths are told apart, as the variables path_steps, path_top …"""
    for name, value in settings.paths:
        warehouse.set_variable(f"path_{name}", value)


def _grain_of_query(warehouse: Warehouse, query: str) -> Grain:
    """Give the grain of a query, planning it only once: `before` and `now` ask alike."""
    if query not in _GRAINS:
        _GRAINS[query] = grain_of(warehouse.columns(query))
    return _GRAINS[query]


def _is_count(type_: str) -> bool:
    return type_ == "BIGINT" or type_.startswith("DECIMAL")


@contextmanager
def _beside(warehouse: Warehouse, queries: dict[str, str]) -> Iterator[Iterator[str]]:
    """Give the names of queries in turn, when what each reads besides the core tables is there."""
    folder = shipped_dir() / "counts" / "beside"
    written = {name: read_sql(folder / f"{name}.sql") for name in _BESIDE}
    needs = {name: _needed(query, written) for name, query in queries.items()}
    made: list[str] = []

    def drop(names: Iterable[str]) -> None:
        for name in reversed([name for name in made if name in names]):
            warehouse.run(f"drop table temp.{name}")
            made.remove(name)

    def in_turn() -> Iterator[str]:
        # Those that read alike are made together, so that what they read may go early.
        left = sorted(queries, key=lambda name: (needs[name][-1:], name))
        while left:
            for beside in needs[left[0]]:
                if beside not in made:
                    warehouse.run(f"create or replace temp table {beside} as {written[beside]}")
                    made.append(beside)
            yield left.pop(0)
            drop(set(made).difference(*(needs[name] for name in left)))

    try:
        yield in_turn()
    finally:
        drop(made[:])


def _needed(query: str, written: dict[str, str]) -> list[str]:
    """List what a query reads besides the core tables, and what that reads, in order of making."""
    named = set(_WORD.findall(query))
    for name in reversed(_BESIDE):
        if name in named:
            named.update(_WORD.findall(written[name]))
    return [name for name in _BESIDE if name in named]
