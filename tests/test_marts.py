"""The marts, against counts made by hand over the drawn world."""

from collections.abc import Iterator

import duckdb
import pytest
from scipy.stats import binomtest

from pipeline.vocabulary import STAGE_NUMBER, STAGES
from tests.core_tables import build_marts, empty_warehouse, fill_core, rows_of, small_warehouse


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def drawn_result(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    """Run a query, and give its rows as they would be drawn."""
    return [
        tuple("" if value is None else str(value) for value in row)
        for row in warehouse.sql(query).fetchall()
    ]


def test_the_funnel_counts_each_journey_at_every_stage_that_it_reached(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        stage      | reached | visited | skipped | advanced | dropped | open | settled | converted | goal_met
        -----------+---------+---------+---------+----------+---------+------+---------+-----------+---------
        need       | 9       | 2       | 7       | 8        | 1       | 0    | 0       | 5         | 2
        research   | 8       | 3       | 5       | 7        | 0       | 1    | 0       | 5         | 0
        evaluation | 7       | 3       | 4       | 6        | 1       | 0    | 0       | 5         | 1
        purchase   | 6       | 5       | 1       | 4        | 0       | 1    | 1       | 5         | 5
        experience | 4       | 2       | 2       | 3        | 0       | 1    | 0       | 3         | 0
        outcome    | 3       | 2       | 1       | 0        | 0       | 0    | 3       | 3         | 1
    """  # noqa: E501
    counts = "reached, visited, skipped, advanced, dropped, open, settled, converted, goal_met"
    sums = ", ".join(f"sum({name})" for name in counts.split(", "))
    in_mart = f"""
        select stage, {sums} from marts.stage_funnel group by stage, stage_no order by stage_no
    """
    assert drawn_result(warehouse, in_mart) == rows_of(expected)
    by_macro = f"select stage, {counts} from stage_funnel()"
    assert drawn_result(warehouse, by_macro) == rows_of(expected)


def test_a_cell_of_the_funnel_has_all_six_stages(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage      | day        | segment | reached | advanced | open | rate | high
        -----------+------------+---------+---------+----------+------+------+------
        need       | 2026-02-19 | new     | 1       | 1        | 0    | 0.0  | 0.793
        research   | 2026-02-19 | new     | 1       | 0        | 1    |      |
        evaluation | 2026-02-19 | new     | 0       | 0        | 0    |      |
        purchase   | 2026-02-19 | new     | 0       | 0        | 0    |      |
        experience | 2026-02-19 | new     | 0       | 0        | 0    |      |
        outcome    | 2026-02-19 | new     | 0       | 0        | 0    |      |
    """
    query = """
        select
            stage, day, segment, reached, advanced, open, drop_off_rate, round(drop_off_high, 3)
        from marts.stage_funnel where first_traffic = 'organic_search' order by stage_no
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        ("", [9, 8, 7, 6, 4, 3]),
        ("segment := 'loyal'", [3, 2, 2, 2, 1, 1]),
        ("channel := 'store'", [2, 2, 2, 1, 1, 1]),
        ("traffic := 'direct'", [2, 2, 2, 2, 1, 1]),
        ("from_date := '2026-02-01'", [2, 1, 0, 0, 0, 0]),
        ("from_date := '2025-12-05', to_date := date '2025-12-10'", [2, 2, 2, 2, 1, 1]),
        ("channel := 'pigeon'", []),
    ],
)
def test_the_funnel_macro_filters_by_what_is_given(
    warehouse: duckdb.DuckDBPyConnection, given: str, reached: list[int]
) -> None:
    rows = warehouse.sql(f"select reached from stage_funnel({given})").fetchall()
    assert [row[0] for row in rows] == reached


def test_the_stage_flow_takes_each_journey_through_its_new_deepest_stages(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        origin     | target      | journeys | value
        -----------+-------------+----------+---------
        start      | need        | 2        | 100.0000
        start      | research    | 2        | 50.0000
        start      | evaluation  | 2        | 20.0000
        start      | purchase    | 2        | 75.0000
        start      | experience  | 1        | 0.0000
        need       | research    | 1        | 100.0000
        need       | dropped     | 1        | 0.0000
        research   | evaluation  | 1        | 100.0000
        research   | purchase    | 1        | 50.0000
        research   | open        | 1        | 0.0000
        evaluation | purchase    | 2        | 120.0000
        evaluation | dropped     | 1        | 0.0000
        purchase   | experience  | 1        | 100.0000
        purchase   | outcome     | 2        | 70.0000
        purchase   | kept        | 1        | 50.0000
        purchase   | open        | 1        | 25.0000
        experience | outcome     | 1        | 100.0000
        experience | open        | 1        | 0.0000
        outcome    | advocated   | 1        | 100.0000
        outcome    | repurchased | 1        | 20.0000
        outcome    | returned    | 1        | 50.0000
    """
    assert drawn_result(warehouse, "from marts.stage_flow") == rows_of(expected)


def test_transitions_of_stages_keep_back_steps_and_journeys_without_a_segment(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        origin     | target      | segment | journeys | transitions | customers | median_ms  | p90_ms     | value
        -----------+-------------+---------+----------+-------------+-----------+------------+------------+---------
        evaluation | dropped     | new     | 1        | 1           | 1         |            |            | 0.0000
        evaluation | purchase    | loyal   | 1        | 1           | 1         | 600000     | 600000     | 100.0000
        evaluation | purchase    |         | 1        | 1           | 1         | 1200000    | 1200000    | 20.0000
        evaluation | research    | loyal   | 1        | 1           | 1         | 300000     | 300000     | 0.0000
        experience | open        | new     | 1        | 1           | 1         |            |            | 0.0000
        experience | outcome     | loyal   | 1        | 1           | 1         | 1285200000 | 1285200000 | 0.0000
        need       | dropped     | loyal   | 1        | 1           | 1         |            |            | 0.0000
        need       | research    | loyal   | 1        | 1           | 1         | 60000      | 60000      | 0.0000
        outcome    | advocated   | loyal   | 1        | 1           | 1         |            |            | 0.0000
        outcome    | returned    |         | 1        | 1           | 1         |            |            | 0.0000
        purchase   | experience  | loyal   | 1        | 1           | 1         | 178200000  | 178200000  | 0.0000
        purchase   | kept        | loyal   | 1        | 1           | 1         |            |            | 0.0000
        purchase   | open        |         | 1        | 1           | 1         |            |            | 0.0000
        purchase   | outcome     |         | 1        | 1           | 1         | 864000000  | 864000000  | -30.0000
        purchase   | repurchased |         | 1        | 1           | 1         |            |            | 0.0000
        research   | evaluation  | loyal   | 1        | 2           | 1         | 240000     | 600000     | 0.0000
        research   | open        | new     | 1        | 1           | 1         |            |            | 0.0000
        research   | purchase    | loyal   | 1        | 1           | 1         | 600000     | 600000     | 50.0000
        start      | evaluation  | new     | 1        | 1           | 1         |            |            | 0.0000
        start      | evaluation  |         | 1        | 1           | 1         |            |            | 0.0000
        start      | experience  | new     | 1        | 1           | 1         |            |            | 0.0000
        start      | need        | loyal   | 2        | 2           | 1         |            |            | 0.0000
        start      | purchase    |         | 2        | 2           | 1         |            |            | 105.0000
        start      | research    | loyal   | 1        | 1           | 1         |            |            | 0.0000
        start      | research    | new     | 1        | 1           | 1         |            |            | 0.0000
    """  # noqa: E501
    query = "select * exclude (grain) from marts.transitions where grain = 'stage'"
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_a_step_with_two_touches_is_one_node_of_steps_and_two_of_touches(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        grain         | origin              | target              | transitions | median_ms
        --------------+---------------------+---------------------+-------------+----------
        stage_channel | need/ads            | dropped             | 1           |
        stage_channel | need/ads            | research/web        | 1           | 60000
        touchpoint    | ads/ad_click        | web/page_view       | 1           | 60000
        touchpoint    | ads/ad_impression   | ads/ad_impression   | 1           | 2073600000
        touchpoint    | ads/ad_impression   | dropped             | 1           |
        touchpoint    | web/page_view       | web/search          | 1           | 120000
        touchpoint    | web/search          | web/add_to_cart     | 1           | 600000
        touchpoint    | web/search          | web/view_item       | 1           | 120000
    """
    query = """
        select grain, origin, target, transitions, median_ms from marts.transitions
        where segment = 'loyal'
            and (origin in ('need/ads', 'web/page_view', 'web/search') or origin like 'ads/%')
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_transitions_over_several_segments_are_summed_and_their_times_weighted(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        select journeys, transitions, customers, median_ms, value, rate
        from transitions() where origin = 'evaluation' and target = 'purchase'
    """
    assert drawn_result(warehouse, query) == [("2", "2", "2", "900000", "120.0000", "0.5")]
    assert drawn_result(warehouse, query.replace("()", "(segment := 'loyal')")) == [
        ("1", "1", "1", "600000", "100.0000", "0.5")
    ]


def test_drop_off_by_dimension_and_month(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage      | dimension | value | period     | advanced | settled | dropped | open | undecided | rate  | is_ripe | is_final | estimate
        -----------+-----------+-------+------------+----------+---------+---------+------+-----------+-------+---------+----------+---------
        need       | all       |       | 2026-02-01 | 1        | 0       | 1       | 0    | 0         | 0.5   | False   | False    | 0.5
        need       | all       |       |            | 8        | 0       | 1       | 0    | 0         | 0.111 | False   | False    | 0.111
        research   | all       |       | 2026-02-01 | 0        | 0       | 0       | 1    | 1         |       | False   | False    |
        purchase   | all       |       |            | 4        | 1       | 0       | 1    | 0         | 0.0   | False   | False    | 0.0
        evaluation | channel   | store | 2025-11-01 | 1        | 0       | 0       | 0    | 0         | 0.0   | True    | True     |
        evaluation | channel   | store | 2025-12-01 | 0        | 0       | 1       | 0    | 0         | 1.0   | True    | True     |
        evaluation | channel   | store |            | 1        | 0       | 1       | 0    | 0         | 0.5   | False   | False    | 0.5
        purchase   | segment   |       | 2026-01-01 | 0        | 0       | 0       | 1    | 0         |       | True    | False    | 0.0
    """  # noqa: E501
    query = """
        select
            stage, dimension, dimension_value, period, advanced, settled, dropped, open,
            undecided, round(rate, 3), is_ripe, is_final, round(estimate, 3)
        from marts.drop_off
        where
            (dimension = 'all' and period is null and stage in ('need', 'purchase'))
            or (dimension = 'all' and period = '2026-02-01' and stage in ('need', 'research'))
            or (dimension_value = 'store' and dimension = 'channel' and stage = 'evaluation')
            or (
                dimension = 'segment' and dimension_value is null and stage = 'purchase'
                and period = '2026-01-01'
            )
        order by dimension, dimension_value, stage_no, period nulls last
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_the_drop_off_macro_counts_anew_what_is_asked_for(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    columns = """
        stage, stage_no, dimension, dimension_value, period, advanced, settled, dropped, open,
        undecided, rate, low, high, is_ripe
    """
    in_mart = f"select {columns} from marts.drop_off"
    for dimension in ("all", "channel", "traffic", "campaign", "device", "segment"):
        by_month = f"from drop_off(dimension := '{dimension}', by_month := true)"
        all_time = f"from drop_off(dimension := '{dimension}')"
        both = f"select {columns} {by_month} union all select {columns} {all_time} order by all"
        kept = f"{in_mart} where dimension = '{dimension}' order by all"
        assert warehouse.sql(both).fetchall() == warehouse.sql(kept).fetchall()


@pytest.mark.parametrize(
    ("given", "ended", "is_ripe"),
    [
        ("", [9, 7, 7, 5, 3, 3], False),
        ("to_date := '2026-02-12'", [8, 7, 7, 5, 3, 3], True),
        ("to_date := date '2026-02-13'", [8, 7, 7, 5, 3, 3], False),
        ("from_date := '2025-12-05', to_date := '2025-12-10'", [2, 2, 2, 2, 1, 1], True),
        ("segment := 'loyal', traffic := 'email'", [1, 1, 1, 1, 0, 0], False),
        ("channel := 'store'", [2, 2, 2, 1, 1, 1], False),
        ("campaign := 'spring'", [], None),
        ("device := 'mobile'", [], None),
    ],
)
def test_the_drop_off_macro_filters_by_what_is_given(
    warehouse: duckdb.DuckDBPyConnection, given: str, ended: list[int], is_ripe: bool | None
) -> None:
    query = f"select advanced + settled + dropped as ended, is_ripe from drop_off({given})"
    rows = warehouse.sql(query).fetchall()
    assert [row[0] for row in rows] == ended
    assert {row[1] for row in rows} == ({is_ripe} if ended else set())


def test_the_drop_off_macro_knows_its_dimensions(warehouse: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match=r"expected all, channel, .* found week"):
        warehouse.sql("from drop_off(dimension := 'week')").fetchall()


def test_times_count_how_long_each_journey_took_or_was_watched(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    # ana went from need to research in a minute, bob was watched for 103 days at evaluation. Who
    # buys at once takes no time; cleo came back to buy, and so passed the experience by.
    expected = """
        stage      | month      | within_ms  | went_on | passed | not_yet | went_on_ms
        -----------+------------+------------+---------+--------+---------+-----------
        need       | 2025-11-01 | 0          | 1       | 1      | 0       | 0
        need       | 2025-11-01 | 60096      | 1       | 0      | 0       | 60000
        need       | 2025-12-01 | 0          | 3       | 3      | 0       | 0
        need       | 2026-01-01 | 0          | 2       | 2      | 0       | 0
        need       | 2026-02-01 | 0          | 1       | 1      | 0       | 0
        need       | 2026-02-01 | 3771522796 | 0       | 0      | 1       | 0
        evaluation | 2025-11-01 | 0          | 1       | 1      | 0       | 0
        evaluation | 2025-11-01 | 1548564    | 1       | 0      | 0       | 1500000
        evaluation | 2025-12-01 | 0          | 1       | 1      | 0       | 0
        evaluation | 2025-12-01 | 1246974    | 1       | 0      | 0       | 1200000
        evaluation | 2025-12-01 | 9367390095 | 0       | 0      | 1       | 0
        evaluation | 2026-01-01 | 0          | 2       | 2      | 0       | 0
        purchase   | 2025-11-01 | 0          | 2       | 0      | 0       | 0
        purchase   | 2025-12-01 | 0          | 2       | 0      | 0       | 0
        purchase   | 2026-01-01 | 0          | 2       | 1      | 0       | 0
        experience | 2025-11-01 | 0          | 1       | 1      | 0       | 0
        experience | 2025-11-01 | 1333434672 | 1       | 0      | 0       | 1285200000
        experience | 2025-12-01 | 0          | 1       | 1      | 0       | 0
        experience | 2026-01-01 | 4294967295 | 0       | 0      | 1       | 0
    """
    query = """
        select stage, month, within_ms, went_on, passed, not_yet, went_on_ms
        from marts.stage_times
        where dimension = 'all' and stage <> 'research'
        order by stage_no, month, within_ms
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_times_to_the_next_stage_are_of_those_who_came_to_the_stage(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    expected = """
        stage      | reached | arrived | 1h    | 7d    | 30d   | silence | median_ms  | gone_median_ms
        -----------+---------+---------+-------+-------+-------+---------+------------+---------------
        need       | 9       | 2       | 0.5   | 0.5   | 0.5   | 0.5     | 60000      | 60000
        research   | 8       | 3       | 0.667 | 0.667 |       |         | 600000     |
        evaluation | 7       | 3       | 0.667 | 0.667 | 0.667 | 0.667   | 1500000    | 1200000
        purchase   | 6       | 5       | 1.0   | 1.0   | 1.0   | 1.0     | 0          | 0
        experience | 4       | 2       | 0.0   | 0.0   | 0.5   | 0.5     | 1285200000 | 1285200000
    """  # noqa: E501
    query = """
        select
            stage, reached, arrived, round(within_1h_rate, 3), round(within_7d_rate, 3),
            round(within_30d_rate, 3), round(within_silence_rate, 3), median_ms, gone_median_ms
        from marts.time_to_next_stage where dimension = 'all' order by stage_no
    """
    assert drawn_result(warehouse, query) == rows_of(expected)


def test_who_repurchased_came_to_the_outcome_with_the_next_conversion() -> None:
    with empty_warehouse() as warehouse:
        fill_core(warehouse)
        # cleo's journey c201 has a step of experience now, two days before she bought again.
        warehouse.execute(
            """
            insert into core.steps by name
            select
                'c201' as journey_id, 3 as step_no, 'experience' as stage, 'delivery' as channel,
                '2026-01-18 15:00:00+00'::timestamptz as started_at, true as is_new_depth
            """
        )
        build_marts(warehouse)
        query = """
            select went_on_ms, passed from marts.stage_times
            where dimension = 'all' and stage = 'experience' and month = '2025-12-01'
        """
        assert warehouse.sql(query).fetchall() == [(2 * 86_400_000, 0)]


@pytest.mark.parametrize(
    ("cut_off", "is_ripe"), [("2026-03-03 03:00:00+00", True), ("2026-03-03 02:59:59+00", False)]
)
def test_a_month_is_ripe_when_the_silence_has_passed_since_its_end_in_the_projects_zone(
    cut_off: str, is_ripe: bool
) -> None:
    # January ends in Santiago at 03:00 UTC on the first of February; the silence is 30 days.
    with empty_warehouse() as warehouse:
        fill_core(warehouse)
        warehouse.execute("update ops.project set cut_off = ?::timestamptz", [cut_off])
        build_marts(warehouse)
        query = "select distinct is_ripe from marts.drop_off where period = '2026-01-01'"
        assert warehouse.sql(query).fetchall() == [(is_ripe,)]


def test_marts_of_nothing_are_empty() -> None:
    with empty_warehouse() as warehouse:
        build_marts(warehouse)
        for mart in (
            "stage_funnel",
            "transitions",
            "stage_flow",
            "stage_ends",
            "stage_times",
            "drop_off",
            "time_to_next_stage",
        ):
            assert warehouse.sql(f"from marts.{mart}").fetchall() == []


@pytest.mark.parametrize(
    ("events", "trials"), [(0, 1), (1, 1), (0, 7), (3, 7), (7, 7), (1, 100_000), (99_999, 100_000)]
)
def test_the_interval_is_wilsons(
    warehouse: duckdb.DuckDBPyConnection, events: int, trials: int
) -> None:
    query = "select unnest(wilson($events::bigint, $trials::bigint))"
    [(rate, low, high)] = warehouse.sql(
        query, params={"events": events, "trials": trials}
    ).fetchall()
    expected = binomtest(events, trials).proportion_ci(0.95, method="wilson")
    assert rate == events / trials
    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= low <= rate <= high <= 1


def test_there_is_no_rate_of_nothing(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.sql("select wilson(0, 0)").fetchall() == [(None,)]


def test_the_stages_of_sql_are_those_of_the_vocabulary(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    stages = warehouse.sql("select stage, stage_no, stage_number(stage) from stages()").fetchall()
    assert stages == [(stage, STAGE_NUMBER[stage], STAGE_NUMBER[stage]) for stage in STAGES]
