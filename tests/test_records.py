"""Records as they are told: columns, words, times, and adapters of one's own."""

import json
from datetime import UTC, datetime

import pytest

from pipeline.errors import PipelineError
from tests.projects import SHOP, WEB, Project

EVENTS_BY_NAME = """
    [sources.events]
    product_view = "view_item"
    [sources.channels]
    "tienda física" = "store"
"""
WIDE = """
    [[sources]]
    name = "wide"
    channel = "web"
    format = "events"
    files = "landing/wide/*"
    timezone = "America/Santiago"
    props = ["colour", "select"]
    [sources.columns]
    occurred_at = "When it was"
    event = "event"
    user_id = "who"
    channel = "where"
    value = "from"
    campaign = "group"
"""
MILLISECONDS = WEB.replace('"web"', '"clock"').replace("/web/", "/clock/")
DECLARED = MILLISECONDS.replace("max_rejected_rate", 'time_unit = "ms"\n    max_rejected_rate')


def test_columns_and_words_are_those_that_the_config_names(project: Project) -> None:
    project.configure(SHOP, WIDE, EVENTS_BY_NAME)
    project.write(
        "landing/wide/a.csv",
        "When it was,event,who,where,from,group,colour,select,secret\n"
        "2026-01-05 09:00:00,product_view,ana,tienda física,12.5,spring,red,7,ana@example.com\n"
        "2026-01-05 10:00:00,Compró ☕ 'dos',ana,kiosk,-0.0001,,,,x\n",
    )
    project.run()
    told = project.rows(
        "select event, channel, value, currency, campaign, occurred_at, props "
        "from core.touchpoints order by occurred_at"
    )
    assert [(event, channel, str(value)) for event, channel, value, *_ in told] == [
        ("view_item", "store", "12.5000"),
        ("Compró ☕ 'dos'", "kiosk", "-0.0001"),
    ]
    assert [row[3:5] for row in told] == [("EUR", "spring"), ("EUR", None)]
    # Santiago is three hours behind in January.
    assert told[0][5].astimezone(UTC) == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert [json.loads(row[6]) for row in told] == [
        {"colour": "red", "select": "7"},
        {"colour": None, "select": None},
    ]


def test_an_event_without_a_rule_is_listed_and_stays_in_its_session(project: Project) -> None:
    project.write_log(
        "landing/web/a.csv",
        """
        at               | event     | who
        -----------------+-----------+----
        2026-01-05T09:00 | view_item | ana
        2026-01-05T09:10 | sang      | ana
        """,
    )
    project.run()
    assert project.rows("select * from ops.unmapped") == [("web", "web", "sang", 1, 1)]
    assert project.column("select touches from core.sessions") == [2]
    assert project.column("select touches from core.journeys") == [1]


@pytest.mark.parametrize("declared", [DECLARED, MILLISECONDS], ids=["declared", "undeclared"])
def test_milliseconds_since_1970_are_a_time(project: Project, declared: str) -> None:
    project.configure(SHOP, declared)
    project.write("landing/clock/a.csv", "at,event,who\n1767603600123,view_item,ana\n")
    project.run()
    assert project.column("select epoch_ms(occurred_at) from core.touchpoints") == [1767603600123]


def test_milliseconds_that_are_seconds_lie_outside_the_window(project: Project) -> None:
    project.configure(SHOP, DECLARED)
    project.write("landing/clock/a.csv", "at,event,who\n1767603600,view_item,ana\n")
    project.run()
    assert project.column("select reason from ops.rejects") == ["too_old"]


def test_a_day_without_a_clock_is_noon_of_its_zone(project: Project) -> None:
    project.configure(SHOP, WIDE)
    project.write(
        "landing/wide/a.csv",
        "When it was,event,who,where,from,group,colour,select\n2026-07-05,view_item,ana,,,,,\n",
    )
    project.run()
    told = project.rows("select epoch(occurred_at), time_precision from core.touchpoints")
    assert told == [(datetime(2026, 7, 5, 16, tzinfo=UTC).timestamp(), "day")]


def test_the_other_sources_load_where_one_file_is_refused(project: Project) -> None:
    project.configure(SHOP, WEB, DECLARED)
    project.write("landing/web/good.csv", "at,event,who\n2026-01-05T09:00,view_item,ana\n")
    project.write("landing/web/bad.csv", "at,event\n2026-01-05T09:00,view_item\n")
    project.write("landing/clock/good.csv", "at,event,who\n1767603600123,view_item,bob\n")
    outcome = project.run()
    assert project.column("select count(*) from core.touchpoints") == [2]
    refused = project.rows("select file, record_no, reason, detail from ops.rejects")
    assert [row[:3] for row in refused] == [("landing/web/bad.csv", None, "missing_column")]
    assert "expected column who; found at, event" in refused[0][3]
    assert "3 files, 2 records: 2 accepted" in outcome.headline


