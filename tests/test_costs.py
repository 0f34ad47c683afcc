"""What advertising cost: of several words on a part of a campaign's day the last stands."""

import duckdb
import pytest

from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")


def test_of_each_part_of_a_campaigns_day_the_last_word_on_its_cost_stands(
    project: Project,
) -> None:
    costs = """
        [[sources]]
        name = "costs"
        channel = "ads"
        format = "spend"
        files = "landing/costs/*"
        [sources.columns]
        day = "day"
        campaign = "campaign"
        part = "ad"
        cost = "cost"
    """
    project.configure(SHOP, costs)
    project.write_log(
        "landing/costs/a.csv",
        """
        day        | campaign | ad | cost
        -----------+----------+----+-----
        2026-01-05 | spring   | 1  | 10
        2026-01-05 | spring   | 2  | 5
        2026-01-05 | spring   | 2  | 7
        2026-01-05 | to ana@x.org |    | 1
        2026-01-05 | to ana@x.org |    | 2
        """,
    )
    project.run()
    told = "select campaign, part, cost::integer from core.spend order by all"
    assert project.rows(told) == [("spring", "1", 10), ("spring", "2", 7), ("to -", None, 3)]
    # As a night has it whose clock was ahead.
    with duckdb.connect(str(project.published)) as warehouse:
        warehouse.execute("update ops.loads set loaded_at = '2099-01-01'")
    project.write("landing/costs/b.csv", "day,campaign,ad,cost\n2026-01-05,spring,1,12\n")
    project.run()
    assert project.rows(told)[0] == ("spring", "1", 12)
    project.write_log(
        "landing/costs/b.csv",
        """
        day        | campaign | ad | cost
        -----------+----------+----+-----
        2026-01-05 | spring   | 1  | 11
        2026-01-05 | to ana@x.org |    | 4
        """,
    )
    project.run()
    assert project.rows(told) == [("spring", "1", 11), ("spring", "2", 7), ("to -", None, 4)]


def test_a_cost_told_again_in_other_letters_of_its_currency_is_the_same(project: Project) -> None:
    columns = ("day", "channel", "campaign", "cost", "currency")
    mapped = "\n".join(f'{name} = "{name}"' for name in columns)
    costs = source("costs").split("[sources.columns]")[0].replace('"events"', '"spend"')
    project.configure(SHOP, costs + "[sources.columns]\n" + mapped)
    told = "select currency, cost::integer from core.spend order by all"
    # Two accounts may call a campaign the same and pay in two currencies.
    project.write_log(
        "landing/costs/a.csv",
        """
        day        | channel     | campaign | cost | currency
        -----------+-------------+----------+------+---------
        2026-01-05 | paid/social | spring   | 10   | eur
        2026-01-05 | paid/social | spring   | 7    | GBP
        2026-01-06 | paid/social | spring   | 3    |
        """,
    )
    project.run()
    assert project.rows(told) == [("EUR", 3), ("EUR", 10), ("GBP", 7)]
    project.write_log(
        "landing/costs/b.csv",
        """
        day        | channel     | campaign | cost | currency
        -----------+-------------+----------+------+---------
        2026-01-05 | paid/social | spring   | 11   | EUR
        2026-01-06 | paid/social | spring   | 4    | Eur
        """,
    )
    project.run()
    assert project.rows(told) == [("EUR", 4), ("EUR", 11), ("GBP", 7)]
    # As the channel of a touch is told, which cost and visits meet by.
    assert project.column("select distinct channel from core.spend") == ["paid-social"]
