"""Adapters of one's own: beside the config, with baskets, and what is said when one is wrong."""

from collections.abc import Callable

import pytest

from pipeline.errors import PipelineError
from tests.projects import SHOP, Project

pytestmark = pytest.mark.usefixtures("core_only")

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


def test_a_cost_of_no_channel_and_no_currency_is_the_sources_and_the_projects(
    project: Project,
) -> None:
    project.configure(SHOP, OWN.format(format="bills"))
    project.write(
        "queries/clean/bills.sql",
        "select record_no, d::date as day, c as campaign, a::decimal(18, 4) as cost from records",
    )
    project.write("landing/till/a.csv", "d,c,a\n2026-01-05,spring,10\n")
    project.run()
    told = project.rows("select channel, currency, project_cost::integer from core.spend")
    assert told == [("store", "EUR", 10)]


@pytest.mark.parametrize(
    ("adapter", "kept"),
    [
        (
            "select record_no, name as campaign, cost::decimal(18, 4) as cost, "
            "unnest([day, try_cast(other as date)]) as day from told",
            "core.spend",
        ),
        (
            "select record_no, name as campaign, day, "
            "unnest([cost, if(other = 'x', null, other)]) as click_id from told",
            "core.ad_clicks",
        ),
    ],
)
def test_of_a_record_that_is_refused_in_part_nothing_is_kept(
    project: Project, adapter: str, kept: str
) -> None:
    project.configure(SHOP, OWN.format(format="ads"))
    records = "with told as (select * replace (day::date as day) from records) "
    project.write("queries/clean/ads.sql", records + adapter)
    project.write_log(
        "landing/till/a.csv",
        """
        day        | name   | cost | other
        -----------+--------+------+-----------
        2026-01-05 | spring | 10   | x
        2026-01-05 | summer | 20   | 2026-01-06
        """,
    )
    project.run()
    assert project.rows(f"select distinct campaign from {kept}") == [("summer",)]
    assert project.rows("select accepted, rejected from ops.loads") == [(1, 1)]
    assert project.column("select record_no from ops.rejects") == [1]


def test_an_adapter_of_ones_own_does_not_see_the_key(project: Project) -> None:
    project.configure(SHOP, OWN.format(format="spy"))
    project.write(
        "queries/clean/spy.sql",
        "select record_no, '2026-01-05T09:00:00Z'::timestamptz as occurred_at, 'login' as event, "
        "who as user_id, getvariable('inner_pad')::varchar as product, "
        "(select list(value) from duckdb_variables() where name like '%_pad')::varchar as campaign "
        "from records",
    )
    project.write("landing/till/a.csv", "who\nana\n")
    project.write("landing/till/b.csv", "who\nana\nbob\n")
    project.run()
    told = project.rows("select distinct product, campaign from core.touchpoints")
    assert told == [(None, "['NULL', 'NULL']")]
    assert project.column("select count(distinct customer_id) from core.touchpoints") == [2]


WIDE = (
    "select record_no, told_at::timestamptz as occurred_at, 'page_view' as event, who as user_id, "
    "mail as email, page as page_url, tag as utm_campaign, more as props, mood from records"
)
SPARSE = [
    """2026-01-05T09:00:00Z,ana,,,spring,"{ ""a"" : 1, ""mood"": ""sad"" }",\n""",
    "2026-01-05T09:10:00Z,,bob@a.org,https://shop.org/?utm_campaign=late&gclid=g1,,,gay\n",
    "2026-01-05T09:20:00Z,cleo,,,,,\n",
]


@pytest.mark.long
def test_what_a_record_becomes_does_not_hang_on_what_others_of_its_file_say(
    new_project: Callable[[], Project],
) -> None:
    whole, parted = new_project(), new_project()
    for project, files in ((whole, ["".join(SPARSE)]), (parted, SPARSE)):
        project.configure(SHOP, OWN.format(format="wide"))
        project.write("queries/clean/wide.sql", WIDE)
        for number, content in enumerate(files):
            header = "told_at,who,mail,page,tag,more,mood\n"
            project.write(f"landing/till/{number}.csv", header + content)
        project.run()
    assert whole.rows(
        "select campaign, props, click_id is not null from core.touchpoints order by occurred_at"
    ) == [("spring", '{"a":1}', False), ("late", '{"mood":"gay"}', True), (None, None, False)]
    assert parted.contents() == whole.contents()


