"""How a file's columns are called and typed changes nothing of what it tells."""

import io
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ConfigError, QueryError
from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")

AT = "2026-01-05T09:00Z"
ONE = f"id,time,event,who\n1,{AT},login,ana\n"
MINE = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "mine"
    files = "landing/web/*"
    timezone = "America/Santiago"
"""


def vendors(format_: str) -> str:
    return MINE.replace('"web"', '"vendor"', 1).replace("mine", format_).replace("/web", "/vendor")


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def test_a_cost_stands_beside_a_column_called_amount(project: Project) -> None:
    project.configure(SHOP, source("web"), vendors("spend"))
    project.write("landing/web/a.csv", ONE)
    project.write(
        "landing/vendor/a.csv",
        "day,campaign,cost,clicks,amount,noon,click_count\n2026-01-05,x,10,5,9999,x,7\n",
    )
    project.run()
    assert project.rows("select cost::integer, clicks from core.spend") == [(10, 5)]


def test_a_tills_own_words_are_not_taken_for_ours(project: Project) -> None:
    project.configure(SHOP, vendors("pos"))
    head = "store_id,terminal_id,business_date,local_time,receipt_id,line_type,line_no,sku,qty"
    ours = "event,told_event,till_time,amount,sales,kind,receipt,basket_id"
    line = "S,1,2026-01-05,09:00:00,77,SALE,{},A,1"
    lines = [f"{line.format(no)},12.5,open,return,2020-01-01 00:00,x,x,x,x,x" for no in (1, 2)]
    project.write("landing/vendor/a.csv", "\n".join([f"{head},unit_price,{ours}", *lines]) + "\n")
    project.run()
    told = project.rows("select event, value::integer, year(occurred_at) from core.touchpoints")
    assert told == [("purchase", 25, 2026)]


def test_an_ad_servers_own_words_are_not_taken_for_ours(project: Project) -> None:
    project.configure(SHOP, vendors("cm360"))
    told = "Event Type,Event Time,User ID,Impression ID,event_type,click_id,network_user\n"
    project.write("landing/vendor/a.csv", f"{told}CLICK,1767603600000000,u1,i1,VIEW,other,other\n")
    project.run()
    assert project.column("select event from core.touchpoints") == ["ad_click"]
    assert project.column("select click_id from core.touchpoints") == [None]


def test_an_id_is_one_whether_a_gap_made_floats_of_its_column_or_not(project: Project) -> None:
    project.configure(
        SHOP,
        source("web", value="amount", phone="phone"),
        '[segments]\nfile = "customers.parquet"\ncolumn = "kind"\n',
    )
    whole = {"time": [AT] * 2, "event": ["purchase"] * 2, "amount": [10.0, 20.0]}
    phones = ["56912345678", "56912345679.0"]
    project.write("landing/web/a.parquet", parquet(id=[1, 2], who=[7, 8], phone=phones, **whole))
    project.write(
        "landing/web/b.parquet",
        parquet(
            id=pa.array([1, 2, None], pa.float64()),
            who=pa.array([7, 8, None], pa.float64()),
            time=[AT] * 3,
            event=["purchase"] * 2 + ["login"],
            amount=[10.0, 20.0, None],
            phone=["56912345678.0", "56912345679", "56912345678"],
        ),
    )
    project.write("customers.parquet", parquet(user_id=[7.0, 8.0], kind=["gold", "blue"]))
    project.run()
    assert project.rows("select count(*), sum(value)::integer from core.touchpoints") == [(3, 30)]
    segments = project.column("select segment from core.customers order by segment")
    assert segments == ["blue", "gold"]


@pytest.mark.parametrize("nobody", [r"\N", "<NA>", "#N/A", "(null)", "NaT", "{}", "[]"])
def test_other_tools_words_for_nobody_join_no_strangers(project: Project, nobody: str) -> None:
    project.configure(SHOP, source("web", email="mail"))
    project.write(
        "landing/web/a.csv",
        "id,time,event,who,mail\n"
        f"1,{AT},login,{nobody},ana@x.org\n2,{AT},login,{nobody},bob@x.org\n",
    )
    project.run()
    assert project.column("select count(distinct customer_id) from core.touchpoints") == [2]


def test_an_adapter_may_spell_our_columns_in_capitals(project: Project) -> None:
    project.configure(SHOP, MINE)
    project.write(
        "queries/clean/mine.sql",
        "select RECORD_NO, parse_time(moment, 'UTC') as OCCURRED_AT, event as Event, "
        "who as USER_ID, "
        "phone as Phone, amount as Value from records",
    )
    project.write(
        "landing/web/a.csv",
        f"moment,event,who,phone,amount\n{AT},purchase,ana,+56912345678,99.5\n",
    )
    project.run()
    told = project.rows("select event, value::double, props from core.touchpoints")
    assert told == [("purchase", 99.5, None)]


def test_an_adapters_clock_time_or_day_is_of_its_sources_zone(project: Project) -> None:
    project.configure(SHOP, MINE)
    project.write(
        "queries/clean/mine.sql",
        "select record_no, clock as occurred_at, day as received_at, 'login' as event, "
        "'ana' as user_id from records",
    )
    at = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - without a zone on purpose
    project.write("landing/web/a.parquet", parquet(clock=[at], day=[at.date()]))
    project.run()
    told = project.rows(
        "select strftime(occurred_at, '%d %H:%M'), strftime(received_at, '%d %H:%M') "
        "from core.touchpoints"
    )
    assert told == [("05 12:00", "05 15:00")]


def test_an_adapter_that_accounts_for_no_record_is_told(project: Project) -> None:
    project.configure(SHOP, MINE)
    project.write("queries/clean/mine.sql", "select 'login' as event, who as user_id from records")
    project.write("landing/web/a.csv", ONE)
    with pytest.raises(QueryError, match=r"mine\.sql: expected a column record_no"):
        project.run()


def test_a_column_may_be_called_as_the_row_that_it_is_in(project: Project) -> None:
    project.configure(SHOP, MINE)
    project.write(
        "queries/clean/mine.sql",
        "-- records: json\n"
        "select record_no, parse_time(record->>'time', 'UTC') as occurred_at, "
        "record->>'told' as event, record->>'who' as user_id from records",
    )
    project.write("landing/web/a.csv", f"time,told,who\n{AT},login,ana\n")
    project.run()
    assert project.column("select event from core.touchpoints") == ["login"]


def test_a_key_of_json_may_be_called_as_a_path_of_it_begins(project: Project) -> None:
    web = source("web", 'props = ["a/b~", "$.deep.er"]').replace('"who"', '"$user_id"')
    project.configure(SHOP, web)
    told = {"id": "1", "time": AT, "event": "login", "$user_id": "ana", "a/b~": 1}
    project.write("landing/web/a.ndjson", json.dumps({**told, "deep": {"er": "x"}}) + "\n")
    project.run()
    (props,) = project.column("select props from core.touchpoints where customer_id is not null")
    assert json.loads(props) == {"a/b~": "1", "$.deep.er": "x"}


def test_properties_of_a_row_are_json_as_those_of_a_text(project: Project) -> None:
    project.configure(SHOP, source("web", props="more"))
    told = {"id": ["1"], "time": [AT], "event": ["login"], "who": ["ana"]}
    project.write("landing/web/a.parquet", parquet(**told, more=[{"topic": "prices", "n": 1}]))
    project.run()
    assert project.column("select props from core.touchpoints") == ['{"topic":"prices","n":1}']


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (('basket_id = "basket"',), "reads no basket_id"),
        (('cost = "cost"',), "reads no cost"),
        (('user_id = "$.user.id"', "props"), r"\['user'\] is an identifier"),
    ],
)
def test_a_column_that_would_be_ignored_or_tell_of_somebody_is_refused(
    project: Project, keys: tuple[str, ...], told: str
) -> None:
    web = source("web", *(['props = ["user"]'] if "props" in keys else []))
    project.configure(SHOP, web.replace('user_id = "who"', keys[0]))
    with pytest.raises(ConfigError, match=told):
        project.run()
