"""A small world, drawn by hand: the core tables of three customers, and the marts made of them."""

import re
from pathlib import Path

import duckdb

from pipeline import marts as product
from pipeline.counts import count
from pipeline.queries import read_sql
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse

QUERIES = Path(__file__).parent.parent / "queries"

# What the contract of the core tables says: their columns and types.
CORE_COLUMNS = {
    "core.touchpoints": """
        touchpoint_id varchar, source varchar, channel varchar, traffic varchar,
        device_type varchar, event varchar, occurred_at timestamptz, received_at timestamptz,
        time_precision varchar, source_seq bigint, customer_id varchar,
        touch_no bigint, led_by varchar, session_id varchar,
        journey_id varchar, step_no bigint, stage varchar, goal_stage varchar, is_goal boolean,
        is_conversion boolean, sentiment bigint, source_session_id varchar, utm_source varchar,
        utm_medium varchar, utm_campaign varchar, utm_term varchar, utm_content varchar,
        campaign varchar, click_id_type varchar, order_id varchar, value decimal(18, 4),
        currency varchar, revenue decimal(18, 4), product varchar, page_url varchar,
        referrer varchar, rating double, score double, is_machine boolean, is_unmapped boolean,
        is_ignored boolean, strong_id varchar, weak_id varchar, load_id varchar,
        record_no bigint, props varchar
    """,
    "core.sessions": """
        session_id varchar, customer_id varchar, place varchar, started_at timestamptz,
        ended_at timestamptz, duration_ms bigint, touches bigint, entry_event varchar,
        exit_event varchar, channel varchar, traffic varchar, campaign varchar,
        converted boolean, value decimal(18, 4)
    """,
    "core.journeys": """
        journey_id varchar, customer_id varchar, segment varchar, started_at timestamptz,
        ended_at timestamptz, duration_ms bigint, first_channel varchar, last_channel varchar,
        first_traffic varchar, first_campaign varchar, first_device_type varchar,
        touches bigint, sessions bigint, steps bigint,
        deepest_stage varchar, deepest_at timestamptz, last_stage varchar,
        last_active_at timestamptz, state varchar, converted_at timestamptz,
        orders bigint, value decimal(18, 4), returned_value decimal(18, 4),
        returned_share double, entered_late boolean, touches_before_conversion bigint,
        contact_at timestamptz, touches_before_contact bigint, day date
    """,
    "core.steps": """
        journey_id varchar, step_no bigint, customer_id varchar, stage varchar,
        channel varchar, event varchar, started_at timestamptz, ended_at timestamptz,
        is_new_depth boolean, touches bigint, goals bigint, value decimal(18, 4)
    """,
    "core.visits": """
        journey_id varchar, visit_no bigint, customer_id varchar, session_id varchar,
        traffic varchar, campaign varchar, channel varchar, event varchar, stage varchar,
        started_at timestamptz, ended_at timestamptz, touches bigint, value decimal(18, 4),
        to_conversion_ms bigint, credit_first double, credit_last double,
        credit_last_non_direct double, credit_linear double, credit_position double,
        credit_j double, credit_inverse_j double, credit_time_decay double
    """,
    "core.customers": """
        customer_id varchar, segment varchar, first_seen_at timestamptz,
        last_seen_at timestamptz, touches bigint, journeys bigint, conversions bigint,
        value decimal(18, 4)
    """,
    "core.spend": """
        day date, source varchar, channel varchar, campaign varchar, impressions bigint,
        clicks bigint, cost decimal(18, 4), currency varchar, project_cost decimal(18, 4)
    """,
    "ops.loads": """
        load_id varchar, run_id varchar, source varchar, file varchar, bytes bigint,
        sha256 varchar, records bigint, accepted bigint, duplicates bigint, rejected bigint,
        touches bigint, loaded_at timestamptz, first_at timestamptz, last_at timestamptz,
        refused_reason varchar, refused_detail varchar
    """,
    "ops.rejects": """
        load_id varchar, source varchar, file varchar, record_no bigint, reason varchar,
        detail varchar
    """,
    "ops.unmapped": """
        source varchar, channel varchar, event varchar, touches bigint, customers bigint
    """,
    "ops.runs": """
        run_id varchar, started_at timestamptz, finished_at timestamptz, cut_off timestamptz,
        version varchar, settings_hash varchar, files bigint, records bigint, accepted bigint,
        duplicates bigint, rejected bigint, headline varchar
    """,
    "ops.project": """
        name varchar, time_zone varchar, currency varchar, language varchar,
        journey_silence_ms bigint, after_silence_ms bigint, cut_off timestamptz,
        min_customers bigint
    """,
    "ops.goals": "stage varchar, advance_rate double, goal_rate double",
}
MACROS = (
    "bin_end",
    "one_of",
    "share_of_time",
    "small_cells",
    "stage_number",
    "stages",
    "time_bin",
    "visit_name",
    "wilson",
)
SETTINGS = Settings(sources=(Source(name="web", channel="web", format="ga4", files="*"),))

