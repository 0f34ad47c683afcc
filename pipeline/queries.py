"""The only reader of SQL files: the user's own first, then the shipped ones."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pipeline.errors import ConfigError

_HERE = Path(__file__).parent
_READS = re.compile(r"-- records: (json|lines)((?: \$[A-Za-z0-9_.]+)*)\s*\n")

Reads = Literal["columns", "json", "lines"]


@dataclass(frozen=True)
class Adapter:
    """A clean query, and how it wants `records`: as a file's columns, as JSON text, or as lines.

    `lists` are JSON paths: a document that holds a list at one of them is a record per element.
    """

    file: Path
    sql: str
    reads: Reads = "columns"
    lists: tuple[str, ...] = ()


def shipped_dir() -> Path:
    """Give the folder of the shipped queries: inside the installed package, or the checkout's."""
    installed = _HERE / "queries"
    return installed if installed.is_dir() else _HERE.parent / "queries"


def find_clean_query(name: str, project_dir: Path) -> Path:
    """Find the adapter of a format, or say which formats there are."""
    folders = [project_dir / "queries" / "clean", shipped_dir() / "clean"]
    for folder in folders:
        if (file := folder / f"{name}.sql").is_file():
            return file
    known = sorted({file.stem for folder in folders for file in folder.glob("*.sql")})
    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise ConfigError(
        f"there is no format '{name}'.{hint} The formats are: {', '.join(known)}. "
        f"Your own is a query {folders[0] / (name + '.sql')}."
    )


def read_adapter(file: Path) -> Adapter:
    """Read a clean query; its first line may say how it wants its records."""
    sql = read_sql(file)
    told = _READS.match(sql)
    if told is None:
        return Adapter(file, sql)
    reads: Reads = "json" if told[1] == "json" else "lines"
    return Adapter(file, sql, reads, tuple(told[2].split()))


def shipped(folder: str) -> list[Path]:
    """List the shipped queries of a folder, in the order of their names."""
    return sorted((shipped_dir() / folder).glob("*.sql"))


def read_sql(file: Path) -> str:
    """Read a query, without a closing semicolon."""
    return text_of(file).strip().rstrip(";")


def text_of(file: Path) -> str:
    """Read a query as it is written. Raises ConfigError where it is no text in UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")  # as Windows writes it, with a mark
    except UnicodeDecodeError:
        raise ConfigError(
            f"expected a query in UTF-8, found other bytes in {file}. Save it in that encoding"
        ) from None
