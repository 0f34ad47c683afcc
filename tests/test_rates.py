"""Money in several currencies: sums are in the project's, at the rates of a file, or without it."""

from decimal import Decimal

import pytest

from pipeline.errors import ConfigError, SourceError
from tests.projects import SHOP, Project

pytestmark = pytest.mark.usefixtures("core_only")

ORDERS = """
    [[sources]]
    name = "shop"
    channel = "store"
    format = "events"
    files = "landing/shop/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
    order_id = "order"
    value = "amount"
    currency = "money"
"""
TILL = ORDERS.replace("shop", "till")
SPEND = """
    [[sources]]
    name = "costs"
    channel = "ads"
    format = "spend"
    files = "landing/costs/*"
"""
RATES = """
    [rates]
    file = "rates.csv"
"""
REVENUE = "select order_id is not null, revenue from core.touchpoints order by occurred_at"
LEFT_OUT = "select * from ops.unrated order by source, currency"


def revenues(project: Project) -> list[Decimal | None]:
    """Give what each touch adds to revenue, in the order of time."""
    return [revenue for _, revenue in project.rows(REVENUE)]


def money(*amounts: str) -> list[Decimal | None]:
    """Give amounts as the warehouse does; a dash is none."""
    return [None if amount == "-" else Decimal(amount) for amount in amounts]


def test_an_amount_is_taken_at_the_rate_of_the_latest_day_at_or_before(project: Project) -> None:
    project.configure(SHOP.replace('"UTC"', '"America/Santiago"'), ORDERS, RATES)
    project.write_log(
        "rates.csv",
        """
        day        | currency | rate
        -----------+----------+-------
        2026-01-09 | USD      | 0.5
        2026-01-05 | USD      | 0.9
        2026-01-07 | GBP      | 1.2
        """,
    )
    # Santiago is three hours behind: the third purchase is still of the 8th, the fourth of the 9th.
    project.write_log(
        "landing/shop/1.csv",
        """
        at                    | event    | who  | order | amount | money
        ----------------------+----------+------+-------+--------+------
        2026-01-05T12:00:00Z  | purchase | ana  | o1    | 10     | USD
        2026-01-06T12:00:00Z  | purchase | bob  | o2    | 20     | EUR
        2026-01-09T02:59:59Z  | purchase | cleo | o3    | 30     | USD
        2026-01-09T03:00:00Z  | purchase | bob  | o4    | 30     | USD
        2026-01-10T12:00:00Z  | return   | ana  | o1    | -2.001 | USD
        2026-01-11T12:00:00Z  | renewal  | ana  |       | 1.0001 | usd
        2026-01-12T12:00:00Z  | purchase | ana  | o5    | 7      | eur
        """,
    )
    headline = project.run().headline
    assert revenues(project) == money("9", "20", "27", "15", "-1.0005", "0.5001", "7")
    sums = "select sum(value - returned_value) from core.journeys"
    assert project.column(sums) == money("77.4996")
    assert project.rows(LEFT_OUT) == []
    assert "left out" not in headline


