"""The only writer of what is published beside the warehouse: the report, the graph, exports."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from pipeline.graph import build_graph, to_graphml, to_json
from pipeline.queries import read_sql, shipped_dir
from pipeline.report import Language, ReportData, render_page
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, quoted_text, reading

GRAINS = ("stage", "stage_channel", "touchpoint")
_TABLES = (
    "marts.stage_flow",
    "marts.stage_funnel",
    "marts.drop_off",
    "ops.loads",
    "ops.unmapped",
)


def publish_report(
    settings: Settings, file: Path, *, made_at: datetime, language: Language | None = None
) -> None:
    """Write the page from the published warehouse."""
    with reading(settings.published_file) as warehouse:
        data = _report_data(warehouse, made_at)
    write_text(file, render_page(data, language=language or settings.project.language))


def publish_graph(settings: Settings) -> None:
    """Write the transition graph of every grain as GraphML and as JSON."""
    with reading(settings.published_file) as warehouse:
        for grain in GRAINS:
            for form in ("graphml", "json"):
                text = graph_text(warehouse, grain, form)
                write_text(settings.warehouse_dir / "graph" / f"{grain}.{form}", text)


def graph_text(warehouse: Warehouse, grain: str, form: str) -> str:
    """Give the transition graph of one grain, as `graphml` or `json`."""
    query = read_sql(shipped_dir() / "report" / "edges.sql")
    graph = build_graph(warehouse.frame(query, {"grain": grain}))
    return to_graphml(graph) if form == "graphml" else to_json(graph)


def export_tables(warehouse: Warehouse, directory: Path, tables: list[str]) -> list[Path]:
    """Write tables as Parquet, one file each."""
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for table in tables:
        file = directory / f"{table}.parquet"
        partial = file.with_suffix(".part")
        warehouse.run(f"copy {table} to {quoted_text(str(partial))} (format parquet)")
        os.replace(partial, file)
        files.append(file)
    return files


def published_tables(warehouse: Warehouse) -> list[str]:
    """List the published tables, as schema.table."""
    rows = warehouse.rows(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name in ('core', 'marts', 'ops') order by all"
    )
    return [row[0] for row in rows]


def write_text(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(file.name + ".part")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, file)


def _report_data(warehouse: Warehouse, made_at: datetime) -> ReportData:
    frames: dict[str, pl.DataFrame] = {
        table.split(".")[1]: warehouse.frame(f"select * from {table}") for table in _TABLES
    }
    for name in ("rejects", "journeys"):
        frames[name] = warehouse.frame(read_sql(shipped_dir() / "report" / f"{name}.sql"))
    name, time_zone, currency, silence, cut_off = warehouse.rows(
        "select name, time_zone, currency, journey_silence_ms, cut_off from ops.project"
    )[0]
    run_id, silent = warehouse.rows(
        "select run_id, silent_sources from ops.runs order by started_at desc limit 1"
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
