"""The corpus: kinds of broken and odd files, and what has to become of each record."""

import json
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from tests.malformed.writers import (
    BOM,
    ELEVEN,
    HEADER,
    NINE,
    TEN,
    across_chunks,
    array,
    flipped,
    gz,
    lines,
    new_person,
    parquet,
    records,
    rows,
    swapped,
    table,
    wide,
    windows,
    zst,
)

ALL_WELL = "ok ok ok"


@dataclass(frozen=True)
class Kind:
    """A file, and the fate of its records: ok, twice or a reason; or why it is refused whole."""

    file: str
    content: str | bytes
    fate: str = ""
    refused: str | None = None


_CAFE = f"{HEADER}{rows(NINE)}{TEN},caf\xe9".encode()
ENCODINGS = [
    Kind("utf_8.csv", table().replace("view_item", "visitó ☕"), ALL_WELL),
    Kind("utf_8_with_mark.csv", BOM + table().encode(), ALL_WELL),
    Kind("utf_8_with_mark_and_quotes.csv", BOM + table('"at",event,who\n').encode(), ALL_WELL),
    Kind("utf_8_with_mark.ndjson", BOM + lines().encode(), ALL_WELL),
    Kind("utf_8_with_mark.json", BOM + array().encode(), ALL_WELL),
    Kind("utf_8_with_mark.csv.gz", gz(BOM + table().encode()), ALL_WELL),
    Kind("mark_alone.csv", BOM, refused="empty_file"),
    Kind("utf_16_with_mark.csv", table().encode("utf-16"), refused="not_utf8"),
    Kind("utf_16_big_with_mark.csv", b"\xfe\xff" + table().encode("utf-16-be"), refused="not_utf8"),
    Kind("utf_16_little.csv", table().encode("utf-16-le"), refused="not_utf8"),
    Kind("utf_16_big.csv", table().encode("utf-16-be"), refused="not_utf8"),
    Kind("utf_16_little.ndjson", lines().encode("utf-16-le"), refused="not_utf8"),
    Kind("utf_32.csv", table().encode("utf-32"), refused="not_utf8"),
    Kind("utf_16.csv.gz", gz(table().encode("utf-16")), refused="not_utf8"),
    Kind("latin_1_byte.csv", swapped(table(), b"caf\xe9"), "ok bad_utf8 ok"),
    Kind("latin_1_byte.ndjson", swapped(lines(), b"caf\xe9"), "ok bad_utf8 ok"),
    Kind("latin_1_byte.json", swapped(array(2), b"caf\xe9"), "ok bad_utf8 ok"),
    Kind("latin_1_header.csv", wide("a\xf1o").encode("latin-1"), ALL_WELL),
    Kind("overlong.csv", swapped(table(), b"\xc0\xaf"), "ok bad_utf8 ok"),
    Kind("lone_surrogate.csv", swapped(table(), b"\xed\xa0\x80"), "ok bad_utf8 ok"),
    Kind("beyond_unicode.csv", swapped(table(), b"\xf4\x90\x80\x80"), "ok bad_utf8 ok"),
    Kind("cut_letter_at_the_end.csv", table().encode().rstrip() + b"\xe2\x98", "ok ok bad_utf8"),
    Kind(
        "letter_across_chunks.csv",
        across_chunks(_CAFE[:-1], _CAFE[-1:] + b",cut letter\n"),
        "ok ok",
    ),
    Kind("nul.csv", swapped(table(), b"view\0item"), "ok bad_utf8 ok"),
    Kind("nul.ndjson", swapped(lines(), b"view\0item"), "ok bad_utf8 ok"),
    Kind("only_nuls.csv", b"\0" * 512, refused="not_utf8"),
    Kind("replacement_letter.csv", swapped(table(), "caf\ufffd".encode()), ALL_WELL),
    Kind(
        "replacement_letter_and_blank_line.csv",
        swapped(table(), "caf\ufffd".encode()) + b"\n",
        ALL_WELL,
    ),
]
LINE_ENDS = [
    Kind("windows.csv", windows(table()), ALL_WELL),
    Kind("windows.ndjson", windows(lines()), ALL_WELL),
    Kind("mixed.csv", table().replace("\n", "\r\n", 2), ALL_WELL),
    Kind("old_mac.csv", table().replace("\n", "\r"), ALL_WELL),
    Kind("bare_return_in_a_field.csv", swapped(table(), b'"view\ritem"'), ALL_WELL),
    Kind(
        "bare_return_without_quotes.csv",
        swapped(table(), b"view\ritem"),
        "ok short_row short_row ok",
    ),
    Kind("line_separator.csv", swapped(table(), "view\u2028item".encode()), ALL_WELL),
    Kind("line_separator.ndjson", swapped(lines(), "view\u2028item".encode()), ALL_WELL),
    Kind(
        "vertical_tab_and_next_line.csv",
        swapped(table(), "view\x0b\x0c\x1c\x85item".encode()) + b"\n",
        ALL_WELL,
    ),
    Kind("no_final_newline.csv", table().rstrip(), ALL_WELL),
    Kind("no_final_newline.ndjson", lines().rstrip(), ALL_WELL),
    Kind("blank_lines.csv", table().replace("\n", "\n\n"), ALL_WELL),
    Kind("blank_lines.ndjson", "\n" + lines().replace("\n", "\n\n"), ALL_WELL),
    Kind(
        "blank_line_across_chunks.csv",
        across_chunks(windows(table()) + b"\r", b"\n" + windows(rows(NINE))),
        "ok ok ok ok",
    ),
    Kind(
        "quoted_and_blank_across_chunks.csv",
        across_chunks(windows(table('at,event,"who"\n')) + b"\r", b"\n" + windows(rows(NINE))),
        "ok ok ok ok",
    ),
    Kind(
        "return_across_chunks.csv",
        across_chunks(windows(table())[:-1], b"\n" + windows(rows(NINE))),
        "ok ok ok ok",
    ),
    Kind("spaces_alone.csv", table() + "   \n", "ok ok ok short_row"),
    Kind("spaces_alone.ndjson", lines() + "   \n", "ok ok ok not_json"),
    Kind("newlines_alone.csv", "\n" * 2000, refused="empty_file"),
    Kind("end_of_file_letter.csv", table() + "\x1a", "ok ok ok short_row"),
]
QUOTES = [
    Kind("all_quoted.csv", f'"at","event","who"\n"{NINE}","view_item","all quoted"\n', "ok"),
    Kind("doubled.csv", swapped(table(), b'"view ""the"" item"'), ALL_WELL),
    Kind("quoted_newline.csv", swapped(table(), b'"view\nitem"'), ALL_WELL),
    Kind("quoted_blank_line.csv", swapped(table(), b'"view\n\nitem"'), ALL_WELL),
    Kind("quoted_delimiter.csv", swapped(table(), b'"view,item"'), ALL_WELL),
    Kind("unclosed.csv", swapped(table(), b'"view_item'), refused="unclosed_quote"),
    Kind(
        "unclosed_at_the_end.csv",
        table() + '2026-01-05T09:00:00Z,view_item,"ana',
        refused="unclosed_quote",
    ),
    Kind("stray.csv", swapped(table(), b'27" screen'), ALL_WELL),
    Kind("two_strays.csv", swapped(table(), b'27" screen', b'32" screen'), ALL_WELL),
    Kind(
        "stray_and_quoted_newline.csv", swapped(table(), b'27" screen', b'"32\nscreen"'), ALL_WELL
    ),
    Kind("letters_behind_a_quote.csv", swapped(table(), b'"view"item'), "ok unreadable_row ok"),
    Kind(
        "escaped_by_backslash.csv",
        swapped(table(), b'"view \\"the\\" item"'),
        "ok unreadable_row ok",
    ),
    Kind("space_before_a_quote.csv", swapped(table(), b' "view_item"'), ALL_WELL),
    Kind("single_quotes.csv", swapped(table(), b"'view item'"), ALL_WELL),
    Kind("empty_quotes.csv", swapped(table(), b'""'), "ok unknown_event_shape ok"),
    Kind("quote_alone.csv", '"', refused="unclosed_quote"),
]
HEADERS = [
    Kind("header_alone.csv", HEADER),
    Kind("header_alone_without_newline.csv", HEADER.rstrip()),
    Kind("no_header.csv", rows(), refused="missing_column"),
    Kind("reordered.csv", f"who,event,at\nreordered,view_item,{NINE}\n", "ok"),
    Kind("renamed.csv", table("at,event,user\n"), refused="missing_column"),
    Kind("other_case.csv", table("At,Event,Who\n"), refused="missing_column"),
    Kind("spaces.csv", table(" at , event,who \n"), ALL_WELL),
    Kind("repeated.csv", table("at,who,who\n"), refused="bad_header"),
    Kind("repeated_in_other_case.csv", table("at,event,who,WHO\n"), refused="bad_header"),
    Kind("empty_name.csv", table("at,event,who,\n"), refused="bad_header"),
    Kind("quoted_newline_in_a_name.csv", wide('"more\nand more"'), ALL_WELL),
    Kind("hostile_name.csv", wide('"\'); drop table x; --"'), ALL_WELL),
    Kind("our_own_name.csv", wide("record_no,reason"), ALL_WELL),
    Kind("thousand_columns.csv", wide(",".join(f"c{number}" for number in range(500))), ALL_WELL),
    Kind("words_of_sql.csv", wide("select,group,from"), ALL_WELL),
    Kind("header_again.csv", table() + HEADER, "ok ok ok not_a_time"),
    Kind("semicolons.csv", table().replace(",", ";"), refused="bad_header"),
    Kind("tabs.csv", table().replace(",", "\t"), refused="bad_header"),
    Kind("one_column.csv", "at\n2026\n", refused="missing_column"),
]
ROWS = [
    Kind("short.csv", HEADER + rows(NINE) + "x\n" + rows(TEN), "ok short_row ok"),
    Kind("long.csv", HEADER + rows(NINE) + "x,y,z,more\n" + rows(TEN), "ok long_row ok"),
    Kind("all_empty.csv", HEADER + ",,\n" + rows(NINE), "unknown_event_shape ok"),
    Kind("delimiter_at_each_end.csv", HEADER + rows().replace("\n", ",\n"), ALL_WELL),
    Kind("more_at_each_end.csv", HEADER + rows().replace("\n", ",x\n"), " ".join(["long_row"] * 3)),
    Kind(
        "short_behind_two_lines.csv",
        HEADER + f'{NINE},"view\nitem",two lines\nx\n' + rows(TEN),
        "ok short_row ok",
    ),
    Kind(
        "all_at_once.csv",
        HEADER + "x\n\nw,x,y,z\n" + rows(NINE) + rows("soon"),
        "short_row long_row ok not_a_time",
    ),
    Kind("twice.csv", HEADER + rows(NINE, NINE, TEN), "ok twice ok"),
    Kind(
        "short_and_latin_1.csv",
        swapped(table(), b"caf\xe9") + b"\xe9\n",
        "ok bad_utf8 ok short_row",
    ),
]
NAMES = [
    Kind('it\'s "his"; drop table.csv', table(), ALL_WELL),
    Kind("a\u00f1o \u00f1and\u00fa.csv", table(), ALL_WELL),
    Kind("stars*and[brackets]?.csv", table(), ALL_WELL),
    Kind("*.csv", table(), ALL_WELL),
    Kind("*.parquet", parquet(), ALL_WELL),
    Kind("*.ndjson", lines(), ALL_WELL),
    Kind("other.parquet", parquet(), ALL_WELL),
    Kind("other.ndjson", lines(), ALL_WELL),
    Kind("EXPORT.CSV", table(), ALL_WELL),
    Kind("EXPORT.CSV.GZ", gz(table()), ALL_WELL),
    Kind("sheet.xlsx", b"PK\x03\x04", refused="unknown_kind"),
    Kind("no_kind", table(), refused="unknown_kind"),
    Kind("nothing.csv", b"", refused="empty_file"),
]
PACKED = [
    Kind("good.csv.gz", gz(table()), ALL_WELL),
    Kind("cut.csv.gz", gz(table())[:-12], refused="damaged_file"),
    Kind("cut_in_its_head.csv.gz", gz(table())[:6], refused="damaged_file"),
    Kind("wrong_sum.csv.gz", flipped(gz(table()), -6), refused="damaged_file"),
    Kind("wrong_length.csv.gz", flipped(gz(table()), -1), refused="damaged_file"),
    Kind("flipped.csv.gz", flipped(gz(table()), 20), refused="damaged_file"),
    Kind("two_members.csv.gz", gz(HEADER + rows()) + gz(rows()), "ok ok ok ok ok ok"),
    Kind("garbage_behind.csv.gz", gz(table()) + b"garbage", refused="damaged_file"),
    Kind("zeros_behind.csv.gz", gz(table()) + bytes(64), ALL_WELL),
    Kind("not_named_so.csv", gz(table()), ALL_WELL),
    Kind("gzip_named_zstd.csv.zst", gz(table()), ALL_WELL),
    Kind("only_named_so.csv.gz", table(), refused="not_packed"),
    Kind("nothing.csv.gz", gz(b""), refused="empty_file"),
    Kind("no_bytes.csv.gz", b"", refused="empty_file"),
    Kind("packed_twice.csv.gz", gz(gz(table())), refused="not_utf8"),
    Kind("good.csv.zst", zst(table()), ALL_WELL),
    Kind("good.json.zst", zst(array(2)), ALL_WELL),
    Kind("cut.csv.zst", zst(table())[:-4], refused="damaged_file"),
    Kind("garbage.csv.zst", zst(table())[:4] + b"garbage", refused="damaged_file"),
    Kind("garbage_behind.csv.zst", zst(table()) + b"garbage", refused="damaged_file"),
    Kind("two_frames.csv.zst", zst(HEADER + rows()) + zst(rows()), "ok ok ok ok ok ok"),
    Kind("zstd_not_named_so.csv", zst(table()), ALL_WELL),
    Kind("zstd_named_gzip.csv.gz", zst(table()), ALL_WELL),
    Kind("only_named_so.csv.zst", table(), refused="not_packed"),
    Kind("parquet_in_gzip.parquet.gz", gz(parquet()), refused="not_parquet"),
    Kind("zip_archive.csv", b"PK\x03\x04" + bytes(26), refused="not_utf8"),
]
DEEP = "[" * 10_000 + "]" * 10_000
JSON = [
    Kind("good.ndjson", lines(), ALL_WELL),
    Kind("good.json", array(), ALL_WELL),
    Kind(
        "documents.json", "\n".join(json.dumps(record, indent=2) for record in records()), ALL_WELL
    ),
    Kind("lines_in_place_of_an_array.json", lines(), ALL_WELL),
    Kind("array_in_place_of_lines.ndjson", array(), ALL_WELL),
    Kind("indented_array_in_place_of_lines.ndjson", array(2), ALL_WELL),
    Kind("bad_escape.ndjson", swapped(lines(), b"view\\qitem"), "ok not_json ok"),
    Kind("bad_escape.json", swapped(array(), b"view\\qitem"), refused="unreadable"),
    Kind("lone_surrogate.ndjson", swapped(lines(), b"view\\ud800item"), "ok not_json ok"),
    Kind("escaped_nul.ndjson", swapped(lines(), b"view\\u0000item"), "ok ok ok"),
    Kind("escaped_nul_in_a_name.ndjson", lines(records(**{"a\0b": 1})), ALL_WELL),
    Kind("not_a_number.ndjson", lines(records(much=float("nan"))), ALL_WELL),
    Kind("infinity.ndjson", lines(records(much=float("inf"))), ALL_WELL),
    Kind("huge_number.ndjson", lines().replace("{", '{"much": 1e400, '), ALL_WELL),
    Kind("many_digits.ndjson", lines().replace("{", '{"much": ' + "9" * 400 + ", "), ALL_WELL),
    Kind("same_key_twice.ndjson", lines().replace("}", ', "event": "x"}'), ALL_WELL),
    Kind("deep.ndjson", lines().replace("}", f', "deep": {DEEP}}}'), ALL_WELL),
    Kind("deep_alone.ndjson", DEEP + "\n" + lines(), "unknown_event_shape ok ok ok"),
    Kind("deep.json", array().replace("}", f', "deep": {DEEP}}}'), ALL_WELL),
    Kind(
        "deep_envelope.ndjson",
        lines([{"specversion": "1.0", "id": "1", "data": one} for one in records()]).replace(
            "}}", f', "deep": {DEEP}}}}}'
        ),
        ALL_WELL,
    ),
    Kind("single_quotes.ndjson", "{'at': 1}\n" + lines(), "not_json ok ok ok"),
    Kind("cut_line.ndjson", lines()[:-20] + "\n", "ok ok not_json"),
    Kind("comma_behind_each.ndjson", lines().replace("}\n", "},\n"), "not_json not_json not_json"),
    Kind("cut_array.json", array()[:-20], refused="damaged_file"),
    Kind("array_cut_behind_a_record.json", array()[:-1] + ",", refused="damaged_file"),
    Kind("array_without_its_end.json", array()[:-1], refused="damaged_file"),
    Kind("trailing_comma.json", array().replace("]", ",]"), refused="unreadable"),
    Kind("garbage_behind_an_array.json", array() + "garbage", refused="damaged_file"),
    Kind("two_arrays.json", array() + "\n" + array(), refused="unreadable"),
    Kind("empty_array.json", "[]"),
    Kind("spaces_alone.json", "  \n ", refused="empty_file"),
    Kind("comment.json", "// told by a vendor\n" + array(), refused="unreadable"),
    Kind(
        "scalars.ndjson",
        '"text"\n7\ntrue\nnull\n[1]\n' + lines(),
        "unknown_event_shape " * 5 + ALL_WELL,
    ),
    Kind(
        "scalars.json",
        json.dumps([None, 7, "text", [], {}, *records()]),
        "unknown_event_shape " * 5 + ALL_WELL,
    ),
    Kind(
        "null_fields.ndjson",
        json.dumps(dict.fromkeys(("at", "event", "who"))) + "\n" + lines(),
        "unknown_event_shape ok ok ok",
    ),
    Kind(
        "object_in_place_of_a_time.ndjson",
        lines([{**one, "at": {"day": 1}} for one in records()]),
        "not_a_time not_a_time not_a_time",
    ),
    Kind(
        "long_array_on_one_line.json",
        json.dumps([*records(), *({"event": "x" * (1 << 20)},) * 20]),
        ALL_WELL + " not_a_time" * 20,
    ),
    Kind(
        "long_line.ndjson",
        lines() + json.dumps({"event": "x" * (17 << 20)}),
        refused="line_too_long",
    ),
]
# Parquet of one record, each column in turn of another type.
_ONE = pl.DataFrame({"at": NINE, "event": "view_item", "who": "typed"})
_TIMES = [datetime(year, 1, 5) for year in (2026, 1900, 1, 9999)]  # noqa: DTZ001 - typed so


