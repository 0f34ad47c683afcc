"""Suspected doubles: what two sources may have told of one purchase is listed, and never merged."""

import pytest

from tests.command import recorrido
from tests.projects import SHOP, Project

pytestmark = pytest.mark.usefixtures("core_only")

SOURCES = "\n".join(
    f"""
    [[sources]]
    name = "{name}"
    channel = "store"
    format = "events"
    files = "landing/{name}/*"
    [sources.columns]
    native_id = "id"
    occurred_at = "at"
    event = "event"
    user_id = "who"
    order_id = "order"
    value = "amount"
    currency = "money"
    """
    for name in ("shop", "till")
)
LOGS = {
    "shop": """
        id | at               | event         | who  | order | amount | money
        ---+------------------+---------------+------+-------+--------+------
        s1 | 2026-01-05T12:00 | purchase      | ana  | A     | 10     | EUR
        s2 | 2026-01-06T12:00 | purchase      | ana  | B     | 10     |
        s3 | 2026-01-07T12:00 | purchase      | ana  | C     | 10     | EUR
        s4 | 2026-01-08T12:00 | purchase      | ana  | D     | 10     | EUR
        s5 | 2026-01-09T12:00 | purchase      | ana  | E     | 10     | EUR
        s6 | 2026-01-10T12:00 | purchase      | ana  | F     | 10     | EUR
        s7 | 2026-01-11T12:00 | purchase      | ana  | G     | 10     | EUR
        s8 | 2026-01-11T12:05 | purchase      | ana  | H     | 10     | EUR
        s9 | 2026-01-12T12:00 | add_to_cart   | ana  | I     | 10     | EUR
        s0 | 2026-01-13T12:00 | purchase      | ana  | J     |        |
    """,
    # One hour later to the second and to the microsecond more; another order's own id, amount,
    # currency, customer; no purchase; no amount.
    "till": """
        id | at                         | event    | who | order | amount | money
        ---+----------------------------+----------+-----+-------+--------+------
        t1 | 2026-01-05T13:00           | purchase | ana | t-1   | 10     | EUR
        t2 | 2026-01-06T11:30           | purchase | ana |       | 10     | EUR
        t3 | 2026-01-07T13:00:00.000001 | purchase | ana | t-3   | 10     | EUR
        t4 | 2026-01-08T12:10           | purchase | ana | D     | 10     | EUR
        t5 | 2026-01-09T12:10           | purchase | ana | t-5   | 10.01  | EUR
        t6 | 2026-01-10T12:10           | purchase | ana | t-6   | 10     | USD
        t7 | 2026-01-10T12:20           | purchase | bob | t-7   | 10     | EUR
        t9 | 2026-01-12T12:10           | purchase | ana | t-9   | 10     | EUR
        t0 | 2026-01-13T12:10           | purchase | ana | t-0   |        |
    """,
}


def test_purchases_that_may_be_one_are_listed_in_pairs_and_not_merged(project: Project) -> None:
    project.configure(SHOP, SOURCES)
    for name, log in LOGS.items():
        project.write_log(f"landing/{name}/1.csv", log)
    project.run()
    assert project.rows(
        "select source, strftime(occurred_at, '%d %H:%M'), order_id is null, other_source, "
        "strftime(other_occurred_at, '%d %H:%M'), other_order_id is null, value::double, currency "
        "from ops.suspected_doubles"
    ) == [
        ("shop", "05 12:00", False, "till", "05 13:00", False, 10.0, "EUR"),
        ("till", "06 11:30", True, "shop", "06 12:00", False, 10.0, "EUR"),
    ]
    assert project.rows(
        "select count(*), count(distinct touches.touchpoint_id) from ops.suspected_doubles "
        "inner join core.touchpoints as touches on touches.touchpoint_id in "
        "(suspected_doubles.touchpoint_id, other_touchpoint_id) "
        "and touches.customer_id = suspected_doubles.customer_id and touches.revenue = 10"
    ) == [(4, 4)]
    told = recorrido("status", cwd=project.dir).stdout
    lines = [line.split() for line in told.splitlines()]
    assert ["shop", "till", "2"] in lines
    # The amount in another currency, in a project without rates.
    assert ["till", "USD", "1", "0", "10.0000", "2026-01-10", "2026-01-10"] in lines