# Nine journeys. Times are UTC; Santiago is three hours behind, so b2 began on the 19th.
TOUCHPOINTS = """
    id   | customer | at               | channel  | event           | session | journey | step | stage      | goal       | revenue
    -----+----------+------------------+----------+-----------------+---------+---------+------+------------+------------+--------
    a101 | ana      | 2025-11-03 13:00 | ads      | ad_click        | a101    | a101    | 1    | need       | need       |
    a102 | ana      | 2025-11-03 13:01 | web      | page_view       | a101    | a101    | 2    | research   |            |
    a103 | ana      | 2025-11-03 13:03 | web      | search          | a101    | a101    | 2    | research   |            |
    a104 | ana      | 2025-11-03 13:05 | web      | view_item       | a101    | a101    | 3    | evaluation |            |
    a105 | ana      | 2025-11-03 13:10 | web      | search          | a101    | a101    | 4    | research   |            |
    a106 | ana      | 2025-11-03 13:20 | web      | add_to_cart     | a101    | a101    | 5    | evaluation | evaluation |
    a107 | ana      | 2025-11-03 13:30 | web      | purchase        | a101    | a101    | 6    | purchase   | purchase   | 100
    a108 | ana      | 2025-11-05 15:00 | delivery | order_delivered | a108    | a101    | 7    | experience |            |
    a109 | ana      | 2025-11-20 12:00 | reviews  | review          | a109    | a101    | 8    | outcome    | outcome    |
    a201 | ana      | 2025-12-10 12:00 | email    | email_click     | a201    | a201    | 1    | research   | need       |
    a202 | ana      | 2025-12-10 12:10 | web      | purchase        | a201    | a201    | 2    | purchase   | purchase   | 50
    a301 | ana      | 2026-02-01 15:00 | ads      | ad_impression   | a301    | a301    | 1    | need       |            |
    a302 | ana      | 2026-02-25 15:00 | ads      | ad_impression   | a302    | a301    | 1    | need       |            |
    b101 | bob      | 2025-12-01 15:00 | store    | store_visit     | b101    | b101    | 1    | evaluation |            |
    b301 | bob      | 2026-01-25 15:00 | delivery | order_delivered | b301    | b301    | 1    | experience |            |
    b901 | bob      | 2026-02-19 20:00 | email    | email_sent      |         |         |      |            |            |
    b201 | bob      | 2026-02-20 01:30 | web      | search          | b201    | b201    | 1    | research   |            |
    b902 | bob      | 2026-02-20 01:40 | web      | spin_wheel      | b201    |         |      |            |            |
    c101 | cleo     | 2025-11-10 15:00 | store    | purchase        | c101    | c101    | 1    | purchase   | purchase   | 80
    c102 | cleo     | 2025-11-20 15:00 | store    | return          | c102    | c101    | 2    | outcome    |            | -30
    c201 | cleo     | 2025-12-05 15:00 | web      | view_item       | c201    | c201    | 1    | evaluation |            |
    c202 | cleo     | 2025-12-05 15:20 | web      | purchase        | c201    | c201    | 2    | purchase   | purchase   | 20
    c301 | cleo     | 2026-01-20 15:00 | web      | purchase        | c301    | c301    | 1    | purchase   | purchase   | 25
    x901 |          | 2026-02-21 10:00 | web      | page_view       |         |         |      |            |            |
"""  # noqa: E501
JOURNEYS = """
    journey | segment | state       | deepest    | traffic        | late  | day
    --------+---------+-------------+------------+----------------+-------+-----------
    a101    | loyal   | advocated   | outcome    | paid_search    | false | 2025-11-03
    a201    | loyal   | kept        | purchase   | email          | false | 2025-12-10
    a301    | loyal   | dropped     | need       | display        | false | 2026-02-01
    b101    | new     | dropped     | evaluation | store          | false | 2025-12-01
    b201    | new     | open        | research   | organic_search | false | 2026-02-19
    b301    | new     | open        | experience | delivery       | true  | 2026-01-25
    c101    |         | returned    | outcome    | store          | false | 2025-11-10
    c201    |         | repurchased | outcome    | direct         | false | 2025-12-05
    c301    |         | open        | purchase   | direct         | false | 2026-01-20
"""


