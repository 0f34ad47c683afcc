"""Where the records of a CSV end: at the line ends outside quotes, counted without a parser."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.ingest.unpack import chunks, lines

_CLOSING_QUOTE = re.compile(rb'(?:[^"]|"")*+"')
NEWLINE, _QUOTE = 10, 34


@dataclass
class RecordEnds:
    """The line ends outside quotes that end a record, counted chunk by chunk.

    A doubled quote keeps the parity, so a line end is a record's where it is even. Quotes inside
    bare fields break that; then it says so, and its count is worth nothing.
    """

    delimiter: bytes | None
    records: int = 0
    has_blank: bool = False
    has_stray_quote: bool = False
    is_inside: bool = False
    last: int = NEWLINE  # letter before the chunk, returns left out

    def count(self, chunk: bytes) -> None:
        """Count on."""
        if self.is_inside or (self.delimiter and b'"' in chunk):
            self._count_quoted(chunk)
        elif letters := chunk.replace(b"\r", b""):
            blanks = (self.last == NEWLINE and letters[0] == NEWLINE) + letters.count(b"\n\n")
            self.has_blank |= blanks > 0
            self.records += letters.count(b"\n")
            self.last = letters[-1]

    def _count_quoted(self, chunk: bytes) -> None:
        letters = np.frombuffer(chunk, dtype=np.uint8)
        letters = letters[letters != 13]
        if not letters.size:
            return
        quotes = letters == _QUOTE
        inside = ((np.cumsum(quotes) + self.is_inside) & 1).astype(bool)
        before = np.concatenate(([self.last], letters[:-1]))
        ends = (letters == NEWLINE) & ~inside
        opens_at = before[quotes & inside]
        may_open_behind = (NEWLINE, _QUOTE, (self.delimiter or b",")[-1])
        self.has_stray_quote |= not np.isin(opens_at, may_open_behind).all()
        self.has_blank |= bool((ends & (before == NEWLINE)).any())
        self.records += int(ends.sum())
        self.is_inside, self.last = bool(inside[-1]), int(letters[-1])


def count_by_fields(file: Path, delimiter: bytes) -> tuple[int, bool]:
    """Count records, and say if the last stays open, as a parser does: slowly, field by field."""
    records, is_inside = 0, False
    for line in lines(chunks(file)):
        is_inside = stays_open(line, delimiter, is_inside)
        records += not is_inside
    return records + is_inside, is_inside


def stays_open(line: bytes, delimiter: bytes, is_inside: bool) -> bool:
    """Tell whether a line ends inside quotes; only a field's first letter opens them."""
    if b'"' not in line:
        return is_inside
    at = 0
    while True:
        if is_inside or line.startswith(b'"', at):
            closing = _CLOSING_QUOTE.match(line, at + (not is_inside))
            if closing is None:
                return True
            at, is_inside = closing.end(), False
        at = line.find(delimiter, at)
        if at < 0:
            return False
        at += len(delimiter)