@pytest.mark.long
def test_an_amount_without_a_rate_is_left_out_and_told(project: Project) -> None:
    project.configure(SHOP, ORDERS, TILL, SPEND, RATES)
    project.write("rates.csv", "day,currency,rate\n2026-01-07,USD,0.9\n2026-01-01,CLP,0.001\n")
    project.write_log(
        "landing/shop/1.csv",
        """
        at               | event     | who  | order | amount | money
        -----------------+-----------+------+-------+--------+------
        2026-01-05T12:00 | purchase  | ana  | o1    | 10     | USD
        2026-01-06T12:00 | purchase  | ana  | o2    | 5      | USD
        2026-01-06T13:00 | purchase  | bob  | o3    | 3      | GBP
        2026-01-06T14:00 | view_item | bob  |       | 4      | GBP
        2026-01-07T12:00 | purchase  | ana  | o4    | 20     | USD
        2026-01-08T12:00 | purchase  | cleo | o5    | 100    | USD
        2026-01-08T13:00 | purchase  | cleo | o6    | 9      | GBP
        """,
    )
    # The till tells of two of the orders in the project's own money: nothing of them is left out.
    project.write_log(
        "landing/till/1.csv",
        """
        at               | event    | who | order | amount | money
        -----------------+----------+-----+-------+--------+------
        2026-01-06T13:00 | purchase | bob  | o3    | 3.5    | EUR
        2026-01-08T13:00 | purchase | cleo | o6    | 0      | EUR
        """,
    )
    project.write_log(
        "landing/costs/1.csv",
        """
        day        | cost | currency
        -----------+------+---------
        2026-01-06 | 7    | USD
        2026-01-07 | 8    | USD
        2026-01-07 | 9    | EUR
        """,
    )
    headline = project.run().headline
    assert headline.endswith("; amounts left out of sums: 3 in USD, no rate")
    told = [(*map(str, row[:5]), *map(str, row[5:])) for row in project.rows(LEFT_OUT)]
    assert told == [
        ("costs", "USD", "0", "1", "7.0000", "2026-01-06", "2026-01-06"),
        ("shop", "USD", "2", "0", "15.0000", "2026-01-05", "2026-01-06"),
    ]
    assert sum(filter(None, revenues(project))) == Decimal("111.5")
    costs = "select project_cost from core.spend order by day, currency"
    assert project.column(costs) == money("-", "9", "7.2")

    # The rates come late: nothing else is new, and all of it is told anew.
    project.write("rates.csv", "day,currency,rate\n2026-01-01,USD,0.5\n")
    assert "left out" not in project.run().headline
    assert project.rows(LEFT_OUT) == []
    assert sum(filter(None, revenues(project))) == Decimal(71)
    assert project.column(costs) == money("3.5", "9", "4")
    assert project.run().headline == "nothing new; all stands as published"


def test_without_a_rates_file_only_the_projects_own_money_is_summed(project: Project) -> None:
    project.configure(SHOP, ORDERS)
    project.write_log(
        "landing/shop/1.csv",
        """
        at               | event    | who | order | amount | money
        -----------------+----------+-----+-------+--------+------
        2026-01-05T12:00 | purchase | ana | o1    | 10     | USD
        2026-01-06T12:00 | purchase | ana | o2    | 5      | EUR
        2026-01-06T13:00 | purchase | bob | o3    | 3      |
        """,
    )
    assert project.run().headline.endswith("amounts left out of sums: 1 in USD, no rate")
    assert revenues(project) == money("-", "5", "3")


def test_what_is_no_currency_is_not_told_and_has_no_rate(project: Project) -> None:
    project.configure(SHOP, ORDERS, SPEND, RATES)
    project.write("rates.csv", "day,currency,rate\n2026-01-01,USD,2\n")
    project.write_log(
        "landing/shop/1.csv",
        """
        at               | event    | who | order | amount | money
        -----------------+----------+-----+-------+--------+--------------
        2026-01-05T12:00 | purchase | ana | o1    | 10     | usd
        2026-01-06T12:00 | purchase | ana | o2    | 5      | ana@x.org
        2026-01-06T13:00 | purchase | bob | o3    | 3      | Maria Canaria
        2026-01-06T14:00 | purchase | bob | o4    | 2      | €
        """,
    )
    project.write_log(
        "landing/costs/1.csv",
        """
        day        | cost | currency  | channel
        -----------+------+-----------+----------
        2026-01-06 | 7    | ana@x.org | ana@x.org
        2026-01-06 | 8    | usd       | ads
        """,
    )
    assert project.run().headline.endswith("amounts left out of sums: 4 in unknown, no rate")
    assert revenues(project) == money("20", "-", "-", "-")
    told = "select channel, currency, project_cost from core.spend order by channel"
    assert project.rows(told) == [("-", "unknown", None), ("ads", "USD", Decimal(16))]


