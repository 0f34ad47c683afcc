"""Repeats and conflicts: whatever order, name or night files come in, the tables are the same."""

from collections.abc import Callable

import pytest

from tests.projects import SHOP, WEB, Project

Maker = Callable[[], Project]

NUMBERED = WEB + 'native_id = "id"\n    received_at = "got"\n    value = "amount"\n'
HEADER = "id,at,got,event,who,amount\n"
ONE = "1,2026-01-05T09:00:00Z,2026-01-05T09:00:01Z,view_item,ana,\n"
TWO = "2,2026-01-05T09:20:00Z,2026-01-05T09:20:01Z,add_to_cart,ana,\n"
THREE = "3,2026-01-05T09:30:00Z,2026-01-05T09:30:01Z,purchase,ana,19.90\n"
FOUR = "4,2026-01-07T09:00:00Z,2026-01-07T09:00:01Z,search,bob,\n"
ALL = (ONE, TWO, THREE, FOUR)

# Each delivery is a list of nights, each night a list of files, each file some records.
DELIVERIES = {
    "the same file under another name": [[ALL, ALL]],
    "the same file on another night": [[ALL], [ALL]],
    "split in two": [[ALL[:2], ALL[2:]]],
    "split over two nights, the later first": [[ALL[2:]], [ALL[:2]]],
    "reordered": [[ALL[::-1]]],
    "overlapping files over two nights": [[ALL[:3]], [ALL[1:]]],
    "twice in one file": [[ALL + ALL]],
    "one by one, backwards": [[[FOUR], [THREE], [TWO], [ONE]]],
}


def deliver(project: Project, nights: list[list[tuple[str, ...]]]) -> None:
    """Write and run each night's files."""
    project.configure(SHOP, NUMBERED)
    for night, files in enumerate(nights):
        for number, records in enumerate(files):
            project.write(f"landing/web/{night}_{number}.csv", HEADER + "".join(records))
        project.run()


@pytest.fixture(scope="module")
def delivered_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Deliver all records in one file, once."""
    made = Project(tmp_path_factory.mktemp("once"))
    made.write("secrets/pseudonym.key", b"k" * 32)
    deliver(made, [[ALL]])
    return made


@pytest.mark.parametrize("nights", DELIVERIES.values(), ids=DELIVERIES.keys())
def test_however_records_are_delivered_the_tables_are_the_same(
    new_project: Maker, delivered_once: Project, nights: list[list[tuple[str, ...]]]
) -> None:
    project = new_project()
    deliver(project, nights)
    assert project.contents() == delivered_once.contents()
    delivered = sum(len(file) for night in nights for file in dict.fromkeys(map(tuple, night)))
    counted = project.rows(
        "select sum(records)::int, sum(accepted)::int, sum(duplicates)::int, sum(rejected)::int "
        "from ops.loads"
    )
    # A file whose bytes are known is not even read.
    if nights != [[ALL], [ALL]]:
        assert counted == [(delivered, 4, delivered - 4, 0)]


EARLY = "7,2026-01-05T09:00:00Z,2026-01-05T10:00:00Z,view_item,cleo,1.00\n"
LATE = "7,2026-01-05T09:00:00Z,2026-01-05T11:00:00Z,view_item,cleo,2.00\n"
CONFLICTS = {
    "one file": [[(EARLY, LATE)]],
    "one file, the later first": [[(LATE, EARLY)]],
    "two files": [[(EARLY,), (LATE,)]],
    "two files, the later first": [[(LATE,), (EARLY,)]],
    "two nights": [[(EARLY,)], [(LATE,)]],
    "two nights, the later first": [[(LATE,)], [(EARLY,)]],
}


@pytest.mark.parametrize("nights", CONFLICTS.values(), ids=CONFLICTS.keys())
def test_of_conflicting_deliveries_the_one_received_first_stands(
    project: Project, nights: list[list[tuple[str, ...]]]
) -> None:
    project.configure(SHOP, NUMBERED.replace("max_rejected_rate = 1", "max_rejected_rate = 0"))
    for night, files in enumerate(nights):
        for number, records in enumerate(files):
            project.write(f"landing/web/{night}_{number}.csv", HEADER + "".join(records))
        project.run()
    assert project.column("select value::varchar from core.touchpoints") == ["1.0000"]
    ((file, record_no),) = project.rows(
        "select file, record_no from ops.rejects where reason = 'conflict'"
    )
    loser = (project.dir / file).read_text().splitlines()[record_no]
    assert loser == LATE.strip()
    totals = "select sum(records)::int, sum(accepted + duplicates + rejected)::int from ops.loads"
    assert project.rows(totals) == [(2, 2)]


def test_when_the_vendor_received_it_makes_no_conflict(project: Project) -> None:
    project.configure(SHOP, NUMBERED)
    again = ONE.replace("09:00:01Z", "23:00:00Z")
    project.write("landing/web/a.csv", HEADER + again + ONE)
    project.run()
    assert project.rows("select accepted, duplicates, rejected from ops.loads") == [(1, 1, 0)]
    assert project.column("select epoch(received_at)::int % 86400 from core.touchpoints") == [
        9 * 3600 + 1
    ]


def test_two_sources_may_use_the_same_ids(project: Project) -> None:
    other = NUMBERED.replace('name = "web"', 'name = "app"')
    project.configure(SHOP, NUMBERED, other)
    project.write("landing/web/a.csv", HEADER + ONE)
    project.run()
    assert project.rows("select source, accepted, duplicates from ops.loads order by 1") == [
        ("app", 1, 0),
        ("web", 1, 0),
    ]
