"""What a look tells of a file, and how it refuses one; tests/malformed has all kinds of files."""

from pathlib import Path

import pytest

from pipeline.errors import RefusedFile
from pipeline.ingest.look import Look, look_at

ROW = "2026-01-05T09:00:00Z,view_item,ana\n"
TABLE = "at,event,who\n" + ROW


def look(folder: Path, name: str, content: str | bytes, *, as_lines: bool = False) -> Look:
    """Write a file and look at it."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return look_at(file, delimiter=",", clean_dir=folder / "cleaned", as_lines=as_lines)


def refusal(folder: Path, name: str, content: str | bytes) -> str:
    """Tell why a file is refused."""
    with pytest.raises(RefusedFile) as refused:
        look(folder, name, content)
    return refused.value.detail


def test_a_clean_file_is_read_where_it_lies(tmp_path: Path) -> None:
    told = look(tmp_path, "a.csv", TABLE)
    assert told == Look(tmp_path / "a.csv", "csv", 1, ("at", "event", "who"))


@pytest.mark.parametrize(
    "content",
    [
        TABLE.replace("\n", "\r"),
        TABLE.replace("\n", "\r\n", 1),
        TABLE + "\n",
        "at,event,who\n\n" + ROW,
        "at,event,who\n\r\n" + ROW,
    ],
    ids=ascii,
)
def test_a_file_with_odd_lines_is_read_from_a_plain_copy(tmp_path: Path, content: str) -> None:
    told = look(tmp_path, "a.csv", content)
    assert told.was_cleaned
    assert told.file.read_text() == TABLE
    assert (tmp_path / "a.csv").read_bytes() == content.encode()


def test_a_quoted_field_keeps_its_blank_lines(tmp_path: Path) -> None:
    content = TABLE + ROW.replace("view_item", '"view\n\nitem"')
    told = look(tmp_path, "a.csv", content + "\n")
    assert told.records == 2
    assert told.file.read_text() == content


def test_a_byte_that_is_no_text_is_marked_and_an_honest_replacement_letter_is_not(
    tmp_path: Path,
) -> None:
    told = look(tmp_path, "a.csv", TABLE.encode() + "\ufffd,caf".encode() + b"\xe9,ana\n")
    assert told.file.read_text() == TABLE + "\ufffd,caf\ufdd0,ana\n"


def test_the_same_text_is_columns_or_lines_as_it_is_asked_for(tmp_path: Path) -> None:
    assert look(tmp_path, "a.csv", TABLE).records == 1
    assert look(tmp_path, "a.csv", TABLE, as_lines=True).records == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('[{"at": 1}]', "json"),
        ('[\n{"at": 1},\n{"at": 2}\n]\n', "json"),
        ('[1]\n{"at": 1}\n', "ndjson"),
        ('{"at": 1}\n', "ndjson"),
    ],
)
def test_an_array_that_is_named_lines_is_an_array(tmp_path: Path, content: str, kind: str) -> None:
    assert look(tmp_path, "a.ndjson", content).kind == kind


@pytest.mark.parametrize("other", [";", "\t", "|"], ids=ascii)
def test_a_header_in_one_piece_points_at_the_delimiter(tmp_path: Path, other: str) -> None:
    told = refusal(tmp_path, "a.csv", TABLE.replace(",", other))
    assert told == (
        f"expected columns parted by ',', found one column whose name holds {other!r}. "
        "Mend `delimiter` in recorrido.toml"
    )


@pytest.mark.parametrize("names", ["at,who,who", "at,who,WHO"])
def test_names_that_sql_takes_for_one_are_repeated(tmp_path: Path, names: str) -> None:
    assert "found 0 empty and 1 repeated" in refusal(tmp_path, "a.csv", names + "\n")


def test_a_header_that_is_no_header_quotes_nothing_of_it(tmp_path: Path) -> None:
    told = refusal(tmp_path, "a.csv", "ana@example.com" + "x" * 200_000 + "\n")
    assert "ana@" not in told
    assert told.startswith("expected a header of names")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (TABLE.encode("utf-16"), "expected UTF-8, found UTF-16; export it again as UTF-8"),
        (TABLE.encode("utf-16-le"), "expected UTF-8, found UTF-16; export it again as UTF-8"),
        (b"PK\x03\x04\x14", "expected text, found a packed file, a sheet or Parquet"),
    ],
)
def test_what_is_no_utf_8_says_what_it_is(tmp_path: Path, content: bytes, told: str) -> None:
    assert refusal(tmp_path, "a.csv", content) == told
