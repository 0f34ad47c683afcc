"""What the tables of attribution tell of a small world: credits, spend, spread, their laws."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.counts import count
from pipeline.journey.credits import RULES, add_credits
from pipeline.marts import FIGURES
from pipeline.warehouse import Warehouse
from tests.core_tables import (
    QUERIES,
    SETTINGS,
    empty_warehouse,
    make_marts,
    rows_of,
    small_warehouse,
)

Row = tuple[str, ...]

# A dash is no campaign. `days` is the time to the conversion; empty: the visit cannot earn.
WORLD = """
    journey | state     | value | returned | traffic     | campaign | channel | event     | days
    --------+-----------+-------+----------+-------------+----------+---------+-----------+-----
    j1      | kept      | 60    | 10       | paid_search | Spring   | web     | view_item | 8
    j1      |           |       |          | email       | news     | email   | email_open | 1
    j1      |           |       |          | delivery    | -        | delivery | order_delivered |
    j2      | dropped   | 0     | 0        | paid_search | spring   | web     | page_view |
    j2      |           |       |          | direct      | -        | web     | page_view |
    j3      | open      | 30    | 0        | email       | news     | email   | email_open | 2
    j3      |           |       |          | paid_search | Spring   | web     | search    | 0
    j4      | returned  | 20    | 5        | store       | -        | store   | purchase  |
    j5      | kept      | 7     | 0        | social      | fair     | web     | usage     |
    j6      | open      | 0     | 0        | display     | banner   | ads     | ad_click  |
    j7      | dropped   | 0     | 0        | converted*  | -        | start*  | page_view |
"""
# j5 entered late and renewed: it earned, and did not convert.
CONVERTED = ("j1", "j3", "j4")
LAWS = sorted((QUERIES / "checks").glob("marts.attribution.*.sql"))
SPEND = """
    day        | channel     | campaign | cost
    -----------+-------------+----------+------
    2026-03-01 | paid_search | SPRING   | 10
    2026-03-31 | paid_search | Spring   | 5.5
    2026-04-01 | paid_search | summer   | 4
    2026-03-02 | networks    | banner   | 3
    2026-03-02 | networks    | Fair     | 2
    2026-03-02 | networks    | -        | 1
    2026-03-02 | networks    | nowhere  | 8
    2026-03-02 | paid_search | abroad   | -
