"""Tables on the terminal, or as CSV, JSON or Parquet."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from pipeline.errors import ConfigError

Form = Literal["table", "csv", "json", "parquet"]

# A spreadsheet would run a cell that begins with one of these.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def show(frame: pl.DataFrame, form: Form, out: Path | None) -> None:
    """Write a frame to a file, or to stdout; text for people is aligned, the rest is exact."""
    if form == "parquet":
        if out is None:
            raise ConfigError("--format parquet needs --out FILE")
        frame.write_parquet(out)
        return
    text = {"table": _table, "csv": _csv, "json": _json}[form](frame)
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def show_all(frames: Mapping[str, pl.DataFrame], form: Form) -> None:
    """Write several frames to stdout: one JSON document, or each under its name."""
    if form == "json":
        told = {name: frame.to_dicts() for name, frame in frames.items()}
        sys.stdout.write(json.dumps(told, default=str, ensure_ascii=False, indent=1) + "\n")
        return
    for name, frame in frames.items():
        if form == "table":
            sys.stdout.write(f"{name.replace('_', ' ').upper()}\n")
            if frame.is_empty():
                sys.stdout.write("none\n\n")
                continue
        show(frame, form, None)
        sys.stdout.write("\n")


def _csv(frame: pl.DataFrame) -> str:
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    starts = pl.any_horizontal(
        *(
            pl.lit(value=False),
            *(pl.col("cell").str.starts_with(start) for start in _FORMULA_STARTS),
        )
    )
    for name in texts:
        cell = frame.select(pl.col(name).alias("cell")).select(
            pl.when(starts).then("'" + pl.col("cell")).otherwise("cell").alias(name)
        )
        frame = frame.with_columns(cell.to_series())
    return frame.write_csv()


def _json(frame: pl.DataFrame) -> str:
    rows = [json.dumps(row, default=str, ensure_ascii=False) for row in frame.to_dicts()]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _printable(cell: object) -> str:
    """Give a cell as text that cannot steer a terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in str(cell))


def _table(frame: pl.DataFrame) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, kind in frame.schema.items():
        table.add_column(Text(name), justify="right" if kind.is_numeric() else "left")
    for row in frame.iter_rows():
        table.add_row(*(Text("" if cell is None else _printable(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    with console.capture() as captured:
        console.print(table)
    lines = (line.rstrip() for line in captured.get().splitlines())
    return "\n".join(lines) + f"\n({frame.height} rows)\n"
