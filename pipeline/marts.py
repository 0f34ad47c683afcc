"""The marts: counts that SQL sums over journeys, and figures that are made of counts."""

import tomllib
from collections.abc import Callable

import polars as pl

from pipeline.queries import read_sql, shipped, shipped_dir
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

# Made of other marts once these are there, in this order: what each is called, and what makes it.
Figure = Callable[[Warehouse, Settings], pl.DataFrame]
FIGURES: dict[str, Figure] = {}


def build_marts(warehouse: Warehouse, settings: Settings) -> None:
    """Make the marts and the analysts' macros over them.

    In: the tables of core, ops.project. Counts are queries of their own (queries/marts); figures
    are made of them by pipeline.figures, and take their columns' types from queries/figures.
    """
    for file in shipped("marts"):
        warehouse.run(f"create table marts.{file.stem} as {read_sql(file)}")
    for name, figure in FIGURES.items():
        query = read_sql(shipped_dir() / "figures" / f"{name}.sql")
        with warehouse.view_of(figure(warehouse, settings), f"built_{name}"):
            warehouse.run(f"create table marts.{name} as {query}")
    warehouse.load_macros("macros/analysts")


def build_reports_of_the_night(warehouse: Warehouse) -> None:
    """Make what tells of the night itself: events without a rule, amounts without a rate …"""
    for file in shipped("ops"):
        warehouse.run(f"create table ops.{file.stem} as {read_sql(file)}")


def describe_tables(warehouse: Warehouse) -> None:
    """Write the comment of every published table, column and macro."""
    comments = tomllib.loads((shipped_dir() / "comments.toml").read_text(encoding="utf-8"))
    for schema in ("core", "marts", "ops"):
        for table, told in comments[schema].items():
            name = f"{schema}.{table}"
            for column, comment in told.items():
                target = (
                    f"table {name}" if column == "table" else f"column {name}.{quoted_name(column)}"
                )
                warehouse.run(f"comment on {target} is {quoted_text(comment)}")
    for macro, comment in comments["macros"].items():
        warehouse.run(f"comment on macro table {quoted_name(macro)} is {quoted_text(comment)}")
