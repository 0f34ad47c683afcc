"""Who comes back after a first purchase: cohorts worked by hand, and told again in plain loops."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.core_tables import QUERIES, empty_warehouse, make_marts, rows_of

MONTH = timedelta(days=30)
ZONE = ZoneInfo("America/Santiago")

# Santiago is three hours behind, so Ana bought in January; her month 0 ends on 2026-03-03 at 02:30.
TOUCHES = """
    customer | journey | at               | event       | converts | sentiment | revenue
    ---------+---------+------------------+-------------+----------+-----------+--------
    ana      | a1      | 2026-01-15 12:00 | refund      | no       |           | -5
    ana      | a1      | 2026-02-01 02:30 | purchase    | yes      |           | 100
    ana      | a1      | 2026-02-10 12:00 | return      | no       |           | -30
    ana      | a1      | 2026-02-11 12:00 | refund      | no       |           |
    ana      | a2      | 2026-03-03 02:29 | view_item   | no       |           |
    ana      | a2      | 2026-03-03 02:30 | purchase    | yes      |           | 40
    ana      | a3      | 2026-03-05 12:00 | purchase    | yes      |           | 10
    bob      | b1      | 2026-01-20 12:00 | purchase    | yes      |           | 50
    bob      | b1      | 2026-01-21 12:00 | review      | no       | 1         |
    bob      | b1      | 2026-01-22 12:00 | review      | no       | 0         |
    bob      | b1      | 2026-02-18 12:00 | renewal     | no       |           | 9
    bob      | b1      | 2026-03-22 12:00 | review      | no       | -1        |
    bob      | b1      | 2026-03-23 12:00 | recommend   | no       |           |
    bob      |         | 2026-03-24 12:00 | complaint   | no       |           |
    cleo     | c1      | 2026-01-02 12:00 | purchase    | yes      |           | 70
    cleo     | c1      | 2026-01-02 12:00 | purchase    | no       |           | 20
    dan      | d1      | 2026-02-20 12:00 | purchase    | yes      |           | 60
    dan      | d1      | 2026-02-21 12:00 | complaint   | no       |           |
    eva      | e1      | 2026-02-22 12:00 | return      | no       |           | -15
"""
CELLS = {
    "ana": ("loyal", "email"),
    "bob": ("loyal", "email"),
    "cleo": (None, "direct"),
    "dan": ("loyal", "direct"),
    "eva": ("loyal", "direct"),
}
CUT_OFF = datetime(2026, 4, 5, tzinfo=UTC)

Touch = dict[str, Any]


def drawn_touches() -> list[Touch]:
    return [
        {
            "customer": customer,
            "journey": journey or None,
            "at": datetime.fromisoformat(f"{at}+00:00"),
            "event": event,
            "converts": converts == "yes",
            "sentiment": int(sentiment) if sentiment else None,
            "revenue": Decimal(revenue) if revenue else None,
        }
        for customer, journey, at, event, converts, sentiment, revenue in rows_of(TOUCHES)
    ]


def fill(warehouse: duckdb.DuckDBPyConnection, touches: list[Touch], cut_off: datetime) -> None:
    """Make the mart of some touches, each customer's in their order."""
    for table in ("core.touchpoints", "core.journeys", "ops.project"):
        warehouse.execute(f"delete from {table}")
    warehouse.execute(
        "insert into ops.project by name select ? as time_zone, ?::timestamptz as cut_off",
        [ZONE.key, cut_off],
    )
    touch_no = dict.fromkeys(CELLS, 0)
    journeys: dict[str, list[Touch]] = {}
    # Only the journey that converted first says how its customer came.
    converted_first = {
        touch["customer"]: touch["journey"] for touch in reversed(touches) if touch["converts"]
    }
    for number, touch in enumerate(touches):
        touch_no[touch["customer"]] += 1
        warehouse.execute(
            "insert into core.touchpoints by name select ? as touchpoint_id, ? as customer_id, "
            "? as journey_id, ?::timestamptz as occurred_at, ? as event, ? as is_conversion, "
            "?::bigint as sentiment, ?::decimal(18, 4) as revenue, ?::bigint as touch_no",
            [f"t{number}", *touch.values(), touch_no[touch["customer"]]],
        )
        if touch["journey"]:
            journeys.setdefault(touch["journey"], []).append(touch)
    for journey, own in journeys.items():
        segment, traffic = CELLS[own[0]["customer"]]
        earned = [touch["revenue"] or 0 for touch in own]
        warehouse.execute(
            "insert into core.journeys by name select ? as journey_id, ? as customer_id, "
            "? as segment, ? as first_traffic, ?::timestamptz as converted_at, "
            "?::decimal(18, 4) as value, ?::decimal(18, 4) as returned_value",
            [
                journey,
                own[0]["customer"],
                segment,
                traffic if journey in converted_first.values() else "social",
                next((touch["at"] for touch in own if touch["converts"]), None),
                sum(value for value in earned if value > 0),
                -sum(value for value in earned if value < 0),
            ],
        )
    make_marts(warehouse, "retention")