def test_a_blank_for_a_currency_is_the_projects_own(project: Project) -> None:
    project.configure(SHOP, ORDERS.replace('"events"', '"orders"').split("[sources.columns]")[0])
    project.write(
        "queries/clean/orders.sql",
        "select record_no, day::date as occurred_at, 'purchase' as event, who as user_id, "
        "amount::decimal(18, 4) as value, replace(money, '_', ' ') as currency from records",
    )
    project.write_log(
        "landing/shop/1.csv",
        """
        day        | who | amount | money
        -----------+-----+--------+------
        2026-01-05 | ana | 10     | _
        2026-01-06 | ana | 5      |
        2026-01-07 | ana | 2      | _eur_
        """,
    )
    assert "left out" not in project.run().headline
    assert revenues(project) == money("10", "5", "2")


def test_what_no_other_telling_counts_is_told_as_left_out(project: Project) -> None:
    project.configure(SHOP, "[identity]\nmax_links = 2", ORDERS, TILL)
    project.write_log(
        "landing/shop/1.csv",
        """
        at               | event    | who  | order | amount | money
        -----------------+----------+------+-------+--------+------
        2026-01-05T10:00 | purchase | ana  | o1    | 100    | EUR
        2026-01-05T11:00 | refund   | ana  | o1    | -20    | EUR
        2026-01-05T12:00 | refund   | ana  | o1    | -1     | USD
        2026-01-06T10:00 | purchase | ana  | o2    | 100    | EUR
        2026-01-06T11:00 | renewal  | ana  | o2    | 20     | EUR
        2026-01-06T12:00 | renewal  | ana  | o2    | 2      | USD
        2026-01-07T10:00 | purchase | ana  | o3    | 100    | EUR
        2026-01-07T11:00 | refund   | ana  | o3    | -3     | USD
        2026-01-08T11:00 | refund   | ana  | o4    | -20    | EUR
        2026-01-09T10:00 | purchase | ana  | o5    | 100    | EUR
        2026-01-09T11:00 | refund   | ana  | o5    | -5     | USD
        2026-01-10T10:00 | purchase | ana  | cash  | 100    | EUR
        2026-01-10T10:00 | purchase | bob  | cash  | 100    | EUR
        2026-01-10T10:00 | purchase | cleo | cash  | 100    | EUR
        2026-01-10T11:00 | purchase | ana  | cash  | 6      | USD
        """,
    )
    # Of o1 the shop tells what came back, and of o5 the till does, for it tells it in euros.
    # Nobody knows o4 as bought, so that all that came back of it counts.
    project.write_log(
        "landing/till/1.csv",
        """
        at               | event    | who  | order | amount | money
        -----------------+----------+------+-------+--------+------
        2026-01-05T13:00 | refund   | ana  | o1    | -21    | USD
        2026-01-08T12:00 | refund   | ana  | o4    | -4     | USD
        2026-01-09T12:00 | refund   | ana  | o5    | -6     | EUR
        """,
    )
    assert project.run().headline.endswith("; amounts left out of sums: 5 in USD, no rate")
    told = "select source, touches, value::integer from ops.unrated order by source"
    assert project.rows(told) == [("shop", 4, -1 + 2 - 3 + 6), ("till", 1, -4)]


def test_an_amount_that_grows_too_large_at_its_rate_is_left_out(project: Project) -> None:
    project.configure(SHOP, ORDERS, RATES)
    project.write("rates.csv", "day,currency,rate\n2026-01-01,USD,99999999.9999999999\n")
    project.write_log(
        "landing/shop/1.csv",
        """
        at               | event    | who | order | amount           | money
        -----------------+----------+-----+-------+------------------+------
        2026-01-05T12:00 | purchase | ana | o1    | 89999999999.9999 | USD
        2026-01-06T12:00 | purchase | ana | o2    | 0.0001           | USD
        """,
    )
    assert project.run().headline.endswith("left out of sums: 1 in USD, no rate")
    assert revenues(project) == money("-", "10000")


