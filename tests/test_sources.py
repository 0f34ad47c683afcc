"""What a source may say of itself: whose numbers it uses, what it changes, what its clocks mean."""

import polars as pl
import pytest

from pipeline.errors import ConfigError
from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")


def test_an_order_id_is_compared_within_its_space_and_after_its_pattern(project: Project) -> None:
    project.configure(
        SHOP,
        source("web", order_id="order"),
        source("shop", "order_id_pattern = '(?:CL-)?(\\d+)'", order_id="order"),
        source("market", 'order_space = "market"', order_id="order"),
    )
    for name, order in (("web", "#1001"), ("shop", "CL-1001"), ("market", "1001")):
        project.write_log(
            f"landing/{name}/a.csv",
            f"""
            id | time              | event    | who     | order
            ---+-------------------+----------+---------+--------
            1  | 2026-01-05T09:00Z | purchase | {name}a | {order}
            """,
        )
    project.run()
    customers: dict[str, str] = dict(
        project.rows("select source, customer_id from core.touchpoints")
    )
    assert customers["web"] == customers["shop"] != customers["market"]


def test_sources_of_one_namespace_know_each_others_devices(project: Project) -> None:
    one_site = ('namespace = "site"',)
    project.configure(
        SHOP,
        source("web", *one_site, anonymous_id="cookie"),
        source("blog", *one_site, anonymous_id="cookie"),
        source("app", anonymous_id="cookie"),
    )
    for name, who in (("web", "ana"), ("blog", ""), ("app", "")):
        project.write_log(
            f"landing/{name}/a.csv",
            f"""
            id | time              | event     | who   | cookie
            ---+-------------------+-----------+-------+-------
            1  | 2026-01-05T09:00Z | view_item | {who} | c1
            """,
        )
    project.run()
    customers: dict[str, str] = dict(
        project.rows("select source, customer_id from core.touchpoints")
    )
    assert customers["web"] == customers["blog"] != customers["app"]


CLOCKS = """
    id | time                 | event     | who
    ---+----------------------+-----------+----
    1  | 2026-10-25T02:30:00  | view_item | ana
    2  | 2026-03-29T02:30:00  | view_item | ana
    3  | 2026-10-25T02:30:00Z | view_item | ana
"""


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Project:
    """Tell the same by clocks to three sources, each of another policy."""
    project = Project(tmp_path_factory.mktemp("clocks"))
    berlin = 'timezone = "Europe/Berlin"'
    project.configure(
        SHOP,
        source("silent", berlin),
        source("later", berlin, 'ambiguous_time = "later"'),
        source("refuse", berlin, 'ambiguous_time = "refuse"'),
    )
    for name in ("silent", "later", "refuse"):
        project.write_log(f"landing/{name}/a.csv", CLOCKS)
    project.run(full=True)
    return project


def times(project: Project, name: str) -> list[tuple[object, ...]]:
    return project.rows(
        "select record_no, strftime(occurred_at, '%H:%M'), clock_doubt "
        f"from core.touchpoints where source = '{name}' order by record_no"
    )


def test_a_clock_time_that_occurs_twice_or_never_is_marked_and_goes_by_the_policy(
    clocks: Project,
) -> None:
    certain = (3, "02:30", None)
    assert times(clocks, "silent") == [(1, "00:30", "twice"), (2, "01:30", "never"), certain]


def test_the_later_of_two_instants_is_taken_where_the_source_says_so(clocks: Project) -> None:
    told = times(clocks, "later")
    assert told == [(1, "01:30", "twice"), (2, "01:30", "never"), (3, "02:30", None)]


def test_an_ambiguous_time_is_refused_where_the_source_says_so(clocks: Project) -> None:
    assert times(clocks, "refuse") == [(3, "02:30", None)]
    assert clocks.rows("select distinct source, reason from ops.rejects") == [
        ("refuse", "ambiguous_time")
    ]


def test_an_unsubscribe_withdraws_email_and_transactional_mail_is_told_by_its_labels(
    project: Project,
) -> None:
    project.configure(
        SHOP,
        """
        [[sources]]
        name = "email"
        channel = "email"
        format = "sendgrid"
        files = "landing/email/*"
        transactional = ["Recibo"]
        """,
    )
    mail = (
        '{{"email": "ana@a.org", "timestamp": {at}, "event": "{event}", "sg_event_id": "{at}", '
        '"category": "{label}"}}\n'
    )
    project.write(
        "landing/email/a.ndjson",
        mail.format(at=1767600000, event="open", label="mayo")
        + mail.format(at=1767600001, event="open", label="recibo")
        + mail.format(at=1767600002, event="unsubscribe", label="mayo"),
    )
    project.run()
    events = project.column("select event from core.touchpoints order by occurred_at")
    assert events == ["email_open", "service_email_open", "email_unsubscribe"]
    assert project.rows("select purpose, state from core.consents") == [("email", "denied")]