def _typed(**columns: pl.Expr | None) -> bytes:
    """Write one record as Parquet, with some columns of another type."""
    return parquet(_ONE.with_columns(who=pl.lit(new_person())).with_columns(**columns))


PARQUET = [
    Kind("good.parquet", parquet(), ALL_WELL),
    Kind("no_rows.parquet", parquet(_ONE.clear())),
    Kind("no_columns.parquet", parquet(pl.DataFrame()), refused="unreadable"),
    Kind("cut.parquet", parquet()[:-20], refused="not_parquet"),
    Kind("head_alone.parquet", b"PAR1", refused="not_parquet"),
    Kind("marks_alone.parquet", b"PAR1" + bytes(4) + b"PAR1", refused="unreadable"),
    Kind("no_bytes.parquet", b"", refused="not_parquet"),
    Kind("text.parquet", table(), refused="not_parquet"),
    Kind("not_named_so.csv", parquet(), refused="not_utf8"),
    Kind("flipped_length_of_footer.parquet", flipped(parquet(), -7), refused="unreadable"),
    Kind("flipped_footer.parquet", flipped(parquet(), -400), refused="unreadable"),
    Kind("flipped_page.parquet", flipped(parquet(), 10), refused="unreadable"),
    Kind("missing_column.parquet", parquet(_ONE.drop("who")), refused="missing_column"),
    Kind("numbers_for_people.parquet", _typed(who=pl.lit(700)), "ok"),
    Kind("bytes_for_people.parquet", _typed(who=pl.lit(b"\xff\xfe")), "ok"),
    Kind("numbers_for_times.parquet", _typed(at=pl.lit(1767603600123)), "ok"),
    Kind("lists_for_times.parquet", _typed(at=pl.concat_list("at")), "not_a_time"),
    Kind("truth_for_events.parquet", _typed(event=pl.lit(value=True)), "ok"),
    Kind("nothing_for_all.parquet", _typed(at=None, event=None, who=None), "unknown_event_shape"),
    Kind(
        "times.parquet",
        parquet(_ONE.drop("at").join(pl.DataFrame({"at": _TIMES}), how="cross")),
        "ok too_old too_old in_future",
    ),
    Kind("days.parquet", _typed(at=pl.lit(date(2026, 1, 5))), "ok"),
    Kind("our_own_name.parquet", _typed(record_no=pl.lit(7), filename=pl.lit("x")), "ok"),
    Kind("names_of_other_case.parquet", _typed(Who=pl.lit("ana")), "ok"),
]
SEMICOLONS = [
    Kind("declared.csv", table().replace(",", ";"), ALL_WELL),
    Kind("commas.csv", table(), refused="bad_header"),
    Kind("commas_in_fields.csv", swapped(table().replace(",", ";"), b"view, item"), ALL_WELL),
    Kind("stray.csv", swapped(table().replace(",", ";"), b'27" screen'), ALL_WELL),
]
LINES = [
    Kind("plain.log", f"{NINE} ana\n{TEN} ana\n", "ok ok"),
    Kind(
        "odd.txt",
        f'{NINE} bob\n\n{TEN} b\xf3b\n"{ELEVEN} bob\n'.encode("latin-1"),
        "ok bad_utf8 not_a_time",
    ),
    Kind("no_suffix", f"{NINE} cleo", "ok"),
    Kind("packed.gz", gz(f"{NINE} dora\n"), "ok"),
    Kind("rotated.log.1", f"{NINE} eve\r\n{TEN} eve\n", "ok ok"),
]
# Each theme is a source of its own.
THEMES = {
    "encodings": ENCODINGS,
    "line_ends": LINE_ENDS,
    "quotes": QUOTES,
    "headers": HEADERS,
    "semicolons": SEMICOLONS,
    "rows": ROWS,
    "names": NAMES,
    "packed": PACKED,
    "json": JSON,
    "parquet": PARQUET,
    "lines": LINES,
}

