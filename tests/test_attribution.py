"""The laws of attribution: what every model gives, and what the tables make of it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from statistics import mean

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.counts import count
from pipeline.figures.attribution import MOST_NAMES, attribute
from pipeline.figures.shapley import EXACT_UP_TO, _sampled, shapley_values
from pipeline.journey.credits import RULES, add_credits
from pipeline.marts import FIGURES
from pipeline.settings import Attribution
from pipeline.warehouse import Warehouse
from tests.core_tables import (
    QUERIES,
    SETTINGS,
    empty_warehouse,
    make_marts,
    rows_of,
    small_warehouse,
)
from tests.test_chain import journeys_drawn, moves_of
from tests.walks import Journey, chain_of_journeys, only, walked, without

Row = tuple[str, ...]

# ---- Rules -------------------------------------------------------------------------------------


def credits_of(*visits: tuple[str, int | None], lookback: timedelta | None = None) -> pl.DataFrame:
    """Credit one journey's visits, each its traffic and its days to the conversion."""
    frame = pl.DataFrame(
        {
            "journey": [0] * len(visits),
            "traffic": [traffic for traffic, _ in visits],
            "to_conversion": [None if days is None else timedelta(days=days) for _, days in visits],
        },
        schema_overrides={"to_conversion": pl.Duration("us")},
    )
    return add_credits(frame, lookback=lookback, half_life=timedelta(days=7))


def test_a_visit_exactly_as_old_as_the_lookback_earns() -> None:
    visits = [("email", 31), ("email", 30), ("direct", 3), ("store", None)]
    credits = credits_of(*visits, lookback=timedelta(days=30))
    assert credits["credit_linear"].to_list() == [None, 0.5, 0.5, None]
    assert credits["credit_first"].to_list() == [None, 1, 0, None]
    assert credits["credit_j"].to_list() == [None, 0.25, 0.75, None]


def test_a_visit_at_the_instant_of_the_conversion_earns_within_any_lookback() -> None:
    credits = credits_of(("email", 1), ("direct", 0), lookback=timedelta(0))
    assert credits["credit_last"].to_list() == [None, 1]


def test_where_all_came_direct_the_last_has_all() -> None:
    credits = credits_of(("direct", 9), ("direct", 8), ("direct", 7))
    assert credits["credit_last_non_direct"].to_list() == [0, 0, 1]


def test_visits_of_long_ago_have_shares_like_those_of_today() -> None:
    near, far = (
        credits_of(("email", 7 + ago), ("direct", ago))["credit_time_decay"].to_list()
        for ago in (0, 20_000)
    )
    assert near == far == pytest.approx([1 / 3, 2 / 3])


def test_a_half_life_is_longer_than_nothing() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Attribution.model_validate({"half_life": "0d"})


def test_lookback_and_half_life_decide_the_journeys() -> None:
    told = Attribution.model_validate({"lookback": "30d", "half_life": "12h", "seed": 7})
    changed = SETTINGS.model_copy(update={"attribution": told})
    assert changed.rulebook().lookback == timedelta(days=30)
    assert changed.rulebook().half_life == timedelta(hours=12)
    assert changed.fingerprint() != SETTINGS.fingerprint()


# ---- Markov and Shapley ------------------------------------------------------------------------


def credited(
    journeys: Sequence[Journey], *, dimension: str = "traffic", seed: int = 1
) -> pl.DataFrame:
    """Credit journeys by chains; their names are those of a dimension."""
    names = sorted({name for visits, _ in journeys for name in visits})
    return credits_by_chains(moves_of(list(journeys)), linear_of(journeys, names, dimension), seed)


