"""The clean queries by their cases (tests/queries/<format>/<case>), and the macros by their laws.

A case is a folder: the records given, the rows expected (only the columns that matter), and one
sentence. In the expected rows a dash is null. Under native_id the words same and other stand for
ids, under part any word for a hash: the same word, the same id.
"""

import json
import random
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipeline.ingest.look import look_at
from pipeline.ingest.records import open_records
from pipeline.queries import Adapter, read_adapter
from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS
from pipeline.warehouse import Warehouse

HERE = Path(__file__).parent
QUERIES = HERE.parent / "queries"
CASES = sorted(note.parent for note in (HERE / "queries").glob("*/*/note.md"))
SOURCE = {"source": "shop", "channel": "web", "timezone": "America/Santiago", "currency": "CLP"}
IDENTIFIERS = (*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS, "click_id")
# Columns that the loader keeps as they are told; it cuts addresses itself.
KEPT = ("session_id", "campaign", "product")
CUT = ("page_url", "referrer")

Connection = duckdb.DuckDBPyConnection
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """Give a database in memory that has the macros."""
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        opened.execute("set disabled_optimizers = 'in_clause'")
        for file in sorted((QUERIES / "macros").glob("*.sql")):
            opened.execute(file.read_text(encoding="utf-8"))
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_case_comes_out_as_its_note_says(
    connection: Connection, case: Path, tmp_path: Path
) -> None:
    expected = drawn_rows((case / "expect.txt").read_text(encoding="utf-8"))
    rows = cleaned_rows(connection, case, tmp_path)
    assert_no_record_is_dropped(connection, rows)
    assert_no_identifier_stands_outside_its_column(rows)
    told = [{name: row.get(name, "no such column") for name in expected[0]} for row in rows]
    if any(is_word(row) for row in expected):
        told, expected = named(told, "native_id"), named(expected, "native_id")
    if "part" in expected[0]:
        told, expected = named(told, "part"), named(expected, "part")
    assert told == expected


def assert_no_record_is_dropped(connection: Connection, rows: Rows) -> None:
    given = connection.sql("select record_no from records order by record_no").fetchall()
    told = dict.fromkeys(row["record_no"] for row in rows)
    assert list(told) == [str(record_no) for (record_no,) in given]


def assert_no_identifier_stands_outside_its_column(rows: Rows) -> None:
    for row in rows:
        raw = {row[name] for name in IDENTIFIERS if len(row.get(name, "-")) > 2} | {"@"}
        others = {name: cell for name, cell in row.items() if is_open(name)}
        assert not [name for name, cell in others.items() if any(one in cell for one in raw)]


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("cm360", ["Event Time", "Event Type", "User ID"]),
        (
            "pos",
            ["receipt_id", "store_id", "terminal_id", "business_date", "local_time", "line_type"],
        ),
        ("events", ["occurred_at"]),
        ("spend", ["day", "cost"]),
    ],
)
def test_only_required_columns_must_be_there(
    connection: Connection, file: str, columns: list[str]
) -> None:
    listed = ", ".join(f'null::varchar as "{column}"' for column in columns)
    connection.execute(
        f"create or replace temp view records as select 1::bigint as record_no, {listed}"
    )
    assert len(connection.sql(clean_query(file)).fetchall()) == 1


ZONES = ["UTC", "America/Santiago", "Europe/Berlin", "Australia/Lord_Howe", "America/Caracas"]


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_are_those_of_zoneinfo(connection: Connection, zone: str) -> None:
    clocks = [*random_clocks(zone), *clocks_around_changes(zone)]
    connection.execute(
        "create or replace temp table clocks as select unnest(?::timestamp[]) as clock", [clocks]
    )
    told = connection.execute(
        "select epoch_us(local_time(clock, ?)), "
        "epoch_us(parse_time(strftime(clock, '%Y-%m-%dT%H:%M:%S.%f'), ?)) from clocks",
        [zone, zone],
    ).fetchall()
    # Fold 0 is the earlier of two instants, and moves a clock time that never occurs forward.
    expected = [microseconds(clock.replace(tzinfo=ZoneInfo(zone))) for clock in clocks]
    assert [local for local, _ in told] == expected
    assert [parsed for _, parsed in told] == expected


@pytest.mark.parametrize(
    ("clock", "instant"),
    [
        ("2026-10-25 02:30:00", "2026-10-25 00:30:00+00"),  # twice: the earlier one
        ("2026-10-25 03:00:00", "2026-10-25 02:00:00+00"),
        ("2026-10-25 01:59:59", "2026-10-24 23:59:59+00"),
        ("2026-03-29 02:30:00", "2026-03-29 01:30:00+00"),  # never: an hour forward
        ("2026-03-29 03:00:00", "2026-03-29 01:00:00+00"),
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59+00"),
    ],
)
def test_the_changes_of_the_clock_in_berlin(
    connection: Connection, clock: str, instant: str
) -> None:
    told = connection.execute("select parse_time(?, 'Europe/Berlin')::varchar", [clock])
    assert told.fetchall() == [(instant,)]


def test_an_instant_survives_every_spelling(connection: Connection) -> None:
    chance = random.Random(7)
    moments = [
        datetime(2001, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(10**15))
        for _ in range(300)
    ]
    zone = ZoneInfo("America/Santiago")
    counts = [microseconds(moment) for moment in moments]
    spellings = [
        *(moment.isoformat() for moment in moments),
        *(moment.astimezone(zone).isoformat(" ") for moment in moments),
        *(str(count) for count in counts),
    ]
    connection.execute(
        "create or replace temp table spellings as select unnest(?::varchar[]) as spelling, "
        "unnest(?::bigint[]) as instant",
        [spellings, counts * 3],
    )
    wrong = connection.sql(
        "from spellings where epoch_us(any_time(spelling, null, null, 'Asia/Tokyo')) "
        "is distinct from instant"
    )
    assert wrong.fetchall() == []


