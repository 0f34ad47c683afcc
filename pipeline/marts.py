"""The marts: figures that are made of counts, anew every night."""

import tomllib
from collections.abc import Callable

import polars as pl

from pipeline.counts import count, set_path_lengths
from pipeline.faults import fault_point
from pipeline.figures.attribution import attribute
from pipeline.figures.drop_off import drop_off
from pipeline.figures.moments import find_moments
from pipeline.figures.nodes import describe_nodes
from pipeline.figures.stage_times import time_to_next_stage
from pipeline.graph import betweenness
from pipeline.queries import read_sql, shipped, shipped_dir
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

Figure = Callable[[Warehouse, Settings], pl.DataFrame]


def _drop_off(warehouse: Warehouse, _: Settings) -> pl.DataFrame:
    ends = warehouse.frame("select * from marts.stage_ends")
    return drop_off(ends, *_stage_times(warehouse))


def _time_to_next_stage(warehouse: Warehouse, _: Settings) -> pl.DataFrame:
    return time_to_next_stage(*_stage_times(warehouse))


def _stage_times(warehouse: Warehouse) -> tuple[pl.DataFrame, int]:
    silence_ms = warehouse.value("select max(journey_silence_ms) from ops.project")
    return warehouse.frame("select * from marts.stage_times"), silence_ms or 0


def _attribution(warehouse: Warehouse, settings: Settings) -> pl.DataFrame:
    rules = warehouse.frame(read_sql(shipped_dir() / "figures" / "attribution_rules.sql"))
    moves = warehouse.frame("select * from marts.visit_moves")
    return attribute(rules, moves, seed=settings.attribution.seed)


def _moments(warehouse: Warehouse, _: Settings) -> pl.DataFrame:
    return find_moments(warehouse.frame("select * from marts.moment_counts"))


def _nodes(warehouse: Warehouse, _: Settings) -> pl.DataFrame:
    nodes = betweenness(warehouse.frame("select * from marts.transitions"))
    moves = warehouse.frame("select * from marts.conversion_chain")
    return nodes.join(describe_nodes(moves), on=("grain", "node"), how="left")


# Made of other marts once these are there, in this order: what each is called, and what makes it.
FIGURES: dict[str, Figure] = {
    "attribution": _attribution,
    "drop_off": _drop_off,
    "moments": _moments,
    "nodes": _nodes,
    "time_to_next_stage": _time_to_next_stage,
}


_STANDING_COMMENTS = """
    select schema_name, table_name, 'table' as target, comment from duckdb_tables()
    where database_name = current_database()
    union all
    select schema_name, table_name, column_name, comment from duckdb_columns()
    where database_name = current_database()
"""


def build_marts(warehouse: Warehouse, settings: Settings) -> None:
    """Make counts and figures of the core tables of a whole database.

    In: the tables of core, ops.project, ops.goals. Out: the tables of counts and of marts, and the
    analysts' macros over them.
    """
    count(warehouse, settings)
    build_figures(warehouse, settings)


def build_figures(warehouse: Warehouse, settings: Settings) -> None:
    """Make the marts anew of the counts, and the analysts' macros over them.

    In: counts.*, core.spend, core.journeys (for who still waits), ops.project, ops.goals. Most are
    queries (queries/marts); some are made by pipeline.figures, and take their columns' types from
    queries/figures.
    """
    set_path_lengths(warehouse, settings)
    with warehouse.rows_in_order():
        for file in shipped("marts"):
            fault_point("marts: shape a mart of counts")
            warehouse.run(f"create or replace table marts.{file.stem} as {read_sql(file)}")
    for name, figure in FIGURES.items():
        query = read_sql(shipped_dir() / "figures" / f"{name}.sql")
        with warehouse.view_of(figure(warehouse, settings), f"built_{name}"):
            fault_point("marts: keep a figure")
            warehouse.run(f"create or replace table marts.{name} as {query}")
    warehouse.load_macros("macros/names")
    warehouse.load_macros("macros/analysts")


def build_reports_of_the_night(warehouse: Warehouse) -> None:
    """Make what tells of the night itself: events without a rule, amounts without a rate …"""
    for file in shipped("ops"):
        fault_point("run: tell of the night")
        warehouse.run(f"create or replace table ops.{file.stem} as {read_sql(file)}")


def describe_tables(warehouse: Warehouse) -> None:
    """Write the comment of every published table, column and macro."""
    fault_point("run: describe the tables")
    comments = tomllib.loads((shipped_dir() / "comments.toml").read_text(encoding="utf-8"))
    # A table that was moved, not made anew, has its comments still.
    stand = set(warehouse.rows(_STANDING_COMMENTS))
    statements = ["begin"]
    for schema in ("core", "counts", "marts", "ops"):
        for table, told in comments[schema].items():
            name = f"{schema}.{table}"
            for column, comment in told.items():
                if (schema, table, column, comment) in stand:
                    continue
                target = (
                    f"table {name}" if column == "table" else f"column {name}.{quoted_name(column)}"
                )
                statements.append(f"comment on {target} is {quoted_text(comment)}")
    for macro, comment in comments["macros"].items():
        statements.append(f"comment on macro table {quoted_name(macro)} is {quoted_text(comment)}")
    # One by one, each would be a transaction of its own: a quarter of a small night.
    warehouse.run(";".join([*statements, "commit"]))