def test_a_cloudevents_envelope_is_unwrapped(project: Project) -> None:
    columns = source("web").replace('"id"', '"ce_id"').replace('"time"', '"ce_time"')
    project.configure(SHOP, columns.replace('event = "event"', 'event = "ce_type"'))
    project.write(
        "landing/web/a.ndjson",
        '{"specversion": "1.0", "id": "1", "source": "/shop", "type": "view_item", '
        '"time": "2026-01-05T09:00:00Z", "data": {"who": "ana", "id": "inner"}}\n'
        '{"who": "bob", "ce_id": "2", "ce_type": "login", "ce_time": "2026-01-05T10:00:00Z"}\n',
    )
    project.run()
    told = project.rows("select event, hour(occurred_at) from core.touchpoints order by all")
    assert told == [("login", 10), ("view_item", 9)]


@pytest.mark.long
def test_a_click_id_finds_its_campaign_in_the_networks_look_up_however_late(
    project: Project,
) -> None:
    project.configure(
        SHOP,
        source("web", page_url="url"),
        """
        [[sources]]
        name = "clicks"
        channel = "ads"
        format = "lookup"
        files = "landing/clicks/*"
        """,
    )
    project.write("queries/clean/lookup.sql", "select record_no, click_id, campaign from records")
    project.write_log(
        "landing/web/a.csv",
        """
        id | time              | event     | who | url
        ---+-------------------+-----------+-----+---------------------------------
        1  | 2026-01-05T09:00Z | page_view | ana | https://shop.example/?gclid=G-1
        2  | 2026-01-05T09:01Z | page_view | ana | https://shop.example/?gclid=G-2&utm_campaign=own
        """,
    )
    project.write("landing/clicks/a.csv", "click_id,campaign\nG-9,other\n")
    project.run()
    campaigns = "select campaign from core.touchpoints order by occurred_at"
    assert project.column(campaigns) == [None, "own"]
    project.write("landing/clicks/b.csv", "click_id,campaign\nG-1,spring\nG-2,network's\n")
    project.run()
    assert project.column(campaigns) == ["spring", "own"]
    assert project.rows("select * from core.touchpoints where page_url like '%gclid%'") == []


def test_a_cost_beyond_all_measure_is_refused_and_a_rating_of_no_number_is_none(
    project: Project,
) -> None:
    costs = source("costs").split("[sources.columns]")[0].replace('"events"', '"spend"')
    columns = '[sources.columns]\nday = "day"\ncampaign = "campaign"\ncost = "cost"'
    project.configure(SHOP, source("reviews", rating="stars"), costs + columns)
    project.write_log(
        "landing/reviews/a.csv",
        """
        id | time              | event  | who | stars
        ---+-------------------+--------+-----+------
        1  | 2026-01-05T09:00Z | review | ana | nan
        2  | 2026-01-05T09:00Z | review | bob | 5
        """,
    )
    project.write(
        "landing/costs/a.csv",
        "day,campaign,cost\n2026-01-05,spring,90000000000000\n2026-01-05,spring,90000000000000\n"
        "2026-01-05,summer,7\n",
    )
    project.run()
    assert project.column("select sentiment from core.touchpoints order by record_no") == [None, 1]
    assert project.rows("select campaign, cost::integer from core.spend") == [("summer", 7)]
    assert project.rows("select record_no, reason from ops.rejects order by record_no") == [
        (1, "too_large"),
        (2, "too_large"),
    ]