def credits_by_chains(moves: pl.DataFrame, rules: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    told = moves.with_columns(dimension=pl.lit(rules["dimension"].first()))
    return attribute(rules, told, seed=seed).filter(pl.col("model") != "linear")


def linear_of(journeys: Sequence[Journey], names: list[str], dimension: str) -> pl.DataFrame:
    credit = dict.fromkeys(names, 0.0)
    for visits, value in journeys:
        for name in visits:
            credit[name] += 0.0 if value is None else 1 / len(visits)
    return pl.DataFrame(
        {
            "dimension": dimension,
            "model": "linear",
            "name": names,
            "traffic": names,
            "campaign": None,
            "channel": None,
            "touchpoint": None,
            "conversions": list(credit.values()),
            "revenue": 0.0,
        }
    )


def by_name(credits: pl.DataFrame, model: str, figure: str) -> dict[str, float]:
    of_model = credits.filter(pl.col("model") == model).sort("name")
    return dict(of_model.select("name", figure).iter_rows())


def divided(effects: dict[str, float], whole: float) -> dict[str, float]:
    """Divide a whole as effects stand."""
    scale = sum(effects.values()) or 1
    return {name: effect / scale * whole for name, effect in effects.items()}


@given(journeys_drawn)
@settings(max_examples=40, deadline=None)
def test_markov_credits_what_is_lost_without_a_name(journeys: list[Journey]) -> None:
    credits = credited(journeys)
    values = [value for _, value in journeys if value is not None]
    names = {name for visits, _ in journeys for name in visits}
    for order in (1, 2, 3):
        ways, chances, means = chain_of_journeys(journeys, order)
        for figure, gains, whole in (
            ("conversions", chances, len(values)),
            ("revenue", means, sum(values)),
        ):
            lost = {
                name: walked(ways, gains) - walked(without(ways, name), gains) for name in names
            }
            found = by_name(credits, f"markov_{order}", figure)
            assert found == pytest.approx(divided(lost, whole), abs=1e-6)


few_names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=5)
few_journeys = st.lists(
    st.tuples(few_names, st.one_of(st.none(), st.integers(0, 90).map(float))),
    min_size=1,
    max_size=8,
)


@given(few_journeys)
@settings(max_examples=30, deadline=None)
def test_shapley_credits_what_a_name_adds_on_average_over_all_orders(
    journeys: list[Journey],
) -> None:
    credits = credited(journeys)
    names = sorted({name for visits, _ in journeys for name in visits})
    ways, *gains = chain_of_journeys(journeys, order=1)
    for figure, each in zip(("conversions", "revenue"), gains, strict=True):
        adds: dict[str, list[float]] = {name: [] for name in names}
        for order in permutations(names):
            for place, name in enumerate(order):
                with_it, before = (
                    walked(only(ways, order[:end]), each) for end in (place + 1, place)
                )
                adds[name].append(with_it - before)
        values = {name: mean(added) * len(journeys) for name, added in adds.items()}
        assert by_name(credits, "shapley", figure) == pytest.approx(values, abs=1e-6)
    assert credits["error"].null_count() == credits.height


@given(journeys_drawn)
@settings(max_examples=30, deadline=None)
def test_every_model_divides_all_conversions_and_all_revenue(journeys: list[Journey]) -> None:
    values = [value for _, value in journeys if value is not None]
    sums = credited(journeys).group_by("model").agg(pl.col("conversions", "revenue").sum())
    assert set(sums["model"]) == {"markov_1", "markov_2", "markov_3", "shapley"}
    assert sums["conversions"].to_list() == pytest.approx([len(values)] * 4)
    assert sums["revenue"].to_list() == pytest.approx([sum(values)] * 4)


def test_where_returns_leave_a_loss_revenue_goes_as_the_conversions_do() -> None:
    credits = credited([("a", 100.0), ("b", -20.0), ("b", 10.0), ("ab", None)])
    for model in ("markov_1", "shapley"):
        conversions = by_name(credits, model, "conversions")
        as_they = {name: 90 * credit / 3 for name, credit in conversions.items()}
        assert by_name(credits, model, "revenue") == pytest.approx(as_they)


