"""What a source tells anew: of its things the newest version stands, and all that it tells."""

import pytest

from pipeline.errors import ConfigError
from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")


@pytest.mark.long
def test_of_a_mutable_source_the_newest_version_stands_in_whatever_order_it_comes(
    project: Project,
) -> None:
    project.configure(SHOP, source("shop", "mutable = true", updated_at="changed", value="amount"))
    log = """
        id | time              | event    | who | changed           | amount
        ---+-------------------+----------+-----+-------------------+-------
        1  | 2026-01-05T09:00Z | purchase | ana | {changed}         | {amount}
    """
    nights = [("2026-01-06T09:00Z", 20), ("2026-01-05T09:00Z", 10), ("2026-01-07T09:00Z", 15)]
    stands = []
    for number, (changed, amount) in enumerate(nights):
        project.write_log(f"landing/shop/{number}.csv", log.format(changed=changed, amount=amount))
        project.run()
        stands += project.rows("select value::integer, count(*) over () from core.touchpoints")
    assert stands == [(20, 1), (20, 1), (15, 1)]
    ledger = project.rows("select accepted, duplicates, rejected from ops.loads order by file")
    assert ledger == [(1, 0, 0), (0, 1, 0), (1, 0, 0)]
    assert project.rows("select * from ops.rejects") == []


def test_a_mutable_table_needs_the_time_of_a_version(project: Project) -> None:
    project.configure(SHOP, source("web", "mutable = true"))
    with pytest.raises(ConfigError, match="mutable = true needs updated_at"):
        project.run()


# An object that tells of two touches, then of one.
OBJECTS = {
    "1": """
        id | time              | event           | who | changed           | thing | amount
        ---+-------------------+-----------------+-----+-------------------+-------+-------
        1  | 2026-01-05T09:00Z | purchase        | ana | 2026-01-06T09:00Z | o1    | 100
        2  | 2026-01-06T09:00Z | order_cancelled | ana | 2026-01-06T09:00Z | o1    | -100
        3  | 2026-01-06T09:00Z | purchase        | bob | 2026-01-06T09:00Z | o2    | 7
    """,
    "2": """
        id | time              | event           | who | changed           | thing | amount
        ---+-------------------+-----------------+-----+-------------------+-------+-------
        1  | 2026-01-05T09:00Z | purchase        | ana | 2026-01-07T09:00Z | o1    | 100
    """,
}
# A touch that one object tells no more, and another tells now.
TOUCHES = {
    "1": """
        id | time              | event    | who | changed           | thing
        ---+-------------------+----------+-----+-------------------+------
        1  | 2026-01-05T09:00Z | purchase | ana | 2026-01-07T09:00Z | o1
        2  | 2026-01-05T09:00Z | purchase | ana | 2026-01-08T09:00Z | o1
    """,
    "2": """
        id | time              | event    | who | changed           | thing
        ---+-------------------+----------+-----+-------------------+------
        1  | 2026-01-05T09:00Z | purchase | bob | 2026-01-06T09:00Z | o2
    """,
}
# Two tickets, of which the first is merged into another.
TICKETS = {
    "1": """
        id | occurred          | changed           | who | merged
        ---+-------------------+-------------------+-----+-------
        7  | 2026-01-05T09:00Z | 2026-01-05T09:00Z | ana | no
        8  | 2026-01-05T09:00Z | 2026-01-05T09:00Z | bob | no
    """,
    "2": """
        id | occurred          | changed           | who | merged
        ---+-------------------+-------------------+-----+-------
        7  | 2026-01-05T09:00Z | 2026-01-09T09:00Z | ana | yes
    """,
}
# Which file comes in which night.
ORDERS = {"at_once": ("12", ""), "in_order": ("1", "2"), "turned": ("2", "1")}
TOLD = {"objects": OBJECTS, "touches": TOUCHES, "tickets": TICKETS}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Project:
    """Tell of all these in every order, each in a source of its own, in two nights."""
    project = Project(tmp_path_factory.mktemp("versions"))
    columns = {"updated_at": "changed", "object_id": "thing"}
    sources = {
        "objects": source("shop", "mutable = true", **columns, value="amount"),
        "touches": source("shop", "mutable = true", **columns),
        "tickets": source("shop", "mutable = true", updated_at="changed")
        .replace('"events"', '"tickets"')
        .split("[sources.columns]")[0],
    }
    project.configure(
        SHOP,
        *(sources[kind].replace("shop", f"{kind}_{order}") for kind in TOLD for order in ORDERS),
    )
    project.write(
        "queries/clean/tickets.sql",
        "select record_no, id as native_id, id as object_id, who as user_id, 'complaint' as event, "
        "parse_time(occurred, 'UTC') as occurred_at, parse_time(changed, 'UTC') as updated_at, "
        "merged <> 'yes' as is_touch from records",
    )
    for night in range(2):
        for kind, versions in TOLD.items():
            for order, files in ORDERS.items():
                for version in files[night]:
                    file = f"landing/{kind}_{order}/{version}.csv"
                    project.write_log(file, versions[version])
        project.run()
    return project


@pytest.mark.parametrize("order", ORDERS)
def test_a_version_of_an_object_takes_the_place_of_all_that_older_ones_told(
    shop: Project, order: str
) -> None:
    told = shop.rows(
        "select event, value::integer from core.touchpoints "
        f"where source = 'objects_{order}' order by value"
    )
    assert told == [("purchase", 7), ("purchase", 100)]


@pytest.mark.parametrize("order", ORDERS)
def test_what_an_object_tells_no_more_may_be_told_of_another(shop: Project, order: str) -> None:
    of_source = f"where source = 'touches_{order}'"
    counted = f"select count(*), count(distinct customer_id) from core.touchpoints {of_source}"
    assert shop.rows(counted) == [(2, 2)]
    assert shop.column(f"select sum(accepted) from ops.loads {of_source}") == [2]


@pytest.mark.parametrize("order", ORDERS)
def test_a_withdrawn_object_stays_withdrawn_in_whatever_order_its_versions_come(
    shop: Project, order: str
) -> None:
    of_source = f"where source = 'tickets_{order}'"
    assert shop.column(f"select count(*) from core.touchpoints {of_source}") == [1]
    assert shop.column(
        f"select sum(records - accepted - duplicates - rejected) from ops.loads {of_source}"
    ) == [0]
