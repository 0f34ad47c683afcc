"""Tables on the terminal, or as CSV, JSON or Parquet."""

import json
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Literal

import polars as pl

from pipeline.errors import ConfigError, QueryError
from pipeline.printable import printable
from pipeline.whole import write_whole

Form = Literal["table", "csv", "json", "parquet"]

# A spreadsheet would run a cell that begins with one of these, or that it parts before one: where
# the comma stands in numbers, files are parted at semicolons.
_FORMULA_STARTS = (*"=+-@\t\r\n", *"＝＋－＠")
_PARTED = r"(;\s*)([=+\-@＝＋－＠])"
# Days since 1970, and how many units a day has where time is told.
_FIRST_DAY, _LAST_DAY = (
    day.toordinal() - date(1970, 1, 1).toordinal() for day in (date.min, date.max)
)
_UNITS_A_DAY = {"ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}


def expect_out(form: Form, out: Path | None) -> None:
    """Raise ConfigError where a form that is no text has no file to go to."""
    if form == "parquet" and out is None:
        raise ConfigError("--format parquet needs --out FILE")


def show(frame: pl.DataFrame, form: Form, out: Path | None) -> None:
    """Write a frame to a file, or to stdout; text for people is aligned, the rest is exact."""
    expect_out(form, out)
    if form == "parquet":
        assert out is not None
        packed = BytesIO()
        frame.write_parquet(packed)
        write_whole(out, packed.getvalue())
        return
    _expect_days_of_the_calendar(frame)
    text = {"table": _table, "csv": as_csv, "json": _json}[form](frame)
    if out:
        write_whole(out, text.encode())
    else:
        # Exact for programs; a terminal would obey what is in a cell.
        _write(printable(text, keep="\t\r\n") if _is_terminal() else text)


def show_all(frames: Mapping[str, pl.DataFrame], form: Form) -> None:
    """Write several frames to stdout: one JSON document, or each under its name."""
    if form == "json":
        told = {name: frame.to_dicts() for name, frame in frames.items()}
        _write(_as_json(told, indent=1) + "\n")
        return
    for name, frame in frames.items():
        if form == "table":
            _write(f"{name.replace('_', ' ').upper()}\n")
            if frame.is_empty():
                _write("none\n\n")
                continue
        show(frame, form, None)
        _write("\n")


def _expect_days_of_the_calendar(frame: pl.DataFrame) -> None:
    """Refuse days that Python has not, such as 'infinity': Polars would end the process of them."""
    for column in frame:
        if column.dtype == pl.Date:
            days = column.to_physical()
        elif isinstance(column.dtype, pl.Datetime):
            days = column.to_physical() // _UNITS_A_DAY[column.dtype.time_unit]
        else:
            continue
        if not days.is_between(_FIRST_DAY, _LAST_DAY).all():
            raise QueryError(
                f"expected in {column.name} days of the years 1 to 9999, found others, such as "
                "infinity. Say them as text in the query: …::varchar, or take them as Parquet"
            )


def _write(text: str) -> None:
    if sys.stdout is not None:  # it may be closed
        sys.stdout.write(text)


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def as_csv(frame: pl.DataFrame) -> str:
    """Write a frame as CSV; a cell that a spreadsheet would run gets a leading apostrophe.

    Names of columns are cells, too. What CSV has no form for, such as a list, stands as JSON.
    """
    told = [_as_cells(column) for column in frame]
    header = _as_cells(pl.Series(frame.columns, dtype=pl.String)).to_list()
    named = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(told)])
    return pl.DataFrame({str(at): [name] for at, name in enumerate(header)}).write_csv(
        include_header=False
    ) + named.write_csv(include_header=False)


def _as_cells(column: pl.Series) -> pl.Series:
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        told = [None if value is None else _as_json(value) for value in column.to_list()]
        column = pl.Series(told, dtype=pl.String)
    elif column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype != pl.String:
        return column
    runs = pl.any_horizontal(*(pl.col("cell").str.starts_with(start) for start in _FORMULA_STARTS))
    whole = pl.col("cell").str.replace_all(_PARTED, "${1}'${2}")
    cell = pl.when(runs).then("'" + whole).otherwise(whole)
    return column.alias("cell").to_frame().select(cell.alias("cell"))["cell"]


def _as_json(value: object, indent: int | None = None) -> str:
    """Write JSON as any reader takes it: a whole number whatever its size, null for what is none.

    Other decimals are text, for a reader would make floats of them.
    """
    return json.dumps(
        _finite(value), default=_exact, ensure_ascii=False, allow_nan=False, indent=indent
    )


def _finite(value: object) -> object:
    """Put null for each infinity, and for what is no number, however deep."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return value


def _exact(value: object) -> object:
    """Tell what JSON has no form for; DuckDB sums whole numbers as decimals."""
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    return str(value)


def _json(frame: pl.DataFrame) -> str:
    rows = map(_as_json, frame.to_dicts())
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _table(frame: pl.DataFrame) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, kind in frame.schema.items():
        table.add_column(Text(printable(name)), justify="right" if kind.is_numeric() else "left")
    for row in frame.iter_rows():
        table.add_row(*(Text("" if cell is None else printable(cell)) for cell in row))
    console = Console(width=None if _is_terminal() else 10_000)
    with console.capture() as captured:
        console.print(table)
    lines = (line.rstrip() for line in captured.get().splitlines())
    return "\n".join(lines) + f"\n({frame.height} rows)\n"
