"""Files as they come: every format, every usual way of being broken, one night over them all."""

import gzip
import io
import json
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pytest

from tests.projects import SHOP, WEB, Project

HEADER = "at,event,who\n"
NINE, TEN, ELEVEN = "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"


@dataclass(frozen=True)
class Case:
    """A file, how many of its records are accepted, and which are refused; None is the file."""

    file: str
    content: bytes
    accepted: int = 0
    rejects: tuple[tuple[int | None, str], ...] = ()
    duplicates: int = 0


def rows(who: str, *times: str) -> str:
    """Write a row of CSV for each time; each file has a person of its own."""
    return "".join(f"{at},view_item,{who}\n" for at in times)


def table(who: str) -> str:
    """Write a whole CSV file of three records."""
    return HEADER + rows(who, NINE, TEN, ELEVEN)


def records(who: str) -> list[dict[str, str]]:
    """Give the same three records as objects."""
    return [{"at": at, "event": "view_item", "who": who} for at in (NINE, TEN, ELEVEN)]


def lines(who: str) -> str:
    """Write the three records as NDJSON."""
    return "".join(json.dumps(record) + "\n" for record in records(who))


def parquet(who: str) -> bytes:
    """Write the three records as Parquet."""
    out = io.BytesIO()
    pl.DataFrame(records(who)).write_parquet(out)
    return out.getvalue()


def zstd(content: str) -> bytes:
    """Pack a text with zstd."""
    packed: bytes = pa.Codec("zstd").compress(content.encode()).to_pybytes()
    return packed


def flipped(content: bytes, at: int) -> bytes:
    """Change one byte."""
    at %= len(content)
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def squeezed(content: str) -> bytes:
    """Pack a text with gzip."""
    return gzip.compress(content.encode())