def make_warehouse() -> duckdb.DuckDBPyConnection:
    warehouse = empty_warehouse()
    fill(warehouse, drawn_touches(), CUT_OFF)
    warehouse.execute((QUERIES / "macros" / "analysts" / "retention.sql").read_text())
    return warehouse


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with make_warehouse() as warehouse:
        yield warehouse


def drawn_result(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    return [
        tuple("" if value is None else str(value) for value in row)
        for row in warehouse.sql(query).fetchall()
    ]


def test_a_cohort_is_counted_in_months_of_its_customers_own(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        cohort     | month | segment | traffic | customers | buyers | conversions | returners | advocates | detractors | value
        -----------+-------+---------+---------+-----------+--------+-------------+-----------+-----------+------------+--------
        2026-01-01 | 0     | loyal   | email   | 2         | 1      | 0           | 1         | 1         | 0          | 129.0000
        2026-01-01 | 1     | loyal   | email   | 2         | 1      | 2           | 0         | 0         | 0          | 50.0000
        2026-01-01 | 2     | loyal   | email   | 2         | 0      | 0           | 0         | 1         | 1          | 0.0000
        2026-01-01 | 3     | loyal   | email   | 2         | 0      | 0           | 0         | 0         | 0          | 0.0000
        2026-01-01 | 0     |         | direct  | 1         | 0      | 0           | 0         | 0         | 0          | 90.0000
        2026-01-01 | 1     |         | direct  | 1         | 0      | 0           | 0         | 0         | 0          | 0.0000
        2026-01-01 | 2     |         | direct  | 1         | 0      | 0           | 0         | 0         | 0          | 0.0000
        2026-01-01 | 3     |         | direct  | 1         | 0      | 0           | 0         | 0         | 0          | 0.0000
        2026-02-01 | 0     | loyal   | direct  | 1         | 0      | 0           | 0         | 0         | 1          | 60.0000
        2026-02-01 | 1     | loyal   | direct  | 1         | 0      | 0           | 0         | 0         | 0          | 0.0000
        2026-02-01 | 2     | loyal   | direct  | 1         | 0      | 0           | 0         | 0         | 0          | 0.0000
    """  # noqa: E501
    counts = "customers, buyers, conversions, returners, advocates, detractors, value"
    in_mart = f"select cohort, months_since, segment, first_traffic, {counts} from marts.retention"
    assert drawn_result(warehouse, in_mart) == rows_of(expected)


def test_what_was_done_so_far_holds_each_customer_once(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        month | repurchased | returned | advocated | detracted | value
        ------+-------------+----------+-----------+-----------+---------
        0     | 1           | 1        | 1         | 0         | 129.0000
        1     | 2           | 1        | 1         | 0         | 179.0000
        2     | 2           | 1        | 1         | 1         | 179.0000
        3     | 2           | 1        | 1         | 1         | 179.0000
    """
    so_far = [f"{name}_so_far" for name in ("repurchased", "returned", "advocated", "detracted")]
    query = f"""
        select months_since, {", ".join(so_far)}, value_so_far
        from marts.retention where segment = 'loyal' and cohort = '2026-01-01'
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


@pytest.mark.parametrize(
    ("cut_off", "ripe"),
    [
        # January ends in Santiago at 03:00 on the 1st of February, and its month 0 thirty days on.
        ("2026-03-03 02:59:59.999999", []),
        ("2026-03-03 03:00", [0]),
        ("2026-04-02 03:00", [0, 1]),
    ],
)
def test_a_month_is_ripe_once_the_last_of_the_cohort_may_have_lived_it(
    cut_off: str, ripe: list[int]
) -> None:
    with empty_warehouse() as small:
        fill(small, drawn_touches()[7:8], datetime.fromisoformat(f"{cut_off}+00:00"))
        rows = small.sql("select months_since from marts.retention where is_ripe").fetchall()
        assert [month for (month,) in rows] == ripe


def test_a_cohort_has_the_months_that_its_earliest_customer_may_have_begun() -> None:
    with empty_warehouse() as small:
        for cut_off, months in (("2026-01-31 02:59:59", 1), ("2026-01-31 03:00", 2)):
            fill(small, drawn_touches()[7:8], datetime.fromisoformat(f"{cut_off}+00:00"))
            (found,) = small.sql("select count(*) from marts.retention").fetchall()[0]
            assert found == months


def test_the_macro_gives_rates_in_ripe_months_alone(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        cohort     | month | ripe  | customers | buyers | rate  | again | returned | advocated | each
        -----------+-------+-------+-----------+--------+-------+-------+----------+-----------+-----
        2026-01-01 | 0     | True  | 3         | 1      | 0.333 | 0.333 | 0.333    | 0.333     | 73.0
        2026-01-01 | 1     | True  | 3         | 1      | 0.333 | 0.667 | 0.333    | 0.333     | 89.67
        2026-01-01 | 2     | False | 3         | 0      |       |       |          |           |
        2026-01-01 | 3     | False | 3         | 0      |       |       |          |           |
        2026-02-01 | 0     | True  | 1         | 0      | 0.0   | 0.0   | 0.0      | 0.0       | 60.0
        2026-02-01 | 1     | False | 1         | 0      |       |       |          |           |
        2026-02-01 | 2     | False | 1         | 0      |       |       |          |           |
    """  # noqa: E501
    query = """
        select
            cohort, months_since, is_ripe, customers, buyers, round(buyer_rate, 3),
            round(repurchase_rate, 3), round(return_rate, 3), round(advocacy_rate, 3),
            round(value_per_customer, 2)
        from retention()
    """
    assert drawn_result(warehouse, query) == rows_of(expected)
    bounds = "repurchase_low, repurchase_high"
    low, high = warehouse.sql(f"select {bounds} from retention() offset 1 limit 1").fetchall()[0]
    interval = binomtest(2, 3).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize(
    ("given", "customers"),
    [
        ("segment := 'loyal'", [2, 1]),
        ("traffic := 'direct'", [1, 1]),
        ("traffic := 'social'", []),
        ("from_month := '2026-02-17'", [1]),
        ("to_month := date '2026-01-01'", [3]),
        ("from_month := '2026-01-31', to_month := '2026-02-01'", [3, 1]),
    ],
)
def test_the_macro_filters_by_what_is_given(
    warehouse: duckdb.DuckDBPyConnection, given: str, customers: list[int]
) -> None:
    query = f"select customers from retention({given}) where months_since = 0"
    assert [row[0] for row in warehouse.sql(query).fetchall()] == customers


def test_customers_buy_again_sooner_or_later(warehouse: duckdb.DuckDBPyConnection) -> None:
    query = (QUERIES / "questions" / "how_soon_customers_buy_again.sql").read_text()
    nothing = dict.fromkeys(("segment", "traffic", "from_month", "to_month"))
    expected = [(0, 2, 4, 25.0, 25.0), (1, 1, 3, 33.3, 66.7)]
    rows = warehouse.sql(query, params=nothing).fetchall()
    assert [row[:5] for row in rows] == expected
    loyal = warehouse.sql(query, params={**nothing, "segment": "loyal"}).fetchall()
    assert [row[:5] for row in loyal] == [(0, 2, 3, 33.3, 33.3), (1, 1, 2, 50.0, 100.0)]


def test_first_traffic_of_loyal_customers(warehouse: duckdb.DuckDBPyConnection) -> None:
    query = (QUERIES / "questions" / "first_traffic_of_loyal_customers.sql").read_text()
    rows = warehouse.sql(query, params={"months": 2, "segment": None}).fetchall()
    assert rows == [
        ("email", 2, 100.0, 34.2, 100.0, 50.0, 50.0, 0.0, 89.5),
        ("direct", 1, 0.0, 0.0, 79.3, 0.0, 0.0, 0.0, 90.0),
    ]


# ---- Plain loops -------------------------------------------------------------------------------

EVENTS = ("purchase", "renewal", "return", "review", "recommend", "complaint", "view_item")


def is_deed(touch: Touch, deed: str) -> bool:
    event, sentiment = touch["event"], touch["sentiment"] or 0
    deeds = {
        "buyers": touch["converts"] or event == "renewal",
        "returners": event in ("return", "refund"),
        "advocates": event == "recommend" or (event == "review" and sentiment > 0),
        "detractors": event == "complaint" or (event == "review" and sentiment < 0),
    }
    return bool(deeds[deed])


def retention_by_loops(touches: list[Touch], cut_off: datetime) -> list[tuple[Any, ...]]:
    """Tell each row of the mart by looking at every customer and touch again."""
    placed = [touch for touch in touches if touch["journey"]]
    own = {name: [touch for touch in placed if touch["customer"] == name] for name in CELLS}
    cohorts: dict[tuple[Any, ...], list[list[Touch]]] = {}
    for name, told in own.items():
        firsts = [number for number, touch in enumerate(told) if touch["converts"]]
        if firsts:
            since_purchase = told[firsts[0] :]
            bought_on = since_purchase[0]["at"].astimezone(ZONE).date()
            cohorts.setdefault((bought_on.replace(day=1), *CELLS[name]), []).append(since_purchase)
    rows = []
    for (cohort, segment, traffic), customers in cohorts.items():
        began_at = datetime(cohort.year, cohort.month, 1, tzinfo=ZONE)
        next_month = (began_at + timedelta(days=32)).replace(day=1, tzinfo=None)
        ended_at = next_month.replace(tzinfo=ZONE).astimezone(UTC)
        month = 0
        while began_at.astimezone(UTC) + month * MONTH <= cut_off:
            rows.append(
                (
                    *(cohort, month, segment, traffic, len(customers)),
                    *month_by_loops(customers, month),
                    ended_at + (month + 1) * MONTH <= cut_off,
                )
            )
            month += 1
    return sorted(rows, key=repr)


def month_by_loops(customers: list[list[Touch]], month: int) -> list[Any]:
    in_month, so_far = [], []
    for deed in ("buyers", "returners", "advocates", "detractors"):
        months = [
            {
                (touch["at"] - told[0]["at"]) // MONTH
                for number, touch in enumerate(told)
                if is_deed(touch, deed) and (number > 0 or deed != "buyers")
            }
            for told in customers
        ]
        in_month.append(sum(month in done for done in months))
        so_far.append(sum(min(done, default=month + 1) <= month for done in months))
    value = [
        sum(
            touch["revenue"] or 0
            for told in customers
            for touch in told
            if (touch["at"] - told[0]["at"]) // MONTH in span
        )
        for span in ([month], range(month + 1))
    ]
    return [*in_month, value[0], *so_far, value[1]]


@st.composite
def logs(draw: st.DrawFn) -> list[Touch]:
    """Draw what some customers did, at times that like the edges of months."""
    touches = []
    for name in CELLS:
        hours = draw(st.lists(st.sampled_from(range(0, 150 * 24, 6)), max_size=8))
        for number, hour in enumerate(sorted(hours)):
            event = draw(st.sampled_from(EVENTS))
            amount = draw(st.sampled_from([None, 5, 20])) if event != "view_item" else None
            touches.append(
                {
                    "customer": name,
                    "journey": f"{name}{number}",
                    "at": datetime(2025, 12, 20, 3, tzinfo=UTC) + timedelta(hours=hour),
                    "event": event,
                    "converts": event == "purchase" and draw(st.booleans()),
                    "sentiment": draw(st.sampled_from([None, -1, 0, 1])),
                    "revenue": amount and Decimal(-amount if event == "return" else amount),
                }
            )
    return touches


@pytest.mark.long
@settings(max_examples=20)
@given(touches=logs(), days_after=st.integers(0, 70))
@example(touches=drawn_touches(), days_after=12)
def test_the_mart_is_what_plain_loops_tell(touches: list[Touch], days_after: int) -> None:
    latest = max((touch["at"] for touch in touches), default=datetime(2026, 1, 1, tzinfo=UTC))
    cut_off = latest + timedelta(days=days_after)
    with empty_warehouse() as small:
        fill(small, touches, cut_off)
        found = small.sql("select * exclude (conversions) from marts.retention").fetchall()
        for law in sorted((QUERIES / "checks").glob("marts.retention.*.sql")):
            assert small.sql(law.read_text(encoding="utf-8")).fetchall() == []
    assert sorted(found, key=repr) == retention_by_loops(touches, cut_off)
