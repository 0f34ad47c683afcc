"""A look at a file before any parser sees it: is it whole, is it text, how many records has it."""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from pipeline.errors import RefusedFile
from pipeline.faults import fault_point
from pipeline.ingest.record_ends import NEWLINE, RecordEnds, count_by_fields, stays_open
from pipeline.ingest.unpack import PACKED, chunks, first_letter, is_packed_as_named, lines, opened

Kind = Literal["csv", "ndjson", "json", "parquet", "lines"]

_KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
}
# What a text does not begin with: packed files, ZIP (and with it XLSX), old Excel, Parquet.
_NO_TEXT = (*PACKED.values(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")
# Stands where a byte was no text: a noncharacter, for U+FFFD may be what a vendor really wrote.
NO_LETTER = "\ufdd0"
_NO_LETTERS = re.compile("[\0\udc80-\udcff]")
MAX_LINE = 16 << 20
_LEAST_PARQUET = 12
_DELIMITERS = set(",;|\t")


# Why a file is refused for its name: under another it may well be read.
_UNKNOWN_KIND, _NOT_PACKED = MISNAMED = ("unknown_kind", "not_packed")


@dataclass(frozen=True)
class Look:
    """What a look told: the file to read (a cleaned copy where the original needs it), its kind,
    and for text the number of its records and whether any byte had to be replaced.
    """

    file: Path
    kind: Kind
    records: int | None = None
    header: tuple[str, ...] = ()
    was_cleaned: bool = False


def kind_of(file: Path) -> Kind:
    """Tell a file's kind by its name."""
    suffixes = [suffix for suffix in map(str.lower, file.suffixes) if suffix not in PACKED]
    kind = _KINDS.get(suffixes[-1] if suffixes else "")
    if kind is None:
        raise RefusedFile(
            _UNKNOWN_KIND,
            f"expected a name that ends in {', '.join(_KINDS)}, with .gz or .zst behind it if "
            f"packed; found {file.name}",
        )
    return kind


def has_kind(file: Path) -> bool:
    """Tell whether a file's name says of what kind it is."""
    try:
        return bool(kind_of(file))
    except RefusedFile:
        return False


def is_named_better(file: Path, reason: str) -> bool:
    """Tell whether a file's name is not wrong in the way for which its contents were refused."""
    return file.suffix.lower() not in PACKED if reason == _NOT_PACKED else has_kind(file)


def look_at(file: Path, *, delimiter: str, clean_dir: Path, as_lines: bool = False) -> Look:
    """Look at a file whole; refuse it if it is cut, empty or not what its name says.

    `as_lines` takes any name for a text of lines, each a record. Text with stray bytes, mixed line
    ends, blank lines or a byte order mark is rewritten cleanly into `clean_dir`: NO_LETTER stands
    where a byte was no text.
    """
    kind: Kind = "lines" if as_lines else kind_of(file)
    if kind == "parquet":
        _expect_parquet(file)
        return Look(file, kind)
    facts = _read_through(file, kind, delimiter)
    was_cleaned = facts.is_odd or (kind != "csv" and facts.has_mark) or not is_packed_as_named(file)
    readable = _cleaned(file, clean_dir, kind, delimiter) if was_cleaned else file
    if was_cleaned:
        facts = _read_through(readable, kind, delimiter)
    if facts.has_stray_quote:
        facts.records, facts.has_open_quote = count_by_fields(readable, delimiter.encode())
    if kind == "ndjson" and _is_array(readable, facts.records):
        kind = "json"
    _expect_whole(readable, kind, facts)
    if kind == "csv":
        header = _header(readable, delimiter)
        return Look(readable, kind, facts.records - 1, header, was_cleaned)
    records = None if kind == "json" else facts.records
    return Look(readable, kind, records, (), was_cleaned)


@dataclass
class _Facts:
    records: int = 0
    has_open_quote: bool = False
    has_stray_quote: bool = False
    has_mark: bool = False
    is_odd: bool = False
    last_letter: bytes = b""


def _expect_whole(file: Path, kind: Kind, facts: _Facts) -> None:
    first = "" if kind == "csv" else first_letter(file)
    if facts.records == 0 or (kind != "csv" and not first):
        raise RefusedFile("empty_file", "expected records, found none")
    if facts.has_open_quote:
        raise RefusedFile(
            "unclosed_quote",
            'a field opens with " and never closes, so where records end cannot be told',
        )
    if kind == "json" and first == "[" and facts.last_letter != b"]":
        # Cut behind a record it would still parse.
        raise RefusedFile("damaged_file", "expected a JSON array that ends in ]; the file is cut")


def _expect_parquet(file: Path) -> None:
    with file.open("rb") as handle:
        head = handle.read(4)
        size = handle.seek(0, io.SEEK_END)
        handle.seek(max(size - 4, 0))
        tail = handle.read(4)
    if head != b"PAR1" or tail != b"PAR1" or size < _LEAST_PARQUET:
        raise RefusedFile(
            "not_parquet",
            "expected Parquet, which begins and ends with PAR1; the file is cut or other",
        )


def _read_through(file: Path, kind: Kind, delimiter: str) -> _Facts:
    facts, ends = _Facts(), RecordEnds(delimiter.encode() if kind == "csv" else None)
    decoder = codecs.getincrementaldecoder("utf-8")()
    line_length, last = 0, NEWLINE
    crlf = returns = newlines = 0
    for number, chunk in enumerate(chunks(file)):
        if number == 0:
            _expect_text(chunk)
            facts.has_mark = chunk.startswith(codecs.BOM_UTF8)
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
        facts.is_odd |= b"\0" in chunk or not _is_utf8(decoder, chunk)
        crlf += chunk.count(b"\r\n") + (last == 13 and chunk[:1] == b"\n")
        returns += chunk.count(b"\r")
        newlines += chunk.count(b"\n")
        if kind != "json":
            line_length = _longest_line(chunk, line_length)
        ends.count(chunk)
        last = chunk[-1] if chunk else last
        facts.last_letter = chunk.rstrip()[-1:] or facts.last_letter
    facts.is_odd |= not _is_utf8(decoder, b"") or ends.has_blank or ends.has_stray_quote
    facts.is_odd |= returns != crlf or crlf not in (0, newlines)
    facts.records = ends.records + (ends.last != NEWLINE)
    facts.has_open_quote, facts.has_stray_quote = ends.is_inside, ends.has_stray_quote
    return facts


def _expect_text(chunk: bytes) -> None:
    """Refuse UTF-16, marked or not: its text is half of NUL bytes; and what is no text at all."""
    head = chunk[:1024]
    is_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if is_utf16 or head.count(0) * 10 > len(head):
        raise RefusedFile("not_utf8", "expected UTF-8, found UTF-16; export it again as UTF-8")
    if head.startswith(_NO_TEXT):
        raise RefusedFile("not_utf8", "expected text, found a packed file, a sheet or Parquet")


def _is_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    """Tell whether a chunk goes on as UTF-8; an empty one ends the text."""
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        decoder.reset()
        return False
    return True


def _longest_line(chunk: bytes, carried: int) -> int:
    """Refuse a line that is too long; give the length of the line that the chunk leaves open."""
    first = chunk.find(b"\n")
    if first < 0:
        carried += len(chunk)
    if carried + max(first, 0) > MAX_LINE:
        raise RefusedFile("line_too_long", f"expected lines of at most {MAX_LINE >> 20} MiB")
    return carried if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1


def _cleaned(file: Path, clean_dir: Path, kind: Kind, delimiter: str) -> Path:
    """Write a copy in UTF-8 with plain line ends and without blank lines or a byte order mark."""
    fault_point("loading: copy a file cleanly")
    clean_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = clean_dir / f"{hashlib.sha256(str(file).encode()).hexdigest()[:12]}.{kind}"
    is_inside = False
    with copy.open("wb") as out:
        if kind == "json":
            out.writelines(_cleanchunks(file))
            return copy
        for line in lines(_cleanchunks(file)):
            if line or is_inside:
                out.write(line + b"\n")
            is_inside = kind == "csv" and stays_open(line, delimiter.encode(), is_inside)
    return copy


def _cleanchunks(file: Path) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="surrogateescape")
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    for chunk in chain(chunks(file), [b""]):
        text = newlines.decode(decoder.decode(chunk, final=not chunk), final=not chunk)
        yield _NO_LETTERS.sub(NO_LETTER, text).encode()


def _header(file: Path, delimiter: str) -> tuple[str, ...]:
    with opened(file) as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8-sig", newline="")
        try:
            names = tuple(name.strip() for name in next(csv.reader(text, delimiter=delimiter)))
        except csv.Error as error:
            raise RefusedFile("bad_header", f"expected a header of names, but: {error}") from None
    # SQL takes names for one that differ only by case.
    empty, twice = names.count(""), len(names) - len({name.lower() for name in names})
    if empty or twice:
        raise RefusedFile(
            "bad_header",
            f"expected a header of distinct names, found {empty} empty and {twice} repeated",
        )
    if len(names) == 1 and (others := set(names[0]) & _DELIMITERS - {delimiter}):
        raise RefusedFile(
            "bad_header",
            f"expected columns parted by {delimiter!r}, found one column whose name holds "
            f"{min(others)!r}. Mend `delimiter` in recorrido.toml",
        )
    return names


def _is_array(file: Path, records: int) -> bool:
    """Tell whether what is named lines is one JSON array; of lines of arrays the first closes."""
    return first_letter(file) == "[" and (
        records == 1 or not next(lines(chunks(file))).rstrip().endswith(b"]")
    )
