"""Repeats and conflicts: whatever order, name or night files come in, the tables are the same."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.projects import SHOP, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

Maker = Callable[[], Project]

NUMBERED = WEB + 'native_id = "id"\n    received_at = "got"\n    value = "amount"\n'
HEADER = "id,at,got,event,who,amount\n"
ONE = "1,2026-01-05T09:00:00Z,2026-01-05T09:00:01Z,view_item,ana,\n"
TWO = "2,2026-01-05T09:20:00Z,2026-01-05T09:20:01Z,add_to_cart,ana,\n"
THREE = "3,2026-01-05T09:30:00Z,2026-01-05T09:30:01Z,purchase,ana,19.90\n"
FOUR = "4,2026-01-07T09:00:00Z,2026-01-07T09:00:01Z,search,bob,\n"
ALL = (ONE, TWO, THREE, FOUR)

# Each delivery is a list of nights, each night a list of files, each file some records.
DELIVERIES: dict[str, list[list[Any]]] = {
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


@pytest.mark.long
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
WAYS: dict[str, list[list[tuple[str, ...]]]] = {
    "one_file": [[(EARLY, LATE)]],
    "one_file_the_later_first": [[(LATE, EARLY)]],
    "two_files": [[(EARLY,), (LATE,)]],
    "two_files_the_later_first": [[(LATE,), (EARLY,)]],
    "two_nights": [[(EARLY,)], [(LATE,)]],
    "two_nights_the_later_first": [[(LATE,)], [(EARLY,)]],
}


# Two files of which neither says when it was received: in what order they come.
ORDERS: dict[str, tuple[str, ...]] = {"a_then_b": ("a", "b"), "b_then_a": ("b", "a"), "ab": ("ab",)}
# The same touch, received at another time.
RECEIVED_LATER = ONE.replace("09:00:01Z", "23:00:00Z")


def of_its_own(name: str, source: str = NUMBERED) -> str:
    """Give a source of another name, which reads a folder of that name."""
    return source.replace("web/", f"{name}/").replace('"web"', f'"{name}"', 1)


@pytest.fixture(scope="module")
def conflicts(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Deliver in two nights all that may conflict, each in a source of its own."""
    project = Project(tmp_path_factory.mktemp("conflicts"))
    # A conflict is no refusal.
    strict = NUMBERED.replace("max_rejected_rate = 1", "max_rejected_rate = 0")
    plain = WEB + 'native_id = "id"\n    value = "amount"\n'
    project.configure(
        SHOP,
        *(of_its_own(way, strict) for way in WAYS),
        *(of_its_own(order, plain) for order in ORDERS),
        of_its_own("received"),
        of_its_own("one"),
        of_its_own("one").replace('name = "one"', 'name = "another"'),
    )
    project.write("landing/received/a.csv", HEADER + RECEIVED_LATER + ONE)
    project.write("landing/one/a.csv", HEADER + ONE)
    for night in range(2):
        for way, nights in WAYS.items():
            for number, records in enumerate(nights[night] if night < len(nights) else []):
                project.write(f"landing/{way}/{night}_{number}.csv", HEADER + "".join(records))
        for order, files in ORDERS.items():
            for name in files[night] if night < len(files) else ():
                project.write(
                    f"landing/{order}/{name}.csv",
                    "id,at,event,who,amount\n"
                    f"1,2026-01-05T09:00:00Z,purchase,ana,{10 if name == 'a' else 20}\n",
                )
        project.run()
    return project


@pytest.mark.parametrize("way", WAYS)
def test_of_conflicting_deliveries_the_one_received_first_stands(
    conflicts: Project, way: str
) -> None:
    of_source = f"where source = '{way}'"
    stands = conflicts.column(f"select value::varchar from core.touchpoints {of_source}")
    assert stands == ["1.0000"]
    ((file, record_no),) = conflicts.rows(
        f"select file, record_no from ops.rejects {of_source} and reason = 'conflict'"
    )
    loser = (conflicts.dir / file).read_text(encoding="utf-8").splitlines()[record_no]
    assert loser == LATE.strip()
    totals = "select sum(records)::int, sum(accepted + duplicates + rejected)::int from ops.loads "
    assert conflicts.rows(totals + of_source) == [(2, 2)]


def test_when_the_vendor_received_it_makes_no_conflict(conflicts: Project) -> None:
    of_source = "where source = 'received'"
    ledger = conflicts.rows(f"select accepted, duplicates, rejected from ops.loads {of_source}")
    assert ledger == [(1, 1, 0)]
    assert conflicts.column(
        f"select epoch(received_at)::int % 86400 from core.touchpoints {of_source}"
    ) == [9 * 3600 + 1]


def test_two_sources_may_use_the_same_ids(conflicts: Project) -> None:
    assert conflicts.rows(
        "select source, accepted, duplicates from ops.loads where source in ('one', 'another') "
        "order by 1"
    ) == [("another", 1, 0), ("one", 1, 0)]


@pytest.mark.parametrize("order", ORDERS)
def test_the_ledger_says_the_same_of_a_conflict_in_whatever_order_it_comes(
    conflicts: Project, order: str
) -> None:
    of_source = f"where source = '{order}'"
    (stands,) = conflicts.column(f"select value::integer from core.touchpoints {of_source}")
    winner, loser = ("a", "b") if stands == 10 else ("b", "a")
    ledger = conflicts.rows(
        "select parse_filename(file, true), accepted, rejected, conflicts from ops.loads "
        + of_source
    )
    assert sorted(ledger) == sorted([(winner, 1, 0, 0), (loser, 0, 1, 1)])
    told = conflicts.rows(
        "select parse_filename(file, true), record_no, reason, event, detail from ops.rejects "
        + of_source
    )
    assert told == [(loser, 1, "conflict", "purchase", "another telling of the touch stands")]