def test_words_for_nobody_are_no_identifiers(project: Project) -> None:
    project.configure(SHOP, source("web", email="mail", order_id="order", value="amount"))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time              | event    | who       | mail      | order     | amount
        ---+-------------------+----------+-----------+-----------+-----------+-------
        1  | 2026-01-05T09:00Z | purchase | undefined | ana@a.org | undefined | 10
        2  | 2026-01-05T09:00Z | purchase | null      | bob@a.org | 0         | 20
        3  | 2026-01-05T09:00Z | purchase | N/A       |           | None      | 40
        """,
    )
    project.run()
    assert project.column("select count(distinct customer_id) from core.touchpoints") == [2]
    assert project.column("select sum(revenue)::integer from core.touchpoints") == [30]
    assert project.rows("select record_no, reason from ops.rejects") == [(3, "no_identity")]


def test_an_order_of_too_many_swallows_no_revenue(project: Project) -> None:
    project.configure(
        SHOP, "[identity]", "max_links = 2", source("web", order_id="order", value="amount")
    )
    rows = "".join(
        f"{number},2026-01-0{number}T09:00Z,purchase,p{number % 3},guest-order,10\n"
        for number in range(1, 7)
    )
    project.write("landing/web/a.csv", "id,time,event,who,order,amount\n" + rows)
    project.run()
    assert project.column("select count(*) from core.customers") == [3]
    assert project.column("select sum(revenue)::integer from core.touchpoints") == [60]


def test_what_comes_back_is_never_earned(project: Project) -> None:
    project.configure(SHOP, source("web", order_id="order", value="amount"))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time              | event    | who | order | amount
        ---+-------------------+----------+-----+-------+-------
        1  | 2026-01-05T09:00Z | purchase | ana | o1    | 100
        2  | 2026-01-06T09:00Z | refund   | ana | o1    | 40
        3  | 2026-01-07T09:00Z | return   | ana | o1    | -10
        """,
    )
    project.run()
    journeys = "select value::integer, returned_value::integer, state from core.journeys"
    assert project.rows(journeys) == [(100, 50, "returned")]


def test_touches_of_several_who_deny_consent_are_each_counted(project: Project) -> None:
    web = source("web", consent_analytics="may", page_url="url").replace('native_id = "id"', "")
    project.configure(SHOP, web)
    project.write_log(
        "landing/web/a.csv",
        """
        time              | event     | who | may    | url
        ------------------+-----------+-----+--------+----------------------
        2026-01-05T09:00Z | page_view | ana | denied | https://shop.example/
        2026-01-05T09:00Z | page_view | bob | denied | https://shop.example/
        2026-01-05T09:00Z | page_view | bob | denied | https://shop.example/
        """,
    )
    project.run()
    assert project.rows("select accepted, duplicates from ops.loads") == [(2, 1)]
    told = project.rows("select customer_id, strong_id, weak_id, order_id from core.touchpoints")
    assert told == [(None, None, None, None)] * 2


def test_a_mail_address_in_a_campaign_or_an_event_is_left_out(project: Project) -> None:
    project.configure(SHOP, source("web", page_url="url", product="thing"))
    url = "https://shop.example/a%2540b.org/?utm_campaign=may+ana%40a.org&utm_source=ana@a.org"
    project.write(
        "landing/web/a.csv",
        "id,time,event,who,url,thing\n"
        f"1,2026-01-05T09:00Z,opened ana@a.org,ana,{url},for ana@a.org\n",
    )
    project.run()
    told = project.rows(
        "select event, utm_campaign, utm_source, campaign, product, page_url from core.touchpoints"
    )
    assert told == [("opened -", "may -", "-", "may -", "for -", "https://shop.example/-/")]


def test_a_pattern_that_the_engine_does_not_know_is_told_with_its_key(project: Project) -> None:
    project.configure(SHOP, source("web", "order_id_pattern = '(?<=ORD-)(\\d+)'", order_id="id"))
    project.write("landing/web/a.csv", "id,time,event,who\n1,2026-01-05T09:00Z,purchase,ana\n")
    with pytest.raises(ConfigError, match=r"order_id_pattern of source web: .* no look-ahead"):
        project.run()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_may_have_a_column_called_as_our_number_of_a_record(
    project: Project, suffix: str
) -> None:
    project.configure(SHOP, source("web").replace('"id"', '"record_no"'))
    for name in ("a", "b"):
        file = project.write(
            f"landing/web/{name}.csv",
            f"record_no,time,event,who\n{name}1,2026-01-05T09:00Z,login,ana\n",
        )
        if suffix == "parquet":
            pl.read_csv(file).write_parquet(file.with_suffix(".parquet"))
            file.unlink()
    project.run()
    assert project.column("select count(*) from core.touchpoints") == [2]


def test_a_property_may_be_a_column_that_is_mapped_too_but_no_identifier(project: Project) -> None:
    web = source("web", 'props = ["event", "amount"]', value="amount")
    project.configure(SHOP, web)
    project.write(
        "landing/web/a.csv", "id,time,event,who,amount\n1,2026-01-05T09:00Z,purchase,ana,10\n"
    )
    project.run()
    told = project.rows("select event, value::integer, props from core.touchpoints")
    assert told == [("purchase", 10, '{"event":"purchase","amount":"10"}')]
    project.configure(SHOP, web.replace('"amount"]', '"who"]'))
    with pytest.raises(ConfigError, match=r"\['who'\] is an identifier"):
        project.run()
    project.configure(SHOP, source("web", 'props = ["amount"]', props="rest"))
    with pytest.raises(ConfigError, match="found both"):
        project.run()
