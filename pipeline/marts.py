"""The marts: sums over journeys, each a query of its own, and what analysts read about them."""

import tomllib

from pipeline.queries import read_sql, shipped, shipped_dir
from pipeline.warehouse import Warehouse, quoted_name, quoted_text


def build_marts(warehouse: Warehouse) -> None:
    """Make the marts, the list of events without a rule, and the analysts' macros."""
    for folder in ("marts", "ops"):
        for file in shipped(folder):
            warehouse.run(f"create table {folder}.{file.stem} as {read_sql(file)}")
    warehouse.load_macros("macros/analysts")


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