WHOLE = [
    Case("plain.csv", table("plain").encode(), 3),
    Case("packed.csv.gz", squeezed(table("gz")), 3),
    Case("packed.csv.zst", zstd(table("zst")), 3),
    Case("in_two_members.csv.gz", squeezed(HEADER) + squeezed(rows("two", NINE, TEN)), 2),
    Case("packed_but_not_named_so.csv", squeezed(table("unnamed")), 3),
    Case("lines.ndjson", lines("ndjson").encode(), 3),
    Case("lines.jsonl", lines("jsonl").encode(), 3),
    Case("lines.ndjson.gz", squeezed(lines("ndjson_gz")), 3),
    Case("array.json", json.dumps(records("array")).encode(), 3),
    Case("array.json.zst", zstd(json.dumps(records("array_zst"), indent=2)), 3),
    Case(
        "documents.json",
        "\n".join(json.dumps(record, indent=2) for record in records("documents")).encode(),
        3,
    ),
    Case("table.parquet", parquet("parquet"), 3),
    Case("without_last_line_end.csv", table("no_end").rstrip().encode(), 3),
    Case("header_only.csv", HEADER.encode(), 0),
    Case("byte_order_mark.csv", b"\xef\xbb\xbf" + table("bom").encode(), 3),
    Case("byte_order_mark.ndjson", b"\xef\xbb\xbf" + lines("bom_lines").encode(), 3),
    Case("byte_order_mark.json", b"\xef\xbb\xbf" + json.dumps(records("bom_json")).encode(), 3),
    Case("windows.csv", table("crlf").replace("\n", "\r\n").encode(), 3),
    Case("windows.ndjson", lines("crlf_lines").replace("\n", "\r\n").encode(), 3),
    Case("mixed_line_ends.csv", table("mixed").replace("\n", "\r\n", 2).encode(), 3),
    Case("old_mac.csv", table("mac").replace("\n", "\r").encode(), 3),
    Case("blank_lines.csv", table("blank").replace("\n", "\n\n").encode(), 3),
    Case("blank_lines.ndjson", lines("blank_lines").replace("\n", "\n\n").encode(), 3),
    Case('it\'s "his"; drop table.csv', table("quoted_name").encode(), 3),
    Case("año ñandú.csv", table("unicode_name").encode(), 3),
    Case("reordered.csv", f"who,event,at\nreordered,view_item,{NINE}\n".encode(), 1),
    Case("more_columns.csv", f"select,at,event,who\nx,{NINE},view_item,more\n".encode(), 1),
    Case("quoted.csv", f'at,event,who\n"{NINE}","view_item","quo""ted, he"\n'.encode(), 1),
]
REFUSED_WHOLE = {
    "cut.csv.gz": (squeezed(table("cut"))[:-12], "damaged_file"),
    "wrong_sum.csv.gz": (flipped(squeezed(table("crc")), -6), "damaged_file"),
    "cut.csv.zst": (zstd(table("cut_zst"))[:-4], "damaged_file"),
    "no_gzip.csv.gz": (table("no_gzip").encode(), "not_packed"),
    "utf_16.csv": (table("utf_16").encode("utf-16"), "not_utf8"),
    "unclosed_quote.csv": (table("open").replace(TEN, '"' + TEN).encode(), "unclosed_quote"),
    "two_columns_of_one_name.csv": (b"at,event,who,who\n", "bad_header"),
    "column_without_a_name.csv": (b"at,event,who,\n", "bad_header"),
    "missing_column.csv": (b"at,event,user\n", "missing_column"),
    "empty.csv": (b"", "empty_file"),
    "empty.csv.gz": (squeezed(""), "empty_file"),
    "blank.ndjson": (b"\n\n", "empty_file"),
    "cut.parquet": (parquet("cut_parquet")[:-20], "not_parquet"),
    "text.parquet": (table("text").encode(), "not_parquet"),
    "flipped_footer.parquet": (flipped(parquet("flip"), -7), "unreadable"),
    "cut.json": (json.dumps(records("cut_json"))[:-20].encode(), "unreadable"),
    "sheet.xlsx": (b"PK\x03\x04", "unknown_kind"),
    "no_kind": (table("no_kind").encode(), "unknown_kind"),
    "long_line.ndjson": (b'{"who": "' + b"x" * (17 << 20) + b'"}\n', "line_too_long"),
}
BROKEN_RECORDS = [
    Case("nul.csv", table("nul").replace(TEN, "\0").encode(), 2, ((2, "bad_utf8"),)),
    Case(
        "bad_utf8.csv",
        table("bad_utf8").encode().replace(b"view_item", b"caf\xe9", 1),
        2,
        ((1, "bad_utf8"),),
    ),
    Case(
        "bad_utf8.ndjson",
        lines("bad_lines").encode().replace(b"view_item", b"caf\xe9", 1),
        2,
        ((1, "bad_utf8"),),
    ),
    Case(
        "short_row.csv",
        (HEADER + rows("short", NINE) + f"{TEN},view_item\n" + rows("short", TEN)).encode(),
        2,
        ((2, "short_row"),),
    ),
    Case(
        "long_row.csv",
        (HEADER + f"{NINE},view_item,long,more\n" + rows("long", TEN)).encode(),
        1,
        ((1, "long_row"),),
    ),
    Case(
        "short_behind_a_record_of_two_lines.csv",
        (HEADER + f'{NINE},"view\nitem",lines\n{TEN},x\n' + rows("lines", TEN)).encode(),
        2,
        ((2, "short_row"),),
    ),
    Case(
        "several_at_once.csv",
        (
            HEADER + "x\n\ny,z,several,more\n" + rows("several", NINE) + "w,view_item,several\n"
        ).encode(),
        1,
        ((1, "short_row"), (2, "long_row"), (4, "not_a_time")),
    ),
    Case(
        "not_json.ndjson",
        ("{'at': 1}\n" + lines("not_json")).encode(),
        3,
        ((1, "not_json"),),
    ),
    Case(
        "no_object.ndjson",
        ('"text"\n[1]\n7\nnull\n' + lines("no_object")).encode(),
        3,
        tuple((number, "unknown_event_shape") for number in (1, 2, 3, 4)),
    ),
    Case("no_time.csv", (HEADER + rows("no_time", "soon", NINE)).encode(), 1, ((1, "not_a_time"),)),
    Case("no_day.csv", (HEADER + rows("no_day", "2026-02-30")).encode(), 0, ((1, "not_a_time"),)),
    Case(
        "future.csv",
        (HEADER + rows("future", "2099-01-01T00:00:00Z", NINE)).encode(),
        1,
        ((1, "in_future"),),
    ),
    Case(
        "old.csv",
        (HEADER + rows("old", "1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z")).encode(),
        1,
        ((1, "too_old"),),
    ),
    Case("nobody.csv", (HEADER + rows("", NINE)).encode(), 0, ((1, "no_identity"),)),
    Case("blank_person.csv", (HEADER + rows("  ", NINE)).encode(), 0, ((1, "no_identity"),)),
    Case(
        "no_event.csv", (HEADER + f"{NINE},,no_event\n").encode(), 0, ((1, "unknown_event_shape"),)
    ),
    Case("twice.csv", (HEADER + rows("twice", NINE, NINE, TEN)).encode(), 2, duplicates=1),
]
CASES = [
    *WHOLE,
    *(
        Case(file, content, 0, ((None, reason),))
        for file, (content, reason) in REFUSED_WHOLE.items()
    ),
    *BROKEN_RECORDS,
]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run one night over all files, in one source."""
    project = Project(tmp_path_factory.mktemp("look"))
    project.configure(SHOP, WEB)
    for case in CASES:
        project.write(f"landing/web/{case.file}", case.content)
    project.write("landing/web/unfinished.csv.part", table("part"))
    project.write("landing/web/unfinished.csv.tmp", table("tmp"))
    (project.dir / "landing/web/folder.csv").mkdir()
    project.run()
    return project


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_every_record_is_accepted_duplicate_or_refused_by_name(night: Project, case: Case) -> None:
    name = f"landing/web/{case.file}".replace("'", "''")
    counted = night.rows(
        "select records, accepted, duplicates, rejected, refused_reason "
        f"from ops.loads where file = '{name}'"
    )
    rejects = night.rows(
        f"select record_no, reason from ops.rejects where file = '{name}' order by record_no"
    )
    whole = [reason for number, reason in case.rejects if number is None]
    rejected = len(case.rejects) - len(whole)
    total = case.accepted + case.duplicates + rejected
    assert tuple(rejects) == case.rejects
    expected = (total, case.accepted, case.duplicates, rejected, whole[0] if whole else None)
    assert counted == [expected]


def test_what_is_accepted_is_a_touch(night: Project) -> None:
    assert night.column("select count(*) from core.touchpoints") == [
        sum(case.accepted for case in CASES)
    ]


def test_a_file_that_is_still_written_or_no_file_is_left_alone(night: Project) -> None:
    assert night.column("select count(*) from ops.loads") == [len(CASES)]


def test_a_refusal_says_what_was_expected(night: Project) -> None:
    untold = "select file from ops.rejects where record_no is null and coalesce(detail, '') = ''"
    assert night.column(untold) == []


def test_a_refusal_quotes_no_record(night: Project) -> None:
    details = " ".join(night.column("select detail from ops.rejects where detail is not null"))
    assert "view_item" not in details
    assert NINE not in details
