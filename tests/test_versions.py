"""What a source tells anew: of its things the newest version stands, and all that it tells."""

import pytest

from pipeline.errors import ConfigError
from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")


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


@pytest.mark.parametrize("order", ["12", "21"])
def test_a_version_of_an_object_takes_the_place_of_all_that_older_ones_told(
    project: Project, order: str
) -> None:
    keys = {"updated_at": "changed", "object_id": "thing", "value": "amount"}
    project.configure(SHOP, source("shop", "mutable = true", **keys))
    versions = {
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
    for version in order:
        project.write_log(f"landing/shop/{version}.csv", versions[version])
        project.run()
    told = project.rows("select event, value::integer from core.touchpoints order by value")
    assert told == [("purchase", 7), ("purchase", 100)]


@pytest.mark.parametrize("nights", [("12",), ("1", "2"), ("2", "1")])
def test_what_an_object_tells_no_more_may_be_told_of_another(
    project: Project, nights: tuple[str, ...]
) -> None:
    project.configure(
        SHOP, source("shop", "mutable = true", updated_at="changed", object_id="thing")
    )
    versions = {
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
    for night in nights:
        for version in night:
            project.write_log(f"landing/shop/{version}.csv", versions[version])
        project.run()
    counted = "select count(*), count(distinct customer_id) from core.touchpoints"
    assert project.rows(counted) == [(2, 2)]
    assert project.column("select sum(accepted) from ops.loads") == [2]


@pytest.mark.parametrize("order", ["12", "21"])
def test_a_withdrawn_object_stays_withdrawn_in_whatever_order_its_versions_come(
    project: Project, order: str
) -> None:
    project.configure(
        SHOP,
        source("shop", "mutable = true", updated_at="changed")
        .replace('"events"', '"tickets"')
        .split("[sources.columns]")[0],
    )
    project.write(
        "queries/clean/tickets.sql",
        "select record_no, id as native_id, id as object_id, who as user_id, 'complaint' as event, "
        "parse_time(occurred, 'UTC') as occurred_at, parse_time(changed, 'UTC') as updated_at, "
        "merged <> 'yes' as is_touch from records",
    )
    head = "id,occurred,changed,who,merged\n"
    rows = {
        "1": "7,2026-01-05T09:00Z,2026-01-05T09:00Z,ana,no\n"
        "8,2026-01-05T09:00Z,2026-01-05T09:00Z,bob,no\n",
        "2": "7,2026-01-05T09:00Z,2026-01-09T09:00Z,ana,yes\n",
    }
    for version in order:
        project.write(f"landing/shop/{version}.csv", head + rows[version])
        project.run()
    assert project.column("select count(*) from core.touchpoints") == [1]
    assert project.column(
        "select sum(records - accepted - duplicates - rejected) from ops.loads"
    ) == [0]
