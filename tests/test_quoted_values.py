"""What cannot be read is told without its value, which may name a person."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import SourceError
from tests.projects import SHOP_WITH_VAULT, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

CANARY = "ana.canary@nest.example"
OWN = """
    [[sources]]
    name = "till"
    channel = "store"
    format = "till"
    files = "landing/till/*"
    max_rejected_rate = 1
    [lineage]
    file = "lineage.ndjson"
"""
# What an adapter does with the column that holds a mail address where a day should stand.
READINGS = {
    "strptime": "strptime(day, '%d.%m.%Y')::timestamptz",
    "cast": "day::timestamptz",
    "error": "if(day = '', now(), error('no day: ' || day))::timestamptz",
}


def refused(project: Project, reading: str = "now()") -> list[str]:
    """Run a night whose only file is refused; give what is told of that."""
    project.configure(SHOP_WITH_VAULT, OWN)
    project.write(
        "queries/clean/till.sql",
        f"select record_no, {reading} as occurred_at, 'login' as event, who as user_id "
        "from records",
    )
    day = {"strptime": "05.01.2026", "if": ""}.get(reading.split("(", maxsplit=1)[0], "2026-01-05")
    project.write("landing/till/good.csv", f"day,who\n{day},bob\n")
    project.run(with_page=True)
    return project.column("select detail from ops.rejects where record_no is null")


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_no_value_that_an_adapter_cannot_read_is_told(project: Project, reading: str) -> None:
    project.write("landing/till/bad.csv", f"day,who\n{CANARY},06.01.2026\n")
    (told,) = refused(project, reading)
    assert "a value that till.sql cannot read" in told
    assert holding(project.dir, CANARY) == ["landing/till/bad.csv"]


@pytest.mark.parametrize(
    "told",
    [
        "now() as occurred_at, 'login' as event, who as user_id",
        "date '2026-01-05' as day, 'spring' as campaign, 1 as cost",
        "who as click_id, 'spring' as campaign",
    ],
    ids=["touch", "spend", "click"],
)
def test_no_mail_that_a_reason_of_ones_own_quotes_is_told(project: Project, told: str) -> None:
    project.configure(SHOP_WITH_VAULT, OWN)
    project.write(
        "queries/clean/till.sql",
        f"select record_no, {told}, if(who = 'bob', null, 'not ' || who) as reject_reason "
        "from records",
    )
    project.write("landing/till/a.csv", f"who\nbob\n{CANARY}\n")
    project.run(with_page=True)
    assert project.column("select reason from ops.rejects") == ["not -"]
    assert holding(project.dir, CANARY) == ["landing/till/a.csv"]


def test_no_value_that_a_parser_cannot_read_is_told(project: Project) -> None:
    bad = project.write("landing/till/bad.parquet", b"")
    pq.write_table(
        pa.table({"day": ["2026-01-05"], "who": [CANARY + "xx"]}), bad, compression="none"
    )
    bad.write_bytes(bad.read_bytes().replace(b"xx", b"\xff\xff"))
    (told,) = refused(project)
    assert "canary" not in told
    assert holding(project.dir, CANARY) == ["landing/till/bad.parquet"]


def test_a_first_record_that_stands_in_the_headers_place_is_not_told(project: Project) -> None:
    columns = 'user_id = "user"\noccurred_at = "at"\nevent = "event"\n'
    web = WEB.split("occurred_at")[0] + columns
    project.configure(SHOP_WITH_VAULT, web)
    project.write("landing/web/a.csv", "user_4711,2026-01-05T09:00,view_item\n")
    with pytest.raises(SourceError, match="of the 3 columns none resembles it") as caught:
        project.run()
    assert "4711" not in str(caught.value)


def holding(directory: Path, word: str) -> list[str]:
    """List the files below a folder that hold a word, the vault aside."""
    return [
        str(file.relative_to(directory))
        for file in sorted(directory.rglob("*"))
        if file.is_file() and file.name != "vault.duckdb" and word.encode() in file.read_bytes()
    ]