"""


def fill(
    warehouse: duckdb.DuckDBPyConnection, world: str = WORLD, converted: tuple[str, ...] = CONVERTED
) -> None:
    """Fill the tables with a world like the one that is drawn above, and its spend."""
    drawn = [[None if cell in ("", "-") else cell for cell in row] for row in rows_of(world)]
    visits = pl.DataFrame(
        [
            (row[0], *row[4:8], row[8] and timedelta(days=float(row[8])), number)
            for number, row in enumerate(drawn)
        ],
        schema={
            **dict.fromkeys(("journey", "traffic", "campaign", "channel", "event"), pl.String),
            "to_conversion": pl.Duration("us"),
            "number": pl.Int64,
        },
        orient="row",
    )
    credits = add_credits(visits, lookback=None, half_life=timedelta(days=7))  # noqa: F841
    journeys = [(row[0], *row[1:4], row[0] in converted) for row in drawn if row[1]]
    warehouse.execute(
        """
        insert into ops.project by name select 'UTC' as time_zone;
        insert into core.visits by name select
            journey as journey_id, traffic, campaign, channel, event, 1 as touches,
            epoch_us(to_conversion) // 1000 as to_conversion_ms,
            row_number() over (partition by journey order by number) as visit_no,
            columns('^credit_')
        from credits
        """
    )
    warehouse.executemany(
        "insert into core.journeys by name select $1 as journey_id, $2 as state, $3 as value, "
        "$4 as returned_value, if($5, '2026-03-31 23:59:59+00', null) as converted_at, "
        "(select count(*) from core.visits where journey_id = $1) as touches, "
        "'need' as deepest_stage",
        journeys,
    )
    warehouse.executemany(
        "insert into core.spend by name select $1 as day, nullif($2, '-') as channel, "
        "nullif($3, '-') as campaign, try_cast($4 as decimal(18, 4)) as project_cost",
        rows_of(SPEND),
    )


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Build the tables of attribution as the product does."""
    make_marts(connection, "campaign_spend", "visit_moves")
    count(Warehouse(connection), SETTINGS, only=("stage_funnel", "participations"))
    query = (QUERIES / "figures" / "attribution.sql").read_text(encoding="utf-8")
    warehouse = Warehouse(connection)
    with warehouse.view_of(FIGURES["attribution"](warehouse, SETTINGS), "built_attribution"):
        connection.execute(f"create table marts.attribution as {query}")
    for macro in ("names/named_credits", "analysts/attribution", "analysts/attribution_distances"):
        connection.execute((QUERIES / "macros" / f"{macro}.sql").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def world() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as warehouse:
        fill(warehouse)
        build(warehouse)
        yield warehouse


def asked(warehouse: duckdb.DuckDBPyConnection, sql: str, **params: object) -> list[Row]:
    """Ask, and have the rows as they would be drawn."""
    rows = warehouse.sql(sql, params=params or None).fetchall()
    return [tuple("" if value is None else str(value) for value in row) for row in rows]


def test_each_dimension_names_the_same_visits(world: duckdb.DuckDBPyConnection) -> None:
    assert asked(
        world,
        """
        select
            dimension, traffic, campaign, coalesce(channel, touchpoint), is_unattributed,
            conversions, revenue, round(share, 3)
        from marts.attribution where model = 'linear'
        order by 1, 5, 2, 3, 4
        """,
    ) == rows_of(
        """
        dimension  | traffic     | campaign | other            | rest  | conv | revenue | share
        -----------+-------------+----------+------------------+-------+------+---------+------
        campaign   | converted*  |          |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | direct      |          |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | display     | banner   |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | email       | news     |                  | False | 1.0  | 40.0000 | 0.333
        campaign   | networks    | nowhere  |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | networks    |          |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | paid_search | Spring   |                  | False | 1.0  | 40.0000 | 0.333
        campaign   | paid_search | spring   |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | paid_search | summer   |                  | False | 0.0  | 0.0000  | 0.0
        campaign   | social      | fair     |                  | False | 0.0  | 0.0000  | 0.0
        campaign   |             |          |                  | True  | 1.0  | 22.0000 | 0.333
        channel    |             |          | email            | False | 1.0  | 40.0000 | 0.333
        channel    |             |          | start*           | False | 0.0  | 0.0000  | 0.0
        channel    |             |          | web              | False | 1.0  | 40.0000 | 0.333
        channel    |             |          |                  | True  | 1.0  | 22.0000 | 0.333
        touchpoint |             |          | email/email_open | False | 1.0  | 40.0000 | 0.333
        touchpoint |             |          | start*/page_view | False | 0.0  | 0.0000  | 0.0
        touchpoint |             |          | web/page_view    | False | 0.0  | 0.0000  | 0.0
        touchpoint |             |          | web/search       | False | 0.5  | 15.0000 | 0.167
        touchpoint |             |          | web/view_item    | False | 0.5  | 25.0000 | 0.167
        touchpoint |             |          |                  | True  | 1.0  | 22.0000 | 0.333
        traffic    | converted*  |          |                  | False | 0.0  | 0.0000  | 0.0
        traffic    | direct      |          |                  | False | 0.0  | 0.0000  | 0.0
        traffic    | display     |          |                  | False | 0.0  | 0.0000  | 0.0
        traffic    | email       |          |                  | False | 1.0  | 40.0000 | 0.333
        traffic    | networks    |          |                  | False | 0.0  | 0.0000  | 0.0
        traffic    | paid_search |          |                  | False | 1.0  | 40.0000 | 0.333
        traffic    | social      |          |                  | False | 0.0  | 0.0000  | 0.0
        traffic    |             |          |                  | True  | 1.0  | 22.0000 | 0.333
        """
    )


def test_who_takes_part_has_the_whole_once(world: duckdb.DuckDBPyConnection) -> None:
    assert asked(
        world,
        """
        select traffic, conversions, revenue from marts.attribution
        where model = 'participation' and dimension = 'traffic' and conversions > 0
        order by traffic nulls last
        """,
    ) == [
        ("email", "2.0", "80.0000"),
        ("paid_search", "2.0", "80.0000"),
        ("", "1.0", "22.0000"),
    ]


def test_moves_are_of_decided_journeys_only(world: duckdb.DuckDBPyConnection) -> None:
    assert asked(
        world,
        "select third_last, second_last, origin, target, moves, value from marts.visit_moves "
        "where dimension = 'traffic' order by all nulls first",
    ) == rows_of(
        """
        third | second      | origin      | target      | moves | value
        ------+-------------+-------------+-------------+-------+--------
              |             | converted*  | dropped     | 1     | 0.0000
              |             | email       | paid_search | 1     | 0.0000
              |             | paid_search | direct      | 1     | 0.0000
              |             | paid_search | email       | 1     | 0.0000
              |             | start       | converted*  | 1     | 0.0000
              |             | start       | email       | 1     | 0.0000
              |             | start       | paid_search | 2     | 0.0000
              | email       | paid_search | converted   | 1     | 30.0000
              | paid_search | direct      | dropped     | 1     | 0.0000
              | paid_search | email       | converted   | 1     | 50.0000
        """
    )
    assert asked(
        world,
        "select distinct target from marts.visit_moves where dimension = 'campaign' "
        "and origin = 'start' order by 1",
    ) == [("converted*",), ("email / news",), ("paid_search / Spring",), ("paid_search / spring",)]


def test_the_third_last_name_is_told_as_well() -> None:
    with empty_warehouse() as warehouse:
        warehouse.execute(
            """
            insert into core.journeys by name select 'j' as journey_id, 'dropped' as state;
            insert into core.visits by name select
                'j' as journey_id, unnest(['a', 'b', 'c', 'd']) as traffic,
                unnest([4, 2, 3, 1]) as visit_no, 'web' as channel, 'search' as event
            """
        )
        build(warehouse)
        assert asked(
            warehouse,
            "select third_last, second_last, origin, target from marts.visit_moves "
            "where dimension = 'traffic' and origin in ('a', 'c') order by target",
        ) == [("d", "b", "c", "a"), ("b", "c", "a", "dropped")]


def test_spend_stands_where_its_visits_came_from(world: duckdb.DuckDBPyConnection) -> None:
    """Spring comes in two spellings, two visits of the one and one of the other."""
    assert asked(world, "select * from marts.campaign_spend order by all nulls last") == rows_of(
        """
        month      | traffic     | campaign | spend
        -----------+-------------+----------+--------
        2026-03-01 | display     | banner   | 3.0000
        2026-03-01 | networks    | nowhere  | 8.0000
        2026-03-01 | networks    |          | 1.0000
        2026-03-01 | paid_search | Spring   | 15.5000
        2026-03-01 | social      | fair     | 2.0000
        2026-04-01 | paid_search | summer   | 4.0000
        """
    )
    assert asked(
        world,
        "select traffic, campaign, conversions, spend, round(cpa, 3), round(roas, 3) "
        "from marts.attribution where model = 'first' and dimension = 'campaign' "
        "and spend is not null order by spend desc",
    ) == rows_of(
        """
        traffic     | campaign | conversions | spend   | cpa  | roas
        ------------+----------+-------------+---------+------+------
        paid_search | Spring   | 1.0         | 15.5000 | 15.5 | 3.226
        networks    | nowhere  | 0.0         | 8.0000  |      | 0.0
        paid_search | summer   | 0.0         | 4.0000  |      | 0.0
        display     | banner   | 0.0         | 3.0000  |      | 0.0
        social      | fair     | 0.0         | 2.0000  |      | 0.0
        networks    |          | 0.0         | 1.0000  |      | 0.0
        """
    )


def test_spend_of_a_campaign_with_several_traffics_is_divided_by_visits() -> None:
    with empty_warehouse() as warehouse:
        warehouse.execute(
            """
            insert into core.journeys by name select 'j' as journey_id, 'open' as state;
            insert into core.visits by name select
                'j' as journey_id, unnest(['social', 'email', 'social']) as traffic,
                ' Fair' as campaign,
                'web' as channel, 'search' as event;
            insert into core.spend by name select
                '2026-03-02' as day, 'networks' as channel, 'fair' as campaign,
                0.01 as project_cost
            """
        )
        build(warehouse)
        told = asked(warehouse, "select traffic, campaign, spend from marts.campaign_spend")
        assert told == [("email", " Fair", "0.0033"), ("social", " Fair", "0.0067")]
        sums = asked(
            warehouse,
            "select distinct sum(spend) over (partition by model) from marts.attribution "
            "where dimension = 'traffic'",
        )
        assert sums == [("0.0100",)]


def test_spend_without_a_channel_stands_where_its_campaign_came_from_or_nowhere() -> None:
    with empty_warehouse() as warehouse:
        warehouse.execute(
            """
            insert into core.journeys by name select 'j' as journey_id, 'open' as state;
            insert into core.visits by name select
                'j' as journey_id, 'social' as traffic, 'fair' as campaign,
                'web' as channel, 'search' as event;
            insert into core.spend by name
            select '2026-03-02' as day, unnest(['fair', 'ghost', null]) as campaign,
                unnest([1, 2, 4]) as project_cost
            """
        )
        build(warehouse)
        told = "select traffic, campaign, spend from marts.campaign_spend order by spend"
        assert asked(warehouse, told) == [
            ("social", "fair", "1.0000"),
            ("", "ghost", "2.0000"),
            ("", "", "4.0000"),
        ]


def test_a_campaign_without_visits_is_one_however_it_is_spelled() -> None:
    with empty_warehouse() as warehouse:
        warehouse.execute(
            """
            insert into core.spend by name
            select day, 'ads' as channel, campaign, cost as project_cost
            from (values
                ('2026-02-02'::date, 'Ghost', 5),
                ('2026-03-02', ' ghost', 3),
                ('2026-03-02', 'GHOST', 4)
            ) as told (day, campaign, cost)
            """
        )
        build(warehouse)
        told = asked(warehouse, "select campaign, spend from marts.campaign_spend order by month")
        assert told == [("GHOST", "5.0000"), ("GHOST", "7.0000")]


def test_what_rounding_leaves_is_taken_from_who_has_some() -> None:
    # Each of three has two thirds, rounded up; the first by name has nothing to give.
    with empty_warehouse() as warehouse:
        fill(
            warehouse,
            """
            journey | state   | value | returned | traffic  | campaign | channel | event     | days
            --------+---------+-------+----------+----------+----------+---------+-----------+-----
            j1      | kept    | 0     | 0        | email    | -        | web     | search    | 3
            j1      |         |       |          | referral | -        | web     | search    | 2
            j1      |         |       |          | social   | -        | web     | search    | 1
            j2      | kept    | 0     | 0        | email    | -        | web     | search    | 3
            j2      |         |       |          | referral | -        | web     | search    | 2
            j2      |         |       |          | social   | -        | web     | search    | 1
            j3      | dropped | 0     | 0        | affiliate | -       | web     | search    |
            """,
            ("j1", "j2"),
        )
        build(warehouse)
        for law in LAWS:
            assert warehouse.sql(law.read_text(encoding="utf-8")).fetchall() == []
        least = "select min(conversions) from marts.attribution where model = 'linear'"
        assert asked(warehouse, least) == [("0.0",)]


@pytest.mark.parametrize("law", LAWS)
def test_the_laws_hold_in_the_drawn_world(world: duckdb.DuckDBPyConnection, law: Path) -> None:
    assert world.sql(law.read_text(encoding="utf-8")).fetchall() == []


def test_models_stand_side_by_side(world: duckdb.DuckDBPyConnection) -> None:
    assert asked(
        world,
        "select traffic, first, last, linear, participation, spend "
        "from attribution(measure := 'revenue') where highest > 0",
    ) == rows_of(
        """
        traffic     | first | last | linear | part | spend
        ------------+-------+------+--------+------+--------
        email       | 30.0  | 50.0 | 40.0   | 80.0 |
        paid_search | 50.0  | 30.0 | 40.0   | 80.0 | 19.5000
                    | 22.0  | 22.0 | 22.0   | 22.0 |
        """
    )


def test_the_spread_is_how_far_shares_lie_apart(world: duckdb.DuckDBPyConnection) -> None:
    shares = world.sql(
        "select touchpoint, list(share), list(conversions) from marts.attribution "
        "where dimension = 'touchpoint' and model != 'participation' group by touchpoint"
    ).fetchall()
    found = world.sql(
        "select touchpoint, spread, lowest, highest from attribution(dimension := 'touchpoint')"
    ).fetchall()
    assert {name: figures for name, *figures in found} == {
        name: [max(each) - min(each), min(conversions), max(conversions)]
        for name, each, conversions in shares
    }
    assert max(spread for _, spread, *_ in found) > 0.1


def test_the_distance_of_models_is_what_they_credit_to_different_names(
    world: duckdb.DuckDBPyConnection,
) -> None:
    shares: dict[str, dict[object, float]] = {}
    for model, name, share in world.sql(
        "select model, touchpoint, share from marts.attribution "
        "where dimension = 'touchpoint' and model != 'participation'"
    ).fetchall():
        shares.setdefault(model, {})[name] = share
    expected = {
        (model, other): sum(
            abs(shares[model][name] - shares[other][name]) for name in shares[model]
        )
        / 2
        for model in shares
        for other in shares
        if model < other
    }
    found = world.sql("from attribution_distances(dimension := 'touchpoint')").fetchall()
    assert {(model, other): apart for model, other, apart in found} == pytest.approx(expected)
    assert found[0][2] > 0


def question(world: duckdb.DuckDBPyConnection, name: str, **params: object) -> list[Row]:
    query = (QUERIES / "questions" / f"{name}.sql").read_text(encoding="utf-8")
    return asked(world, query, **params)


def test_the_questions_on_credit(world: duckdb.DuckDBPyConnection) -> None:
    by_campaign = question(
        world, "what_models_credit", dimension="campaign", measure="revenue", top=2
    )
    assert [row[:3] for row in by_campaign] == [
        ("email / news", "30.0", "50.0"),
        ("paid_search / Spring", "50.0", "30.0"),
    ]
    pairs = question(world, "how_far_models_disagree", dimension="touchpoint", top=1)
    assert [row[2] for row in pairs] == [
        max(
            (
                row[2]
                for row in question(
                    world, "how_far_models_disagree", dimension="touchpoint", top=99
                )
            ),
            key=float,
        )
    ]
    brought = question(world, "what_spend_brought", dimension="campaign", model="first")
    assert brought[0][:6] == ("paid_search", "Spring", "15.5000", "1.0", "15.5", "15.5")
    months = question(world, "credit_by_month", rule="last", by_campaign=0, segment=None)
    assert months[:2] == [
        ("2026-03-01", "email", "", "1.0", "33.3", "50.0", "", "", ""),
        ("2026-03-01", "paid_search", "", "1.0", "33.3", "30.0", "15.5000", "15.5", "1.94"),
    ]
    assert ("2026-03-01", "unattributed", "", "1.0", "33.3", "15.0", "", "", "") in months


def test_without_any_visit_there_is_nothing_to_credit() -> None:
    with empty_warehouse() as warehouse:
        build(warehouse)
        for table in ("attribution", "visit_moves", "campaign_spend"):
            assert asked(warehouse, f"from marts.{table}") == []
        assert asked(warehouse, "from attribution()") == []


def test_every_model_is_there(world: duckdb.DuckDBPyConnection) -> None:
    models = world.sql(
        "select dimension, list(distinct model order by model) from marts.attribution group by all"
    ).fetchall()
    everywhere = {*RULES, "participation", "markov_1"}
    assert {dimension: set(each) for dimension, each in models} == {
        "traffic": everywhere | {"markov_2", "markov_3", "shapley"},
        "campaign": everywhere,
        "channel": everywhere,
        "touchpoint": everywhere,
    }


def test_a_traffic_that_holds_the_joint_is_not_another_one_and_its_campaign() -> None:
    with small_warehouse() as warehouse:
        names = warehouse.sql(
            "select visit_name('campaign', traffic, campaign, null, null) from (values "
            "('a', 'b'), ('a / b', null), ('a', null), ('a / b', 'b')) as told (traffic, campaign)"
        ).fetchall()
    assert len(set(names)) == 4