# What JSON escapes by one letter parts words; letters that it escapes by their number are theirs.
@pytest.mark.parametrize("before", ["\n", "\t", "\r", '"', "\\", "\\\n", "é\n", "é", "\v", ""])
@pytest.mark.parametrize("mail", ["ana@x.org", "n@x.org", "josé@mül.de", "u00e9%40x.org"])
def test_json_is_json_still_when_a_mail_address_is_taken_out(
    connection: Connection, before: str, mail: str
) -> None:
    told = {"a": f"so: {before}{mail} end", f"{before}{mail}": 1, "b": "stays"}
    kept = "" if before in ("é", "\v") else before
    for text in (json.dumps(told), json.dumps(told, ensure_ascii=False)):
        taken = connection.execute("select without_mail_in_json(?)", [text]).fetchall()
        left = json.loads(taken[0][0])
        assert left == {"a": f"so: {kept}- end", f"{kept}-": 1, "b": "stays"}


def test_json_is_json_still_when_a_handle_stands_behind_an_escape(connection: Connection) -> None:
    told = json.dumps({"a": "so\n@x.org"})
    taken = connection.execute("select without_mail_in_json(?)", [told]).fetchall()
    assert json.loads(taken[0][0]) == {"a": "so\n-"}


def cleaned_rows(connection: Connection, case: Path, clean_dir: Path) -> Rows:
    """Run a case's query over its records, and give every cell as text, a dash for null."""
    for name in ("transactional", "time_unit", "time_format", "event_is"):
        connection.execute(f"reset variable {name}")
    for name, constant in (SOURCE | read_variables(case)).items():
        connection.execute(f"set variable {name} = ?", [constant])
    adapter = read_adapter(QUERIES / "clean" / f"{case.parent.name}.sql")
    make_records(connection, case, adapter, clean_dir)
    cleaned = connection.sql(adapter.sql)
    columns = ", ".join(f"coalesce(\"{name}\"::varchar, '-')" for name in cleaned.columns)
    # Of one record, touches stand by their ids.
    order = "record_no, native_id" if "native_id" in cleaned.columns else "record_no"
    rows = connection.sql(f"select {columns} from ({adapter.sql}) order by {order}").fetchall()
    return [dict(zip(cleaned.columns, row, strict=True)) for row in rows]


def make_records(connection: Connection, case: Path, adapter: Adapter, clean_dir: Path) -> None:
    """Make `records` of a case with the reader; typed ones, as Parquet has them, by a query."""
    file = next(case.glob("records.*"))
    if file.suffix == ".sql":
        query = file.read_text(encoding="utf-8")
        connection.execute(f"create or replace temp view records as {query}")
        return
    as_lines = adapter.reads == "lines"
    look = look_at(file, delimiter=",", clean_dir=clean_dir, as_lines=as_lines)
    open_records(Warehouse(connection), look, ",", adapter)
    connection.execute("create or replace temp view records as select * from file_records")


def read_variables(case: Path) -> dict[str, object]:
    """Read the constants that a case's source declares besides the usual ones."""
    file = case / "variables.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def clean_query(name: str) -> str:
    """Read a format's query."""
    return (QUERIES / "clean" / f"{name}.sql").read_text(encoding="utf-8")


def drawn_rows(table: str) -> Rows:
    """Read a drawn table: names, a line, and a row a line."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()]
    header, _, *rows = lines
    return [dict(zip(header, row, strict=True)) for row in rows]


def is_word(row: dict[str, str]) -> bool:
    """Tell whether a drawn row names its id by a word instead of writing it."""
    return row.get("native_id") in ("same", "other")


def named(rows: Rows, column: str) -> Rows:
    """Number the ids of a column in the order in which they appear."""
    seen: dict[str, str] = {"-": "-"}
    return [row | {column: seen.setdefault(row[column], str(len(seen)))} for row in rows]


def is_open(name: str) -> bool:
    """Tell whether a column is stored as it is told: it is kept, or goes to props."""
    contract = {
        "record_no",
        "reject_reason",
        "native_id",
        "object_id",
        "basket_id",
        "occurred_at",
        "event",
    }
    return name in KEPT or name not in {*contract, *IDENTIFIERS, *CUT}


def random_clocks(zone: str) -> list[datetime]:
    """Draw clock times of 2000 to 2030, the same for a zone every time."""
    chance = random.Random(zone)
    first = datetime(2000, 1, 2, tzinfo=UTC).replace(tzinfo=None)
    return [
        first + timedelta(microseconds=chance.randrange(30 * 365 * 86_400 * 10**6))
        for _ in range(500)
    ]


def clocks_around_changes(zone: str) -> list[datetime]:
    """List clock times a quarter of an hour apart around each change of a zone's offset."""
    hour = timedelta(hours=1)
    clocks = []
    moment = datetime(2019, 1, 1, tzinfo=UTC)
    while moment.year < 2027:
        before = moment.astimezone(ZoneInfo(zone))
        if before.utcoffset() != (moment + 2 * hour).astimezone(ZoneInfo(zone)).utcoffset():
            first = before.replace(tzinfo=None) - 3 * hour
            clocks += [first + quarter * timedelta(minutes=15) for quarter in range(32)]
        moment += 2 * hour
    return clocks


def microseconds(moment: datetime) -> int:
    """Count a moment's microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