@pytest.mark.parametrize(
    "rows",
    [
        "day,currency,rate\nk22@canary.example,USD,0.9",
        "day,currency,rate\n2026-01-05,k22@canary.example,0.9",
        "day,currency,rate\n2026-01-05,USD,k22@canary.example",
        "day,currency,rate\n2026-01-05,USD,0.9\n2026-01-05,USD,0.9,k22@canary.example",
        "k22@canary.example,USD,0.9",
    ],
)
def test_of_what_the_file_holds_nothing_is_quoted(project: Project, rows: str) -> None:
    project.configure(SHOP, ORDERS, RATES)
    project.write("rates.csv", f"{rows}\n")
    with pytest.raises(ConfigError) as caught:
        project.run()
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "2026-01-05,USD,0.9\n05/01/2026,USD,0.9",
            ["record 2", "2026-01-31", "column day", "found another value"],
        ),
        ("2026-02-30,USD,0.9", ["record 1", "a day such as", "found another value"]),
        (",USD,0.9", ["record 1", "a day such as", "found nothing"]),
        (
            "2026-01-05,dollar,0.9",
            ["record 1", "three capital letters", "column currency", "found another value"],
        ),
        ("2026-01-05,usd,0.9", ["record 1", "three capital letters", "found another value"]),
        (
            "2026-01-05,USD,0",
            ["record 1", "a positive number", "column rate", "found another value"],
        ),
        ("2026-01-05,USD,-1", ["record 1", "a positive number", "found another value"]),
        ('2026-01-05,USD,"0,9"', ["record 1", "a positive number", "found another value"]),
        ("2026-01-05,USD,1_000", ["record 1", "a positive number", "found another value"]),
        ("2026-01-05,USD,0.00000000001", ["record 1", "a positive number"]),
        ("2026-01-05,USD,", ["record 1", "a positive number", "found nothing"]),
        (
            "2026-01-05,EUR,1.1",
            ["record 1", "project's own currency", "found another value", "how much EUR"],
        ),
        (
            "2026-01-05,USD,1\n2026-01-05,GBP,1\n2026-01-05,USD,2\n2026-01-05,GBP,2",
            [
                "record 3",
                "one rate of a currency a day",
                "(record 1 tells it), found another value",
                "1 more are wrong",
            ],
        ),
        ("2026-01-05,USD", ["record 1", "as many fields", "found short_row"]),
    ],
)
def test_a_wrong_row_stops_the_night_and_is_told(
    project: Project, rows: str, told: list[str]
) -> None:
    project.configure(SHOP, ORDERS, RATES)
    file = project.write("rates.csv", f"day,currency,rate\n{rows}\n")
    with pytest.raises(ConfigError) as caught:
        project.run()
    assert [part for part in [str(file), *told] if part not in str(caught.value)] == []
    assert not project.published.exists()


def test_a_rates_file_that_is_not_there_or_has_other_columns_is_told(project: Project) -> None:
    project.configure(SHOP, ORDERS, RATES)
    with pytest.raises(ConfigError, match=r"rates\.file names .*rates\.csv, which is not there"):
        project.run()
    project.write("rates.csv", "date,cur,worth\n")
    with pytest.raises(
        ConfigError, match="it lacks day, currency, rate, found others; is there a header"
    ):
        project.run()
    project.write("rates.csv", "date,currency,rate\n")
    with pytest.raises(ConfigError, match="it lacks day, found date, currency, rate"):
        project.run()
    project.write("rates.csv", "date;currency;rate\n")
    with pytest.raises(SourceError, match=r"one column whose name holds ';'\. Mend `delimiter`"):
        project.run()
    project.configure(SHOP, ORDERS, RATES, "delimiter = ';'")
    with pytest.raises(ConfigError, match=r"it lacks day, found date, currency, rate"):
        project.run()
    project.write("rates.csv", "")
    with pytest.raises(SourceError, match=r"rates\.csv cannot be read: empty_file"):
        project.run()
