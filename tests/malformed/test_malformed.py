"""One night over the whole corpus: every record has its fate, and no file stops another."""

import csv
import io
from pathlib import Path

import pytest

from tests.malformed.conftest import Shared
from tests.malformed.kinds import THEMES, VALUES, Kind
from tests.malformed.writers import NINE, table
from tests.projects import SHOP, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

# An adapter of few columns, for what is judged here is the reading: `events` takes seven times as
# long to plan, and the odd values have it.
PLAIN = """
    select
        record_no,
        nullif(trim(event::varchar), '') as event,
        any_time(occurred_at, null, null, 'UTC') as occurred_at,
        user_id::varchar as user_id
    from records
"""
NOTES = """
    -- records: lines
    select
        record_no,
        'view_item' as event,
        parse_time(split_part(record, ' ', 1), 'UTC') as occurred_at,
        split_part(record, ' ', 2) as user_id
    from records
"""
# What a source says beyond its files and its columns of time, event and person.
SAYS = {
    **dict.fromkeys(THEMES, 'format = "plain"'),
    **dict.fromkeys((*VALUES, "neighbour"), 'format = "events"'),
    "lines": 'format = "notes"',
    "semicolons": 'format = "plain"\ndelimiter = ";"',
    "times_of_madrid": 'format = "events"\ntimezone = "Europe/Madrid"',
    "times_without_doubt": (
        'format = "events"\ntimezone = "Europe/Madrid"\nambiguous_time = "refuse"'
    ),
    "seconds": 'format = "events"\ntime_unit = "s"',
}
KINDS = [
    pytest.param(theme, kind, id=f"{theme}-{kind.file}")
    for theme, kinds in THEMES.items()
    for kind in kinds
]
ODD_VALUES = [
    pytest.param(source, number, fate, id=f"{source}-{text[:40]!a}")
    for source, values in VALUES.items()
    for number, (text, fate) in enumerate(values.items(), start=1)
]


def source(name: str) -> str:
    """Write the config of a source whose files lie in a folder of its name."""
    told = WEB.replace('"web"', f'"{name}"', 1).replace("landing/web/", f"landing/{name}/")
    told = told.replace('format = "events"', SAYS[name])
    if name == "lines":
        return told.partition("[sources.columns]")[0]
    return told + 'value = "amount"' if name == "amounts" else told


def log_of(name: str, texts: list[str]) -> str:
    """Write a CSV file with a record for each odd value."""
    out = io.StringIO()
    log = csv.writer(out, lineterminator="\n")
    log.writerow(["at", "event", "who", "amount"])
    for number, text in enumerate(texts, start=1):
        at, who = f"2026-01-05T09:{number:02}:00Z", str(number)
        if name == "amounts":
            log.writerow([at, "purchase", who, text])
        elif name == "people":
            log.writerow([at, "view_item", text, ""])
        else:
            log.writerow([text, "view_item", who, ""])
    return out.getvalue()


@pytest.fixture(scope="module")
def night(shared: Shared) -> Project:
    """Run one night over all files, each theme a source, and last of all a good file."""
    with shared("malformed") as folder:
        project = Project(folder)
        if not project.published.exists():
            write_corpus(project)
            project.run()
    return project


def write_corpus(project: Project) -> None:
    """Write all files, and a config with their sources."""
    project.configure(SHOP, *map(source, SAYS))
    project.write("queries/clean/plain.sql", PLAIN.strip())
    project.write("queries/clean/notes.sql", NOTES.strip())
    for theme, kinds in THEMES.items():
        for kind in kinds:
            project.write(f"landing/{theme}/{kind.file}", kind.content)
    for name, values in VALUES.items():
        project.write(f"landing/{name}/values.csv", log_of(name, list(values)))
    project.write("landing/neighbour/good.csv", table())
    project.write("landing/rows/unfinished.csv.part", table())
    project.write("landing/rows/unfinished.csv.tmp", table())
    (project.dir / "landing/rows/folder.csv").mkdir()