def some_chain(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Invent start, moves and two gains of a chain."""
    generator = np.random.default_rng(size)
    start, moves = generator.dirichlet(np.ones(size)), generator.dirichlet(np.ones(size), size)
    gains = np.column_stack([generator.random(size) * 0.2, generator.random(size) * 30])
    return start, moves * 0.8, gains


def test_sampled_shapley_values_lie_about_the_exact_ones() -> None:
    chain = some_chain(10)
    exact, no_errors = shapley_values(*chain, seed=1)
    assert no_errors is None
    sampled, errors = _sampled(*chain, 1)
    assert np.abs((sampled - exact) / errors).max() < 4
    assert 0.5 < np.sqrt(np.mean(((sampled - exact) / errors) ** 2)) < 1.5
    assert (errors < 0.02 * exact).all()
    start, moves, gains = chain
    whole = start @ np.linalg.solve(np.eye(10) - moves, gains)
    assert exact.sum(axis=0) == pytest.approx(whole)
    assert sampled.sum(axis=0) == pytest.approx(whole)


def test_beyond_a_few_names_shapley_is_sampled_and_the_same_each_time() -> None:
    assert shapley_values(*some_chain(EXACT_UP_TO), seed=1)[1] is None
    chain = some_chain(EXACT_UP_TO + 1)
    values, errors = shapley_values(*chain, seed=1)
    again, errors_again = shapley_values(*chain, seed=1)
    otherwise, _ = shapley_values(*chain, seed=2)
    assert errors is not None
    assert errors_again is not None
    assert (values == again).all()
    assert (errors == errors_again).all()
    assert (values != otherwise).any()


def many_journeys(names: int, count: int) -> list[Journey]:
    generator = np.random.default_rng(names)
    return [
        (
            [f"n{name:03}" for name in generator.integers(0, names, generator.integers(1, 5))],
            float(generator.integers(10, 90)) if generator.random() < 0.4 else None,
        )
        for _ in range(count)
    ]


def test_the_order_of_rows_changes_no_credit() -> None:
    journeys = many_journeys(16, 60)
    moves, rules = (
        moves_of(journeys),
        linear_of(journeys, sorted({n for v, _ in journeys for n in v}), "traffic"),
    )
    there, back = (
        credits_by_chains(moves[::step], rules[::step]).sort("model", "name") for step in (1, -1)
    )
    assert there.equals(back)
    shapley = there.filter(pl.col("model") == "shapley")
    assert (shapley["error"] > 0).all()
    assert (there.filter(pl.col("model") != "shapley")["error"].null_count()) == 3 * 16


def test_of_too_many_names_the_rarest_share_as_linear_does() -> None:
    common: list[Journey] = [
        ([f"n{name:03}"], 10.0 if name % 2 else None) for name in range(MOST_NAMES - 1)
    ]
    rare: list[Journey] = [
        (["r1", "r2"], 30.0),
        (["r2"], 30.0),
        (["r3"], None),
        (["n000", "r1"], 5),
    ]
    credits = credited([*common * 3, *rare], dimension="campaign")
    assert credits["model"].unique().to_list() == ["markov_1"]
    conversions = by_name(credits, "markov_1", "conversions")
    assert len(conversions) == MOST_NAMES - 1 + 3
    assert sum(conversions.values()) == pytest.approx(3 * (MOST_NAMES // 2) - 3 + 3)
    # One half each of the first, all of the second to r2; one half of the last to r1.
    rest = sum(conversions[name] for name in ("r1", "r2", "r3"))
    assert [conversions[name] / rest for name in ("r1", "r2", "r3")] == pytest.approx([0.4, 0.6, 0])
    assert rest > 2


# ---- Tables ------------------------------------------------------------------------------------

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
LAWS = sorted((QUERIES / "checks").glob("marts.attribution.*.sql"))
# j5 entered late and renewed: it earned, and did not convert.
CONVERTED = ("j1", "j3", "j4")
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
    for macro in ("attribution", "attribution_distances"):
        connection.execute(
            (QUERIES / "macros" / "analysts" / f"{macro}.sql").read_text(encoding="utf-8")
        )


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
