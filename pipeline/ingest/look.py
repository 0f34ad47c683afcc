"""A look at a file before any parser sees it: is it whole, is it text, how many records has it."""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

import numpy as np
import pyarrow as pa

from pipeline.errors import RefusedFile

Kind = Literal["csv", "ndjson", "json", "parquet", "lines"]

_KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
}
_PACKED = {".gz", ".zst"}
_CHUNK = 1 << 20
MAX_LINE = 16 << 20
_NEWLINE, _QUOTE = 10, 34


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
    suffixes = [suffix for suffix in file.suffixes if suffix not in _PACKED]
    kind = _KINDS.get(suffixes[-1] if suffixes else "")
    if kind is None:
        raise RefusedFile(
            "unknown_kind",
            f"expected a name that ends in {', '.join(_KINDS)}, with .gz or .zst behind it if "
            f"packed; found {file.name}",
        )
    return kind


def sha256_of(file: Path) -> str:
    """Hash a file's bytes as they lie on the disk."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def first_letter(file: Path) -> str:
    """Give the first letter of a text that is no white space."""
    for chunk in _chunks(file):
        if letters := chunk.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n"):
            return letters[0]
    return ""


def look_at(file: Path, *, delimiter: str, clean_dir: Path, as_lines: bool = False) -> Look:
    """Look at a file whole; refuse it if it is cut, empty or not what its name says.

    `as_lines` takes any name for a text of lines, each a record. Text with stray bytes, mixed line
    ends, blank lines or a byte order mark is rewritten cleanly into `clean_dir`: U+FFFD stands
    where a byte was no text.
    """
    kind: Kind = "lines" if as_lines else kind_of(file)
    if kind == "parquet":
        _expect_parquet(file)
        return Look(file, kind)
    facts = _read_through(file, with_quotes=kind == "csv")
    was_cleaned = facts.is_odd or (kind != "csv" and facts.has_mark) or _is_misnamed(file)
    readable = _cleaned(file, clean_dir, kind) if was_cleaned else file
    if was_cleaned:
        facts = _read_through(readable, with_quotes=kind == "csv")
    if facts.records == 0:
        raise RefusedFile("empty_file", "expected records, found none")
    if facts.has_open_quote:
        raise RefusedFile(
            "unclosed_quote",
            'a field opens with " and never closes, so where records end cannot be told',
        )
    if kind == "csv":
        header = _header(readable, delimiter)
        return Look(readable, kind, facts.records - 1, header, was_cleaned)
    records = None if kind == "json" else facts.records
    return Look(readable, kind, records, (), was_cleaned)


@dataclass
class _Facts:
    records: int = 0
    has_open_quote: bool = False
    has_mark: bool = False
    is_odd: bool = False


def _expect_parquet(file: Path) -> None:
    with file.open("rb") as handle:
        head = handle.read(4)
        size = handle.seek(0, io.SEEK_END)
        handle.seek(max(size - 4, 0))
        tail = handle.read(4)
    if head != b"PAR1" or tail != b"PAR1":
        raise RefusedFile(
            "not_parquet",
            "expected Parquet, which begins and ends with PAR1; the file is cut or other",
        )


def _is_misnamed(file: Path) -> bool:
    """Tell whether a file is packed though its name does not say so."""
    with file.open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b" and file.suffix != ".gz"


def _open(file: Path) -> IO[bytes]:
    with file.open("rb") as handle:
        magic = handle.read(4)
    if magic[:2] == b"\x1f\x8b":
        return cast(IO[bytes], gzip.open(file, "rb"))
    if magic == b"\x28\xb5\x2f\xfd":
        return cast(IO[bytes], pa.CompressedInputStream(pa.OSFile(str(file)), "zstd"))
    if file.suffix in _PACKED:
        raise RefusedFile("not_packed", f"expected a {file.suffix} file, found something else")
    return file.open("rb")


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with _open(file) as handle:
            while chunk := handle.read(_CHUNK):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException, OSError) as error:
        raise RefusedFile("damaged_file", f"expected a whole file, but: {error}") from None


def _read_through(file: Path, *, with_quotes: bool) -> _Facts:
    facts = _Facts()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_inside, line_length, last = False, 0, _NEWLINE
    crlf = lone_cr = newlines = 0
    for number, chunk in enumerate(_chunks(file)):
        if number == 0:
            _expect_utf8(chunk)
            facts.has_mark = chunk.startswith(codecs.BOM_UTF8)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            facts.is_odd = True
            decoder.reset()
        facts.is_odd |= b"\0" in chunk
        crlf += chunk.count(b"\r\n") + (last == 13 and chunk[:1] == b"\n")
        lone_cr += chunk.count(b"\r")
        newlines += chunk.count(b"\n")
        line_length = _longest_line(chunk, line_length)
        ends, is_inside, has_blank = _record_ends(chunk, is_inside, last, with_quotes)
        facts.records += ends
        facts.is_odd |= has_blank
        last = chunk[-1]
    facts.records += last != _NEWLINE
    facts.has_open_quote = is_inside
    facts.is_odd |= lone_cr != crlf or crlf not in (0, newlines)
    return facts


def _expect_utf8(chunk: bytes) -> None:
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise RefusedFile("not_utf8", "expected UTF-8, found UTF-16; export it again as UTF-8")


def _longest_line(chunk: bytes, carried: int) -> int:
    """Refuse a line that is too long; give the length of the line that the chunk leaves open."""
    first = chunk.find(b"\n")
    if first < 0:
        carried += len(chunk)
    if carried + max(first, 0) > MAX_LINE:
        raise RefusedFile("line_too_long", f"expected lines of at most {MAX_LINE >> 20} MiB")
    return carried if first < 0 else len(chunk) - chunk.rfind(b"\n") - 1


def _record_ends(
    chunk: bytes, is_inside: bool, last: int, with_quotes: bool
) -> tuple[int, bool, bool]:
    """Count the line ends outside quotes that end a record, and say if any line was blank."""
    has_quotes = with_quotes and (is_inside or b'"' in chunk)
    if not has_quotes:
        blank = chunk.count(b"\n\n") + chunk.count(b"\n\r\n")
        if not blank and not (last == _NEWLINE and chunk[:1] in (b"\n", b"\r")):
            return chunk.count(b"\n"), False, False
    # A doubled quote keeps the parity, so a line end is a record's where it is even.
    letters = np.frombuffer(chunk, dtype=np.uint8)
    letters = letters[letters != 13]
    quotes = (letters == _QUOTE) if has_quotes else np.zeros(letters.size, dtype=bool)
    inside = ((np.cumsum(quotes) + is_inside) & 1).astype(bool)
    ends = (letters == _NEWLINE) & ~inside
    before = np.concatenate(([last], letters[:-1]))
    blank_ends = ends & (before == _NEWLINE)
    is_open = bool(inside[-1]) if letters.size else is_inside
    return int((ends & ~blank_ends).sum()), is_open, bool(blank_ends.any())


def _cleaned(file: Path, clean_dir: Path, kind: Kind) -> Path:
    """Write a copy in UTF-8 with plain line ends and without blank lines or a byte order mark."""
    clean_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = clean_dir / f"{hashlib.sha256(str(file).encode()).hexdigest()[:12]}.{kind}"
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    is_inside, is_line_start = False, True
    with copy.open("w", encoding="utf-8", newline="") as out:
        for chunk in (*_chunks(file), b""):
            text = newlines.decode(decoder.decode(chunk, final=not chunk), final=not chunk)
            for line in text.replace("\0", "\ufffd").splitlines(keepends=True):
                is_blank = is_line_start and line == "\n" and not is_inside
                if not is_blank:
                    out.write(line)
                is_line_start = line.endswith("\n")
                is_inside ^= kind == "csv" and line.count('"') % 2 == 1
    return copy


def _header(file: Path, delimiter: str) -> tuple[str, ...]:
    with _open(file) as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8-sig", newline="")
        header = next(csv.reader(text, delimiter=delimiter))
    names = tuple(name.strip() for name in header)
    if "" in names or len(set(names)) < len(names):
        empty, twice = names.count(""), len(names) - len(set(names))
        raise RefusedFile(
            "bad_header",
            f"expected a header of distinct names, found {empty} empty and {twice} repeated",
        )
    return names
