"""Records as they are told: columns, words, times, and adapters of one's own."""

import json
from datetime import UTC, datetime

import pytest

from pipeline.errors import SourceError
from tests.projects import SHOP, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

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
CLOCKS = {
    "declared": (DECLARED, 1767603600123),
    "undeclared": (MILLISECONDS, 1767603600123),
    "seconds": (DECLARED, 1767603600),
}


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


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Project:
    """Tell times as numbers, each in a source of its own."""
    project = Project(tmp_path_factory.mktemp("clocks"))
    project.configure(SHOP, *(told.replace("clock", name) for name, (told, _) in CLOCKS.items()))
    for name, (_, moment) in CLOCKS.items():
        project.write(f"landing/{name}/a.csv", f"at,event,who\n{moment},view_item,ana\n")
    project.run()
    return project


@pytest.mark.parametrize("clock", ["declared", "undeclared"])
def test_milliseconds_since_1970_are_a_time(clocks: Project, clock: str) -> None:
    told = "select epoch_ms(occurred_at) from core.touchpoints"
    assert clocks.column(f"{told} where source = '{clock}'") == [1767603600123]


def test_milliseconds_that_are_seconds_lie_outside_the_window(clocks: Project) -> None:
    assert clocks.rows("select source, reason from ops.rejects") == [("seconds", "too_old")]
    assert clocks.column("select * from core.touchpoints where source = 'seconds'") == []


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
    assert "expected a column 'who'; of the 2 columns none resembles it" in refused[0][3]
    assert "3 files, 2 records: 2 accepted" in outcome.headline
    assert "refused whole: 1" in outcome.headline


def test_an_amount_beyond_all_sums_stops_nobody_else(project: Project) -> None:
    project.configure(SHOP, WEB + 'value = "amount"')
    project.write(
        "landing/web/a.csv",
        "at,event,who,amount\n"
        "2026-01-05T09:00:00Z,purchase,ana,99999999999999.9999\n"
        "2026-01-05T09:00:00Z,purchase,bob,5\n",
    )
    project.run()
    assert project.column("select reason from ops.rejects") == ["too_large"]
    assert project.column("select sum(value)::varchar from core.journeys") == ["5.0000"]


def test_a_row_of_the_customer_file_that_cannot_be_read_is_not_lost_in_silence(
    project: Project,
) -> None:
    project.configure(SHOP, WEB, "[segments]\nfile = 'c.csv'\ncolumn = 'kind'")
    project.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n")
    project.write("c.csv", "user_id,kind\nana\nbob,buys\n")
    project.run()
    assert project.rows("select file, record_no, reason from ops.rejects") == [
        ("c.csv", 1, "short_row")
    ]


JSON_LINES = """
    [[sources]]
    name = "json"
    channel = "web"
    format = "events"
    files = "landing/json/*"
    [sources.columns]
    occurred_at = "t"
    event = "ev"
    user_id = "who"
    order_id = "order"
    consent_analytics = "{}"
"""


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("consent.analytics", r"\$\.consent\.analytics"),
        ("Said", "said"),
        ("$.consent.analytics", None),
        ("unheard_of", None),
    ],
)
def test_a_column_of_json_that_stands_elsewhere_is_not_taken_for_nothing(
    project: Project, column: str, found: str | None
) -> None:
    project.configure(SHOP, JSON_LINES.format(column))
    touch = {"t": "2026-01-05T09:00:00Z", "ev": "view_item", "who": "ana", "said": "denied"}
    line = json.dumps({**touch, "consent": {"analytics": "denied"}})
    project.write("landing/json/a.ndjson", line + "\n")
    if found:
        with pytest.raises(SourceError, match=f"missing_column: .*{found}"):
            project.run()
        return
    project.run()
    identified = project.column("select count(customer_id) from core.touchpoints")
    assert identified == [1 if column == "unheard_of" else 0]