@pytest.fixture(scope="module")
def fates(night: Project) -> dict[str, list[str]]:
    """List the fates of each file's records: ok or a reason, and last what the file met whole.

    Of duplicates the ledger keeps only how many they are, and so does the last word.
    """
    loads = night.rows(
        "select file, records, concat_ws(' ', refused_reason, if(duplicates > 0, "
        "concat('twice: ', duplicates), null), if(accepted + duplicates + rejected <> records, "
        "'does not add up', null)) from ops.loads"
    )
    told = {file: ["ok"] * records + [whole] for file, records, whole in loads}
    for file, number, reason in night.rows(
        "select file, record_no, reason from ops.rejects where record_no is not null"
    ):
        told[file][number - 1] = reason
    return told


@pytest.fixture(scope="module")
def read(night: Project) -> dict[tuple[str, int], tuple[str, str]]:
    """Give what was read of each accepted record: its time and its amount."""
    rows = night.rows(
        "select file, record_no, (occurred_at at time zone 'UTC')::varchar, value::varchar "
        "from core.touchpoints inner join ops.loads using (load_id)"
    )
    return {(file, number): (at, amount) for file, number, at, amount in rows}


@pytest.mark.parametrize(("theme", "kind"), KINDS)
def test_every_record_is_accepted_duplicate_or_refused_by_name(
    fates: dict[str, list[str]], theme: str, kind: Kind
) -> None:
    expected = kind.fate.split()
    whole = kind.refused or ("twice: 1" if "twice" in expected else "")
    expected = ["ok" if fate == "twice" else fate for fate in expected]
    assert fates[f"landing/{theme}/{kind.file}"] == [*expected, whole]


@pytest.mark.parametrize(("name", "number", "fate"), ODD_VALUES)
def test_an_odd_value_is_what_it_says_or_refused_by_name(
    fates: dict[str, list[str]],
    read: dict[tuple[str, int], tuple[str, str]],
    name: str,
    number: int,
    fate: str,
) -> None:
    file = f"landing/{name}/values.csv"
    found = fates[file][number - 1]
    if found == "ok" and name != "people":
        found = read[file, number][name == "amounts"]
    assert found == ("ok" if name == "people" and "_" not in fate else fate)


def test_two_spellings_are_one_person_only_where_they_say_the_same(night: Project) -> None:
    people = night.rows(
        "select list(record_no order by record_no) "
        "from core.touchpoints inner join ops.loads using (load_id) "
        "where file = 'landing/people/values.csv' group by strong_id order by all"
    )
    named: dict[str, list[int]] = {}
    for number, fate in enumerate(VALUES["people"].values(), start=1):
        named.setdefault(fate, []).append(number)
    del named["no_identity"]
    assert [numbers for (numbers,) in people] == list(named.values())


def test_a_good_neighbour_comes_through(fates: dict[str, list[str]]) -> None:
    assert fates["landing/neighbour/good.csv"] == ["ok", "ok", "ok", ""]


def test_what_is_accepted_is_a_touch(night: Project) -> None:
    (accepted,) = night.column("select sum(accepted)::bigint from ops.loads")
    assert night.column("select count(*) from core.touchpoints") == [accepted]


def test_a_file_that_is_still_written_or_no_file_is_left_alone(night: Project) -> None:
    odd = "select file from ops.loads where file like '%unfinished%' or file like '%folder.csv'"
    assert night.column(odd) == []


def test_a_refusal_says_what_was_expected(night: Project) -> None:
    untold = "select file from ops.rejects where record_no is null and coalesce(detail, '') = ''"
    assert night.column(untold) == []


def test_a_refusal_quotes_no_record_and_no_place_on_the_disk(night: Project) -> None:
    details = " ".join(night.column("select detail from ops.rejects where detail is not null"))
    assert "view_item" not in details
    assert NINE not in details
    assert str(Path(night.dir)) not in details