BASKETS = (
    "select record_no, receipt as basket_id, receipt as native_id, receipt as order_id, "
    "sold::timestamptz as occurred_at, 'purchase' as event, who as user_id, "
    "price::decimal(18, 4) as value, thing as product, "
    "if(price = 'x', 'not_a_number', null) as reject_reason from records"
)


def test_a_refused_line_of_a_basket_that_came_before_is_no_duplicate_besides(
    project: Project,
) -> None:
    project.configure(SHOP, OWN.format(format="lines"))
    project.write("queries/clean/lines.sql", BASKETS.replace("price::", "nullif(price, 'x')::"))
    header, line = "receipt,sold,who,price,thing\n", "r1,2026-01-05T09:00:00Z,ana,{},pot\n"
    project.write("landing/till/a.csv", header + line.format(10))
    project.write("landing/till/b.csv", header + line.format(10) + line.format("x"))
    project.run()
    counted = "select accepted, duplicates, rejected from ops.loads order by file"
    assert project.rows(counted) == [(1, 0, 0), (0, 1, 1)]


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


VERSIONS = (
    "select record_no, receipt as basket_id, receipt as native_id, receipt as object_id, "
    "'2026-01-05T09:00:00Z'::timestamptz as occurred_at, changed::timestamptz as updated_at, "
    "line::bigint as source_seq, 'purchase' as event, 'ana' as user_id, "
    "price::decimal(18, 4) as value, thing as product from records"
)
OLDER = "r1,2026-01-05T09:00:00Z,1,rose,2\nr1,2026-01-05T09:00:00Z,2,vase,5\n"
NEWER = "r1,2026-01-06T09:00:00Z,2,vase,4\nr1,2026-01-06T09:00:00Z,1,rose,3\n"


# Each is a list of nights, each night a list of files.
WAYS = {
    "two_files": [[OLDER, NEWER]],
    "one_file": [[OLDER + NEWER]],
    "and_the_older_again": [[NEWER + OLDER], [OLDER]],
    "two_nights": [[OLDER], [NEWER]],
    "a_time_for_each_line": [[NEWER.replace("06", "05", 1)]],
}


@pytest.fixture(scope="module")
def baskets(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Project:
    """Bring the versions of a basket in every way, each in a source of its own, in two nights."""
    project = Project(tmp_path_factory.mktemp("baskets"))
    mutable = OWN.format(format="versions") + "mutable = true"
    project.configure(SHOP, *(mutable.replace("till", way) for way in WAYS))
    project.write("queries/clean/versions.sql", VERSIONS)
    for night in range(2):
        for way, nights in WAYS.items():
            for number, lines in enumerate(nights[night] if night < len(nights) else []):
                head = "receipt,changed,line,thing,price\n"
                project.write(f"landing/{way}/{night}_{number}.csv", head + lines)
        project.run()
    return project


@pytest.mark.parametrize("way", WAYS)
def test_of_a_basket_the_lines_of_its_newest_version_stand(baskets: Project, way: str) -> None:
    told = "select value::integer, product, day(updated_at) from core.touchpoints"
    assert baskets.rows(f"{told} where source = '{way}'") == [(7, "rose", 6)]


def test_the_order_of_a_baskets_lines_makes_no_conflict(project: Project) -> None:
    project.configure(SHOP, OWN.format(format="versions"))
    project.write("queries/clean/versions.sql", VERSIONS)
    head = "receipt,changed,line,thing,price\n"
    for name, lines in (("a", OLDER), ("b", "".join(OLDER.splitlines(keepends=True)[::-1]))):
        project.write(f"landing/till/{name}.csv", head + lines)
    project.run()
    assert project.rows("select sum(accepted), sum(duplicates), sum(rejected) from ops.loads") == [
        (2, 2, 0)
    ]


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
        ("select record_no from records where", "syntax error"),
        ("select record_no, frmo records", "FROM clause"),
        ("select record_no, no_such(seen) as occurred_at from records", "no_such"),
        ("select record_no, sen as occurred_at from records", "sen"),
        ("select record_no, 'café' as event from records".encode("latin-1"), "in UTF-8"),
    ],
)
def test_an_adapter_that_does_not_run_is_told_with_what_is_wrong(
    project: Project, query: str | bytes, told: str
) -> None:
    project.configure(SHOP, OWN.format(format="mine"))
    project.write("queries/clean/mine.sql", query)
    project.write("landing/till/a.csv", "seen,who\n2026-01-05T09:00:00Z,ana\n")
    with pytest.raises(PipelineError) as caught:
        project.run()
    assert [part for part in (told, "mine.sql") if part not in str(caught.value)] == []
