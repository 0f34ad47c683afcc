"""The only writer of what is published beside the warehouse: the report, the graph, exports."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.counts import set_path_lengths
from pipeline.errors import ConfigError
from pipeline.faults import fault_point
from pipeline.figures.what_if import read_change, what_if
from pipeline.graph import build_graph, to_graphml, to_json
from pipeline.permissions import make_shared, share
from pipeline.queries import read_sql, shipped_dir
from pipeline.report import (
    Language,
    ReportData,
    fold_small_cells,
    folded_segments,
    render_page,
)
from pipeline.selection import EVERYTHING, Selection, selecting
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, quoted_text, reading
from pipeline.whole import room_of_ones_own, write_whole

GRAINS = ("stage", "stage_channel", "traffic", "touchpoint")
_TABLES = (
    "marts.stage_flow",
    "marts.stage_funnel",
    "marts.drop_off",
    "marts.time_to_next_stage",
    "marts.attribution",
    "marts.path_flow",
    "marts.paths",
    "marts.stage_map",
    "marts.journey_map",
    "marts.touchpoint_map",
    "marts.moments",
    "marts.first_contact",
    "ops.loads",
    "ops.unmapped",
)


def publish_report(
    settings: Settings,
    file: Path,
    *,
    made_at: datetime,
    language: Language | None = None,
    only: Selection = EVERYTHING,
    any_layout: bool = False,
) -> None:
    """Write the page from the published warehouse, or of some of its journeys only."""
    is_part = only != EVERYTHING
    published = settings.published_file
    opened = selecting(settings, only) if is_part else reading(published, any_layout=any_layout)
    with opened as warehouse:
        set_path_lengths(warehouse, settings)
        data = _report_data(warehouse, made_at)
    data = replace(
        data,
        from_date=only.from_date,
        to_date=only.to_date,
        segment=only.segment,
        min_customers=settings.project.min_customers,
    )
    if is_part:
        _expect_many(data)
    if only.segment is not None:
        _expect_told_apart(settings, only.segment)
    fault_point("report: write the page")
    page = render_page(fold_small_cells(data), language=language or settings.project.language)
    if file.is_relative_to(settings.warehouse_dir):
        _publish_text(file, page)
    else:
        write_whole(file, page.encode())


def publish_graph(settings: Settings, *, any_layout: bool = False) -> None:
    """Write the transition graph of every grain as GraphML and as JSON."""
    with reading(settings.published_file, any_layout=any_layout) as warehouse:
        for file in graph_files(settings):
            text = graph_text(warehouse, file.stem, file.suffix[1:])
            fault_point("graph: write one")
            _publish_text(file, text)


def graph_files(settings: Settings) -> list[Path]:
    """List the files of the graph: each grain in each form."""
    folder = settings.warehouse_dir / "graph"
    return [folder / f"{grain}.{form}" for grain in GRAINS for form in ("graphml", "json")]


def graph_text(warehouse: Warehouse, grain: str, form: str) -> str:
    """Give the transition graph of one grain with its nodes' figures, as `graphml` or `json`."""
    edges, nodes = (_of_grain(warehouse, name, grain) for name in ("edges", "nodes"))
    graph = build_graph(edges, nodes)
    return to_graphml(graph) if form == "graphml" else to_json(graph)


def ask_what_if(warehouse: Warehouse, grain: str, changes: Sequence[str]) -> pl.DataFrame:
    """Say what changes of the edges of one grain would do, as `pipeline.figures.what_if` has it."""
    moves = _of_grain(warehouse, "moves", grain)
    return what_if(moves, [read_change(change) for change in changes])


def export_tables(
    warehouse: Warehouse, directory: Path, tables: list[str], expect_valid: Callable[[], None]
) -> list[Path]:
    """Write tables as Parquet, one file each; none is put in place before all are written.

    Nor if `expect_valid` raises anything then. Raises ConfigError where the folder is a file.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigError(f"expected a folder to write to, found {directory}, which is a file")
    files = {table: directory / f"{table}.parquet" for table in tables}
    # In a folder of our own, for DuckDB would follow a link that somebody planted for a part.
    with room_of_ones_own(directory / ".export.part") as room:
        for table, file in files.items():
            fault_point("export: write a table")
            made = quoted_text(str(room / file.name))
            warehouse.run(f"copy {table} to {made} (format parquet, use_tmp_file false)")
        expect_valid()
        for file in files.values():
            fault_point("export: put a table in place")
            os.replace(room / file.name, file)
    return list(files.values())


def published_tables(warehouse: Warehouse) -> list[str]:
    """List the published tables, as schema.table."""
    rows = warehouse.rows(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name in ('core', 'counts', 'marts', 'ops') order by all"
    )
    return [row[0] for row in rows]


def _publish_text(file: Path, text: str) -> None:
    """Write a file for all who may read the warehouse."""
    make_shared(file.parent)
    write_whole(file, text.encode())
    share(file)


def _expect_many(data: ReportData) -> None:
    """Refuse a page of so few customers that all of it would be one small cell."""
    customers = data.journeys["customers"][0]
    if customers < data.min_customers:
        raise ConfigError(
            f"expected a page of at least {data.min_customers} customers ([project] "
            f"min_customers), found {customers}. Ask for more days, or for all segments."
        )


def _expect_told_apart(settings: Settings, segment: str) -> None:
    """Refuse the page of a segment that the page of all folds: what is missing tells the others."""
    least = settings.project.min_customers
    if least <= 1:
        return
    with reading(settings.published_file) as warehouse:
        folded = folded_segments(warehouse.frame("from marts.stage_map"), least)
    if segment in folded["segment"].to_list():
        raise ConfigError(
            f"expected a segment that is told apart; {segment} is folded with others of fewer than "
            f"{least} customers ([project] min_customers), whom this page and that of all would "
            "give away. Ask for all segments."
        )


def _of_grain(warehouse: Warehouse, name: str, grain: str) -> pl.DataFrame:
    query = read_sql(shipped_dir() / "report" / f"{name}.sql")
    return warehouse.frame(query, {"grain": grain})


def _report_data(warehouse: Warehouse, made_at: datetime) -> ReportData:
    frames: dict[str, Any] = {
        table.split(".")[1]: warehouse.frame(f"select * from {table}") for table in _TABLES
    }
    for name in ("rejects", "journeys", "retention"):
        frames[name] = warehouse.frame(read_sql(shipped_dir() / "report" / f"{name}.sql"))
    for name in ("named_customers", "path_customers"):
        frames[name] = _counted(warehouse, name)
    name, time_zone, currency, silence, cut_off = warehouse.rows(
        "select name, time_zone, currency, journey_silence_ms, cut_off from ops.project"
    )[0]
    run_id, silent = warehouse.rows(
        # In the order in which they published: a clock may have gone back.
        "select last(run_id), last(silent_sources) from ops.runs"
    )[0]
    return ReportData(
        project=name,
        currency=currency,
        time_zone=time_zone,
        cut_off=cut_off,
        made_at=made_at,
        journey_silence=timedelta(milliseconds=silence),
        silent_sources=silent.split(", ") if silent else [],
        run_id=run_id,
        **frames,
    )


def _counted(warehouse: Warehouse, name: str) -> pl.DataFrame:
    """Give a table of counts; counted now, where the publication is of a layout that lacks it."""
    if f"counts.{name}" in published_tables(warehouse):
        return warehouse.frame(f"select * from counts.{name}")
    return warehouse.frame(read_sql(shipped_dir() / "counts" / f"{name}.sql"))