# Odd values, a record each: what one stands for, or the reason why its record is refused.
TIMES = {
    "2026-01-05T09:00:00.5Z": "2026-01-05 09:00:00.5",
    "2026-01-05T09:01:00+14:00": "2026-01-04 19:01:00",
    " 2026-01-05 09:02:00 ": "2026-01-05 09:02:00",
    "2024-02-29T09:00:00Z": "2024-02-29 09:00:00",
    "2026-02-29T09:00:00Z": "not_a_time",
    "2026-02-30": "not_a_time",
    "2026-13-01T09:00:00Z": "not_a_time",
    "2026-01-05T24:00:00Z": "2026-01-06 00:00:00",
    "2026-01-05T25:00:00Z": "not_a_time",
    "2016-12-31T23:59:60Z": "not_a_time",
    "1970-01-01T00:00:00Z": "too_old",
    "0001-01-01T00:00:00Z": "too_old",
    "2099-01-01T00:00:00Z": "in_future",
    "58133-01-01T00:00:00Z": "not_a_time",
    "infinity": "not_a_time",
    "-infinity": "not_a_time",
    "epoch": "not_a_time",
    "now": "not_a_time",
    "1767603600": "2026-01-05 09:00:00",
    "1767603600123": "2026-01-05 09:00:00.123",
    "1767603600123456": "2026-01-05 09:00:00.123456",
    "1767603600123456789": "not_a_time",
    "0": "not_a_time",
    "-1767603600": "not_a_time",
    "1.7676036e9": "not_a_time",
    "inf": "not_a_time",
    "05/01/2026": "not_a_time",
    "2026-1-5": "not_a_time",
    "2026-01-05T09:00:00 Europe/Madrid": "not_a_time",
    "\uff12\uff10\uff12\uff16-01-05": "not_a_time",
    "": "not_a_time",
}
# Madrid set its clocks forward on 30 March 2025 and back on 26 October.
TIMES_OF_MADRID = {
    "2025-03-30T02:30:00": "2025-03-30 01:30:00",
    "2025-10-26T02:30:00": "2025-10-26 00:30:00",
    "2025-10-26T02:30:00Z": "2025-10-26 02:30:00",
    "2025-07-01": "2025-07-01 10:00:00",
}
TIMES_WITHOUT_DOUBT = {
    "2025-03-30T02:30:00": "ambiguous_time",
    "2025-10-26T02:30:00": "ambiguous_time",
    "2025-10-26T02:30:00Z": "2025-10-26 02:30:00",
}
SECONDS = {
    "1767603600": "2026-01-05 09:00:00",
    "1767603601.5": "2026-01-05 09:00:01.5",
    "1767603600123": "not_a_time",
    "-1": "too_old",
    "0": "too_old",
    "4102444800": "in_future",
    "nan": "not_a_time",
    "inf": "not_a_time",
    "1e400": "not_a_time",
    "0x6955c8d0": "not_a_time",
    "2026-01-05T09:00:00Z": "not_a_time",
}
AMOUNTS = {
    "12.5": "12.5000",
    " 7 ": "7.0000",
    "-0.0001": "-0.0001",
    "+5": "5.0000",
    "1e3": "1000.0000",
    "89999999999.99": "89999999999.9900",
    "90000000000": "too_large",
    "1e400": "not_a_number",
    "inf": "not_a_number",
    "-Infinity": "not_a_number",
    "nan": "not_a_number",
    "12,5": "not_a_number",
    "1.234,5": "not_a_number",
    "1,234.5": "not_a_number",
    "0x1F": "not_a_number",
    "5 EUR": "not_a_number",
    "--5": "not_a_number",
    "\uff15": "not_a_number",
    "1" * 400: "not_a_number",
}
# Two texts that stand for one thing are one person.
PEOPLE = {
    "007": "007",
    "7": "7",
    "7.0": "7.0",
    "ana": "ana",
    " ana ": "ana",
    "ANA": "ANA",
    "ana luz": "ana luz",
    "    ": "no_identity",
    "\t": "no_identity",
    "": "no_identity",
    "l" * 10_000: "long",
    "l" * 9_999: "nearly as long",
    "a\u00f1a \u2615": "utf-8",
    "'; drop table core.touchpoints; --": "hostile",
}
VALUES = {
    "times": TIMES,
    "times_of_madrid": TIMES_OF_MADRID,
    "times_without_doubt": TIMES_WITHOUT_DOUBT,
    "seconds": SECONDS,
    "amounts": AMOUNTS,
    "people": PEOPLE,
}