# ---- Adapters of one's own ----------------------------------------------------------------------

OWN = """
    [[sources]]
    name = "till"
    channel = "store"
    format = "{format}"
    files = "landing/till/*"
    max_rejected_rate = 1
"""


def test_an_adapter_beside_the_config_wins_over_the_shipped(project: Project) -> None:
    project.configure(SHOP, OWN.format(format="pos"))
    project.write(
        "queries/clean/pos.sql",
        "select record_no, strptime(day, '%d.%m.%Y')::timestamptz as occurred_at,\n"
        "'store_visit' as event, who as user_id, mood from records;\n",
    )
    project.write("landing/till/a.csv", "day,who,mood\n05.01.2026,ana,gay\n")
    project.run()
    told = project.rows("select event, channel, props from core.touchpoints")
    assert told == [("store_visit", "store", '{"mood":"gay"}')]


BASKETS = (
    "select record_no, receipt as basket_id, receipt as native_id, receipt as order_id, "
    "sold::timestamptz as occurred_at, 'purchase' as event, who as user_id, "
    "price::decimal(18, 4) as value, thing as product, "
    "if(price = 'x', 'not_a_number', null) as reject_reason from records"
)


def test_the_lines_of_a_basket_are_one_purchase(project: Project) -> None:
    project.configure(SHOP, OWN.format(format="lines"))
    project.write("queries/clean/lines.sql", BASKETS.replace("price::", "nullif(price, 'x')::"))
    project.write_log(
        "landing/till/a.csv",
        """
        receipt | sold                 | who | thing | price
        --------+----------------------+-----+-------+------
        r1      | 2026-01-05T09:00:00Z | ana | rose  | 2.50
        r2      | 2026-01-05T09:30:00Z | bob | tulip | 1.00
        r1      | 2026-01-05T09:00:00Z | ana | vase  | 9.75
        r1      | 2026-01-05T09:00:00Z | ana | soil  | x
        """,
    )
    project.run()
    told = project.rows(
        "select product, value::varchar, record_no from core.touchpoints order by record_no"
    )
    assert told == [("rose", "12.2500", 1), ("tulip", "1.0000", 2)]
    ledger = project.rows("select records, accepted, duplicates, rejected, touches from ops.loads")
    assert ledger == [(4, 3, 0, 1, 2)]
    assert project.column("select sum(value)::varchar from core.journeys") == ["13.2500"]


def test_a_record_of_two_touches_counts_as_one_record(project: Project) -> None:
    project.configure(SHOP, OWN.format(format="offers"))
    project.write(
        "queries/clean/offers.sql",
        "select record_no, who as user_id, event,\n"
        "unnest([seen::timestamptz, used::timestamptz]) as occurred_at\n"
        "from records cross join (values ('mailing_received')) as words (event)",
    )
    project.write(
        "landing/till/a.csv",
        "who,seen,used\n"
        "ana,2026-01-05T09:00:00Z,2026-01-05T10:00:00Z\n"
        "bob,2026-01-05T09:00:00Z,2026-01-05T10:00:00Z\n",
    )
    project.run()
    assert project.rows("select records, accepted, touches from ops.loads") == [(2, 2, 4)]


def test_an_adapter_that_drops_a_record_is_told_so(project: Project) -> None:
    project.configure(SHOP, OWN.format(format="lossy"))
    project.write(
        "queries/clean/lossy.sql",
        "select record_no, seen::timestamptz as occurred_at, 'x' as event, who as user_id\n"
        "from records where who <> 'bob'",
    )
    project.write(
        "landing/till/a.csv", "seen,who\n2026-01-05T09:00:00Z,ana\n2026-01-05T09:00:00Z,bob\n"
    )
    project.run()
    ledger = project.rows("select records, accepted, rejected, touches from ops.loads")
    # Nothing is lost: a record of which the adapter says nothing is refused, not accepted.
    assert ledger == [(2, 1, 1, 1)]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select record_no, frmo records", "syntax error"),
        ("select record_no, no_such(seen) as occurred_at from records", "no_such"),
        ("select record_no, sen as occurred_at from records", "sen"),
    ],
)
def test_an_adapter_that_does_not_run_is_told_with_what_is_wrong(
    project: Project, query: str, told: str
) -> None:
    project.configure(SHOP, OWN.format(format="mine"))
    project.write("queries/clean/mine.sql", query)
    project.write("landing/till/a.csv", "seen,who\n2026-01-05T09:00:00Z,ana\n")
    with pytest.raises(PipelineError) as caught:
        project.run()
    assert [part for part in (told, "mine.sql") if part not in str(caught.value)] == []
