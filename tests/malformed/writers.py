"""Writers of small files, whole and broken: each gives bytes, and tells of a person of its own."""

import gzip
import io
import json
from collections.abc import Iterable
from itertools import count
from typing import Any

import polars as pl
import pyarrow as pa

NINE, TEN, ELEVEN = "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"
HEADER = "at,event,who\n"
BOM = b"\xef\xbb\xbf"
# Two files that tell the same of one person are duplicates, so each has another.
_numbers = count(1)


def new_person() -> str:
    """Name a person of whom no other file tells."""
    return f"person {next(_numbers)}"


def rows(*times: str, who: str | None = None) -> str:
    """Write a row of CSV for each time, all of one new person."""
    who = who or new_person()
    return "".join(f"{at},view_item,{who}\n" for at in times or (NINE, TEN, ELEVEN))


def table(header: str = HEADER) -> str:
    """Write a whole CSV file of three records."""
    return header + rows()


def wide(names: str) -> str:
    """Write a CSV file of three records with more columns, all empty."""
    spare = names.count(",") + 1
    return f"{HEADER[:-1]},{names}\n" + rows().replace("\n", "," * spare + "\n")


def windows(content: str) -> bytes:
    """Write a text with the line ends of Windows."""
    return content.replace("\n", "\r\n").encode()


def records(**also: Any) -> list[dict[str, Any]]:
    """Give three records as objects."""
    who = new_person()
    return [{"at": at, "event": "view_item", "who": who, **also} for at in (NINE, TEN, ELEVEN)]


def lines(told: Iterable[Any] | None = None) -> str:
    """Write records as NDJSON."""
    return "".join(json.dumps(record) + "\n" for record in told or records())


def array(indent: int | None = None) -> str:
    """Write three records as one JSON array."""
    return json.dumps(records(), indent=indent)


def parquet(told: Iterable[dict[str, Any]] | pl.DataFrame | None = None) -> bytes:
    """Write records as Parquet."""
    out = io.BytesIO()
    pl.DataFrame(records() if told is None else told).write_parquet(out)
    return out.getvalue()


def gz(content: str | bytes) -> bytes:
    """Pack with gzip."""
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)


def zst(content: str | bytes) -> bytes:
    """Pack with zstd."""
    content = content.encode() if isinstance(content, str) else content
    packed: bytes = pa.Codec("zstd").compress(content).to_pybytes()
    return packed


def swapped(content: str, *bad: bytes) -> bytes:
    """Put bytes that are no text in place of as many events, from the second record on."""
    first, *rest = content.encode().split(b"view_item")
    told = first + b"view_item" + rest.pop(0)
    for one in bad:
        told += one + rest.pop(0)
    return b"view_item".join((told, *rest))


def flipped(content: bytes, at: int) -> bytes:
    """Change one byte."""
    at %= len(content)
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def across_chunks(before: bytes, after: bytes) -> bytes:
    """Join two halves where the reader's first chunk ends; the first event fills it up."""
    missing = (1 << 20) - len(before) + len(b"view_item")
    return before.replace(b"view_item", b"x" * missing, 1) + after
