"""One machine: shards of whole customers, one after the other, through the kernels."""

from datetime import datetime
from math import ceil

import polars as pl

from pipeline.faults import fault_point
from pipeline.journey.kinds import describe_kinds
from pipeline.journey.rebuild import TOUCHES, Rebuilt, rebuild
from pipeline.queries import read_sql, shipped_dir
from pipeline.rulebook import Rulebook
from pipeline.warehouse import Warehouse

# What the kernels hold at their peak, measured on shards of three million touches.
BYTES_PER_TOUCH = 800
# Of the night's memory; DuckDB has two fifths for itself, and the rest is for the crossing.
SHARD_SHARE = 0.3
_BUILT = ("sessions", "journeys", "steps", "visits")


def rebuild_all(warehouse: Warehouse, rulebook: Rulebook, *, cut_off: datetime, memory: int) -> int:
    """Rebuild the journeys of all customers, a shard at a time.

    In: scratch.flow (the narrow touches, `kind` numbered), scratch.kinds. Makes core.sessions,
    core.journeys, core.steps, core.visits, and scratch.placed: what was found of each touch.
    Returns the number of shards.
    """
    kinds = describe_kinds(
        warehouse.frame(
            "select event, channel, source, is_machine, held from scratch.kinds order by kind"
        ),
        rulebook,
    )
    touches: int = warehouse.value("select count(*) from scratch.flow")
    shards = max(1, ceil(touches * BYTES_PER_TOUCH / (memory * SHARD_SHARE)))
    warehouse.set_variable("shards", shards)
    with warehouse.beside_kernels():
        for shard in range(shards):
            warehouse.set_variable("shard", shard)
            frame = warehouse.frame(
                f"select {', '.join(TOUCHES)} from scratch.flow "
                "where customer % getvariable('shards') = getvariable('shard')"
            )
            fault_point("rebuild: build a shard")
            built = rebuild(frame.cast(TOUCHES), kinds, rulebook, cut_off=cut_off)  # type: ignore[arg-type]
            _keep(warehouse, built, is_first=shard == 0)
            del frame, built
    return shards


def _keep(warehouse: Warehouse, built: Rebuilt, *, is_first: bool) -> None:
    for name in _BUILT:
        query = read_sql(shipped_dir() / "core" / f"{name}.sql")
        with warehouse.view_of(getattr(built, name), f"built_{name}"):
            fault_point("rebuild: keep a table of a shard")
            if is_first:
                warehouse.run(f"create or replace table core.{name} as {query}")
            else:
                warehouse.run(f"insert into core.{name} {query}")
    placed = built.touches.select(
        "touchpoint_id",
        "told_row",
        "touch_no",
        "session_id",
        "journey_id",
        "step_no",
        "stage",
        "goal",
        "is_conversion",
        "sentiment",
        "revenue",
        "traffic",
        is_unmapped=pl.col("role") == "unmapped",
        is_ignored=pl.col("role") == "ignored",
    )
    with warehouse.view_of(placed, "placed"):
        fault_point("rebuild: keep what was found of touches")
        if is_first:
            warehouse.run("create table scratch.placed as select * from placed")
        else:
            warehouse.run("insert into scratch.placed select * from placed")