def rows_of(drawing: str) -> list[tuple[str, ...]]:
    """Read the rows of a drawn table; an empty cell is an empty text."""
    lines = [line for line in drawing.strip().splitlines() if "-+-" not in line][1:]
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines]


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    """Open a warehouse in memory with all core tables, and nothing in them."""
    warehouse = duckdb.connect()
    warehouse.execute("set timezone = 'UTC'")
    for schema in ("core", "ops", "marts"):
        warehouse.execute(f"create schema {schema}")
    for table, columns in CORE_COLUMNS.items():
        warehouse.execute(f"create table {table} ({columns})")
    for name in MACROS:
        warehouse.execute((QUERIES / "macros" / f"{name}.sql").read_text())
    return warehouse


def fill_core(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Fill the core tables with the world that is drawn above."""
    warehouse.execute(
        """
        insert into ops.project values (
            'Flores', 'America/Santiago', 'CLP', 'es',
            30 * 86400000::bigint, 60 * 86400000::bigint, '2026-03-15 12:00:00+00', 0
        );
        insert into ops.loads by name select
            'l1' as load_id, 'r1' as run_id, 'web' as source, 'landing/web.ndjson' as file,
            30 as records, 24 as accepted, 4 as duplicates, 2 as rejected, 24 as touches;
        insert into ops.loads by name select
            'l2' as load_id, 'r1' as run_id, 'web' as source, 'landing/torn.ndjson.gz' as file,
            'bad_gzip' as refused_reason;
        """
    )
    warehouse.execute("create temp table drawn_touchpoints as " + _values(TOUCHPOINTS, 11))
    warehouse.execute("create temp table drawn_journeys as " + _values(JOURNEYS, 7))
    warehouse.execute(
        FILL_TOUCHPOINTS + FILL_STEPS + FILL_VISITS + FILL_SESSIONS + FILL_JOURNEYS + FILL_CUSTOMERS
    )


def _values(drawing: str, width: int) -> str:
    """Write a drawn table as a select; columns are named c1, c2 …, an empty cell is null."""
    rows = (", ".join(f"'{cell}'" if cell else "null" for cell in row) for row in rows_of(drawing))
    names = ", ".join(f"c{number}" for number in range(1, width + 1))
    return f"select * from (values ({'), ('.join(rows)})) as drawn ({names})"


FILL_TOUCHPOINTS = """
    insert into core.touchpoints by name
    select
        c1 as touchpoint_id, 'web' as source, c2 as customer_id,
        (c3 || ':00+00')::timestamptz as occurred_at, c4 as channel, c4 as traffic,
        c5 as event, 's' as time_precision, c6 as session_id,
        row_number() over (partition by c2 order by c3, c1) as touch_no,
        c7 as journey_id, c8::bigint as step_no, c9 as stage, c10 as goal_stage,
        c10 is not null as is_goal, c5 = 'purchase' as is_conversion,
        c11::decimal(18, 4) as value, c11::decimal(18, 4) as revenue, 'CLP' as currency,
        false as is_machine, c5 = 'spin_wheel' as is_unmapped,
        c5 = 'email_sent' as is_ignored, 'l1' as load_id
    from drawn_touchpoints;
"""
FILL_STEPS = """
    insert into core.steps by name
    with folded as (
        select
            journey_id, step_no, min(customer_id) as customer_id, min(stage) as stage,
            arg_min(channel, occurred_at) as channel, arg_min(event, occurred_at) as event,
            min(occurred_at) as started_at, max(occurred_at) as ended_at, count(*) as touches,
            count(goal_stage) as goals, coalesce(sum(revenue), 0) as value
        from core.touchpoints
        where journey_id is not null
        group by journey_id, step_no
    )
    select
        *,
        stage_number(stage) > coalesce(max(stage_number(stage)) over (
            partition by journey_id order by step_no
            rows between unbounded preceding and 1 preceding
        ), 0) as is_new_depth
    from folded;
"""
FILL_VISITS = """
    insert into core.visits by name
    with conversions as (
        select journey_id, occurred_at from core.touchpoints where is_conversion
    ),
    folded as (
        select
            journey_id, session_id, campaign, min(customer_id) as customer_id,
            arg_min(traffic, touch_no) as traffic, arg_min(channel, touch_no) as channel,
            arg_min(event, touch_no) as event, arg_min(stage, touch_no) as stage,
            min(occurred_at) as started_at, max(occurred_at) as ended_at, count(*) as touches,
            coalesce(sum(revenue), 0) as value,
            arg_min(is_conversion, touch_no) as begins_with_it
        from core.touchpoints
        where journey_id is not null
        group by journey_id, session_id, campaign
    )
    select
        folded.* exclude (begins_with_it),
        row_number() over (partition by journey_id order by started_at) as visit_no,
        if(
            not begins_with_it and started_at <= conversions.occurred_at,
            date_diff('millisecond', started_at, conversions.occurred_at), null
        ) as to_conversion_ms
    from folded left join conversions using (journey_id);

    -- Every converted journey that is drawn has one visit before its conversion, or none.
    update core.visits set
        credit_first = 1, credit_last = 1, credit_last_non_direct = 1, credit_linear = 1,
        credit_position = 1, credit_j = 1, credit_inverse_j = 1, credit_time_decay = 1
    where to_conversion_ms is not null;
"""
FILL_SESSIONS = """
    insert into core.sessions by name
    select
        session_id, min(customer_id) as customer_id, 'online' as place,
        min(occurred_at) as started_at, max(occurred_at) as ended_at,
        date_diff('millisecond', min(occurred_at), max(occurred_at)) as duration_ms,
        count(*) as touches, bool_or(is_conversion) as converted
    from core.touchpoints
    where session_id is not null
    group by session_id;
"""
FILL_JOURNEYS = """
    insert into core.journeys by name
    select
        journey_id, min(customer_id) as customer_id, min(c2) as segment, min(c3) as state,
        min(c4) as deepest_stage, min(c5) as first_traffic, min(c6)::boolean as entered_late,
        min(c7)::date as day, min(occurred_at) as started_at, max(occurred_at) as ended_at,
        date_diff('millisecond', min(occurred_at), max(occurred_at)) as duration_ms,
        arg_min(channel, occurred_at) as first_channel,
        arg_max(channel, occurred_at) as last_channel,
        count(*) as touches, count(distinct session_id) as sessions, max(step_no) as steps,
        arg_min(occurred_at, occurred_at) filter (where stage = c4) as deepest_at,
        arg_max(stage, occurred_at) as last_stage, max(occurred_at) as last_active_at,
        min(occurred_at) filter (where is_conversion) as converted_at,
        count(*) filter (where is_conversion) as orders,
        coalesce(sum(revenue) filter (where revenue > 0), 0) as value,
        coalesce(-sum(revenue) filter (where revenue < 0), 0) as returned_value
    from core.touchpoints
    inner join drawn_journeys on core.touchpoints.journey_id = drawn_journeys.c1
    group by journey_id;
"""
FILL_CUSTOMERS = """
    insert into core.customers by name
    select
        customer_id, min(segment) as segment, min(started_at) as first_seen_at,
        max(ended_at) as last_seen_at, sum(touches) as touches, count(*) as journeys,
        count(converted_at) as conversions, sum(value - returned_value) as value
    from core.journeys
    group by customer_id;
"""


def make_marts(
    warehouse: duckdb.DuckDBPyConnection, *names: str, settings: Settings = SETTINGS
) -> None:
    """Make these marts, of what they count in the core tables."""
    queries = {name: read_sql(QUERIES / "marts" / f"{name}.sql") for name in names}
    counted = re.findall(r"counts\.(\w+)", " ".join(queries.values()))
    count(Warehouse(warehouse), settings, only=counted)
    for name, query in queries.items():
        warehouse.execute(f"create or replace table marts.{name} as {query}")


def build_marts(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Build every mart from the core tables, and the analysts' macros over them."""
    product.build_marts(Warehouse(warehouse), SETTINGS)


def small_warehouse() -> duckdb.DuckDBPyConnection:
    """Open a warehouse in memory that holds the drawn world and its marts."""
    warehouse = empty_warehouse()
    fill_core(warehouse)
    build_marts(warehouse)
    return warehouse
