"""What the command writes: nothing in the data can steer a terminal, or run in a spreadsheet."""

import csv
import io
import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.cli.voice import Voice
from pipeline.errors import ConfigError
from pipeline.printable import printable, printable_json
from pipeline.questions import ask
from pipeline.show import as_csv, show, show_all
from pipeline.warehouse import in_memory
from tests.pages import HOSTILE as OF_PAGES

HOSTILE = [
    *OF_PAGES,
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    '=HYPERLINK("http://127.0.0.1","x")',
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;http://127.0.0.1\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\x07\x08\x7f",
    "a\u202egnp.exe",
    "\u2066x\u2069",
    "\u2028\u2029\x85",
    "a\nb\r\nc",
    "\0",
    "%s %n %(x)s",
    "{} {0} {x.__class__}",
    "$(id) `id` ; id | id",
    "'; drop table x; --",
    "\"; attach 'x'; --",
    "[bold]x[/bold] :smile:",
    "ñandú 🦤",
    "x" * 100_000,
    "",
]
STEERING = set("\x1b\x9b\x07\x08\x7f\r\x85\u202e\u2066\u2069\u2028\u2029\0")


def test_there_are_hostile_strings_of_every_kind() -> None:
    assert len(set(HOSTILE)) >= 50


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_terminal_is_not_steered(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    frame = pl.DataFrame({"\x1b[31mname": HOSTILE, "number": range(len(HOSTILE))})
    show(frame, form, None)  # type: ignore[arg-type]
    told = capsys.readouterr().out
    assert set(told) & STEERING - ({"\r"} if form == "csv" else set()) == set()
    assert "ñandú" in told


def test_json_and_csv_are_exact_for_programs() -> None:
    frame = pl.DataFrame({"cell": HOSTILE})
    out = io.StringIO(as_csv(frame), newline="")
    cells = [row["cell"].replace("; '-", "; -") for row in csv.DictReader(out)]
    assert [cell.removeprefix("'") if cell[1:] in HOSTILE else cell for cell in cells] == HOSTILE


def test_no_cell_of_csv_runs_not_even_a_name_or_a_list() -> None:
    kinds = pl.Series("-kind", HOSTILE[-5:], dtype=pl.Categorical)
    frame = pl.DataFrame(
        {
            "=name": HOSTILE,
            "^.*$": [[text] for text in HOSTILE],
            "*": [text.encode() for text in HOSTILE],
            "+kind": [{"a": text} for text in HOSTILE],
        }
    )
    for one in (frame, kinds.to_frame()):
        for row in csv.reader(io.StringIO(as_csv(one), newline="")):
            assert [cell for cell in row if cell[:1] in set("=+-@\t\r\n＝＋－＠")] == []


def test_no_part_of_a_cell_runs_where_semicolons_part_it() -> None:
    told = pl.DataFrame({"cell": ["rose;=1+1", "rose; @x", "a;b", "2026-01-05;-1"]})
    assert as_csv(told).splitlines()[1:] == ["rose;'=1+1", "rose; '@x", "a;b", "2026-01-05;'-1"]


def test_numbers_stay_numbers() -> None:
    assert as_csv(pl.DataFrame({"change": [-1.5, None], "at": [1, 2]})) == "change,at\n-1.5,1\n,2\n"


@pytest.mark.parametrize("manner", ["text", "json"])
def test_a_message_steers_no_terminal_and_a_log_keeps_its_lines(
    manner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = Voice(manner)  # type: ignore[arg-type]
    for text in [*HOSTILE, "file \udcff name"]:
        voice.wrong(f"there is no '{text}'", file=text)
        voice.log("info", "event", a=text)
        voice.tell(text)
    told = capsys.readouterr()
    assert set(told.out + told.err) & STEERING == set()
    if manner == "json":
        lines = [json.loads(line) for line in told.err.splitlines()]
        assert [line["a"] for line in lines if "a" in line][: len(HOSTILE)] == HOSTILE


def test_printable_text_stays_as_it_is() -> None:
    assert printable("ñandú 🦤, 100 % → «ok»") == "ñandú 🦤, 100 % → «ok»"
    assert printable_json('{"a": "ñ\u202e"}') == '{"a": "ñ\\u202e"}'


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("top=-1", "--param top: expected a number from 0 to"),
        ("top=99999999999999999999", "--param top: expected a number from 0 to"),
        ("top=many", "--param top: expected a number, found 'many'"),
        ("from_date=yesterday", "--param from_date: expected a day such as 2026-10-31"),
        ("from_date=2026-02-30", "--param from_date: expected a day such as 2026-10-31"),
        ("from_date='; drop table x; --", "--param from_date: expected a day such as 2026-10-31"),
        ("form=x", "has no parameter 'form'"),
        ("top", "expected NAME=VALUE"),
    ],
)
def test_an_odd_parameter_is_refused_in_our_words(tmp_path: Path, given: str, told: str) -> None:
    published = tmp_path / "journeys.duckdb"
    duckdb.connect(str(published)).close()
    question = tmp_path / "mine.sql"
    question.write_text(
        "-- Which?\n-- param: top = 20\n-- param: from_date = null\n"
        "select $top::bigint as top, $from_date::date as day"
    )
    with pytest.raises(ConfigError) as caught:
        ask(published, tmp_path, str(question), [given])
    assert told in str(caught.value)


@pytest.mark.long
def test_a_hostile_parameter_is_bound(tmp_path: Path) -> None:
    published = tmp_path / "journeys.duckdb"
    duckdb.connect(str(published)).close()
    question = tmp_path / "mine.sql"
    question.write_text("-- param: segment = null\nselect $segment::varchar as segment")
    for text in HOSTILE:
        rows = ask(published, tmp_path, str(question), [f"segment={text}"]).rows()
        assert rows == [(text,)]


def test_json_holds_nothing_that_readers_do_not_take(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    frame = in_memory().frame(
        """
        select
            1 / 0::double as rate,
            ['-inf'::double, 'nan'::double, 0.5::double] as rates,
            {'worst': 'inf'::double} as named,
            sum(number) as touches,
            sum(number::decimal(18, 4)) as value
        from (values (12345678901), (2)) as numbers (number)
        """
    )
    expected = {
        "rate": None,
        "rates": [None, None, 0.5],
        "named": {"worst": None},
        "touches": 12345678903,
        "value": "12345678903.0000",
    }
    show(frame, "json", None)
    assert json.loads(capsys.readouterr().out, parse_constant=refuse) == [expected]
    show_all({"one": frame}, "json")
    assert json.loads(capsys.readouterr().out, parse_constant=refuse) == {"one": [expected]}
