"""Drop-off on invented shops whose truth is known: what is steady must read steady."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from pipeline import marts as product
from pipeline.figures.drop_off import drop_off
from pipeline.queries import read_sql
from pipeline.warehouse import Warehouse
from tests.core_tables import QUERIES, SETTINGS, empty_warehouse, make_marts, rows_of

DAY = 86_400_000
SILENCE, AFTER_SILENCE = 90 * DAY, 180 * DAY
# October began ninety days before the cut-off: it and what follows are not ripe.
BEGAN, CUT_OFF = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 12, 30, tzinfo=UTC)
UNRIPE = [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)]
PARTS: dict[str, list[str | None]] = {
    "first_channel": ["web", "store", "email"],
    "first_traffic": ["direct", "paid_search"],
    "first_campaign": ["spring", None],
    "first_device_type": ["mobile", "desktop", None],
    "segment": ["loyal", None],
}


@dataclass(frozen=True)
class Shop:
    """Journeys that begin in evaluation; of those who go on, three in four buy at once."""

    journeys: int
    seed: int
    drop_off: float = 0.6
    later_drop_off: float = 0.6
    changes_at: datetime = CUT_OFF

    def fill(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        """Fill the core tables with what is seen of the journeys at the cut-off."""
        journeys = self._journeys()
        warehouse.execute(
            "insert into ops.project values ('Shop', 'UTC', 'EUR', 'en', ?, ?, ?, 0)",
            [SILENCE, AFTER_SILENCE, CUT_OFF],
        )
        warehouse.register("invented", journeys.to_arrow())
        warehouse.execute(
            """
            insert into core.journeys by name
            select
                * exclude (went_on_at),
                started_at::date as day,
                coalesce(went_on_at, started_at) as deepest_at
            from invented;
            insert into core.steps by name
            select journey_id, 1 as step_no, 'evaluation' as stage, started_at, true as is_new_depth
            from invented
            union all by name
            select
                journey_id, 2 as step_no, 'purchase' as stage, went_on_at as started_at,
                true as is_new_depth
            from invented where went_on_at is not null;
            """
        )

    def _journeys(self) -> pl.DataFrame:
        random = np.random.default_rng(self.seed)
        span = (CUT_OFF - BEGAN) // timedelta(milliseconds=1)
        cut_off = int(CUT_OFF.timestamp() * 1000)
        started = cut_off - span + np.sort(random.uniform(0, span, self.journeys)).astype(int)
        is_later = started >= self.changes_at.timestamp() * 1000
        is_lost = random.random(self.journeys) < np.where(
            is_later, self.later_drop_off, self.drop_off
        )
        went_on = started + _delays(random, self.journeys)
        has_gone_on = ~is_lost & (went_on <= cut_off)
        has_bought = has_gone_on & (random.random(self.journeys) < 0.75)
        # A fifth come back now and then before they fall silent, or go on.
        returning = random.uniform(0, 60 * DAY, self.journeys).astype(int)
        looks = np.where(random.random(self.journeys) < 0.2, started + returning, started)
        ended = np.where(has_gone_on, went_on, np.minimum(looks, cut_off))
        silence = cut_off - ended
        state = np.where(
            has_bought,
            np.where(silence <= AFTER_SILENCE, "open", "kept"),
            np.where(silence <= SILENCE, "open", "dropped"),
        )
        return pl.DataFrame(
            {
                "journey_id": [f"j{number}" for number in range(self.journeys)],
                "customer_id": [f"c{number}" for number in range(self.journeys)],
                "started_at": started,
                "ended_at": ended,
                "went_on_at": np.where(has_gone_on, went_on, -1),
                "converted_at": np.where(has_bought, went_on, -1),
                "deepest_stage": np.where(has_gone_on, "purchase", "evaluation"),
                "state": state,
                "entered_late": np.zeros(self.journeys, dtype=bool),
                **{
                    name: np.array(values, dtype=object)[
                        random.integers(0, len(values), self.journeys)
                    ]
                    for name, values in PARTS.items()
                },
            }
        ).with_columns(
            pl.when(pl.col(name) >= 0).then(pl.col(name)).cast(pl.Datetime("ms", "UTC")).alias(name)
            for name in ("started_at", "ended_at", "went_on_at", "converted_at")
        )


def _delays(random: np.random.Generator, size: int) -> np.ndarray:
    """Draw how long it takes to go on: half minutes, a third days, the rest weeks."""
    kind = random.random(size)
    minutes = random.lognormal(np.log(10 * 60_000), 1, size)
    days = random.uniform(0.3 * DAY, 10 * DAY, size)
    weeks = random.uniform(10 * DAY, 85 * DAY, size)
    return np.where(kind < 0.5, minutes, np.where(kind < 0.8, days, weeks)).astype(int)


def build(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Build the marts of drop-off and times, and what they are made of."""
    door = Warehouse(warehouse)
    make_marts(warehouse, "stage_ends", "stage_times")
    for name in ("drop_off", "time_to_next_stage"):
        with door.view_of(product.FIGURES[name](door, SETTINGS), f"built_{name}"):
            query = read_sql(QUERIES / "figures" / f"{name}.sql")
            door.run(f"create table marts.{name} as {query}")


def drop_off_of(shop: Shop) -> pl.DataFrame:
    with empty_warehouse() as warehouse:
        shop.fill(warehouse)
        build(warehouse)
        return warehouse.sql("select * from marts.drop_off").pl()


@pytest.fixture(scope="module")
def steady() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as warehouse:
        Shop(journeys=36_000, seed=3).fill(warehouse)
        build(warehouse)
        yield warehouse


ALL_AT_EVALUATION = (pl.col("dimension") == "all") & (pl.col("stage") == "evaluation")


def test_a_naive_count_says_that_nobody_is_lost_in_young_months(
    steady: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        select distinct rate from marts.drop_off
        where stage = 'evaluation' and period >= '2025-10-01'
    """
    assert steady.sql(query).fetchall() == [(0.0,)]


def test_young_months_of_a_steady_shop_are_estimated_steady(
    steady: duckdb.DuckDBPyConnection,
) -> None:
    cells = steady.sql("select * from marts.drop_off").pl().filter(ALL_AT_EVALUATION)
    told = cells.filter(pl.col("estimate").is_not_null()).sort("period", nulls_last=True)
    # In September some came back, and have not been silent for ninety days.
    assert told["period"].to_list() == [date(2025, 9, 1), *UNRIPE, None]
    assert told["estimate"].to_list() == pytest.approx([0.6] * 5, abs=0.025)
    assert told.filter(pl.col("estimate_low") <= 0.6, pl.col("estimate_high") >= 0.6).height == 5
    assert told.filter(pl.col("estimate_high") - pl.col("estimate_low") > 0.11).is_empty()


def test_so_are_the_parts_of_the_shop(steady: duckdb.DuckDBPyConnection) -> None:
    told = steady.sql(
        """
        select estimate, estimate_low <= 0.6 and 0.6 <= estimate_high as is_told_right
        from marts.drop_off
        where stage = 'evaluation' and dimension <> 'all' and estimate is not null
        """
    ).pl()
    # Twelve values, each with four months and all time; an interval of 95% may err now and then.
    assert told.height == 60
    assert told["estimate"].to_list() == pytest.approx([0.6] * 60, abs=0.08)
    assert told["is_told_right"].sum() >= 54


def test_no_month_of_a_steady_shop_is_flagged(steady: duckdb.DuckDBPyConnection) -> None:
    cells = steady.sql("select * from marts.drop_off").pl()
    assert cells["p_value"].count() > 400
    assert not cells["is_significant"].any()


def test_a_rate_that_open_journeys_may_move_is_not_final_and_estimated(
    steady: duckdb.DuckDBPyConnection,
) -> None:
    # Who bought is open for half a year: counted among the ended, checkout seems to lose everybody.
    expected = """
        period     | rate | is_ripe | is_final | estimate
        -----------+------+---------+----------+---------
        2025-03-01 | 0.25 | True    | True     |
        2025-09-01 | 1.0  | True    | False    | 0.24
        2025-12-01 |      | False   | False    | 0.25
    """
    query = """
        select period, round(rate, 2), is_ripe, is_final, round(estimate, 2) from marts.drop_off
        where
            dimension = 'all' and stage = 'purchase'
            and period in ('2025-03-01', '2025-09-01', '2025-12-01')
        order by period
    """
    rows = [
        tuple("" if cell is None else str(cell) for cell in row)
        for row in steady.sql(query).fetchall()
    ]
    assert rows == rows_of(expected)


def test_a_shop_that_gets_worse_is_flagged_in_the_month_in_which_it_does() -> None:
    june = datetime(2025, 6, 1, tzinfo=UTC)
    cells = drop_off_of(Shop(journeys=36_000, seed=4, later_drop_off=0.7, changes_at=june))
    flagged = cells.filter(ALL_AT_EVALUATION & pl.col("is_significant"))
    assert flagged["period"].to_list() == [date(2025, 6, 1)]
    assert flagged["previous_period"].to_list() == [date(2025, 5, 1)]
    assert flagged["change"].item() == pytest.approx(0.1, abs=0.04)
    # Its young months are told apart from the better ones before.
    told = cells.filter(ALL_AT_EVALUATION & pl.col("period").is_in(UNRIPE))
    assert told["estimate"].to_list() == pytest.approx([0.7] * 3, abs=0.03)


def test_hardly_a_steady_shop_is_flagged() -> None:
    shops = [drop_off_of(Shop(journeys=4000, seed=seed)) for seed in range(6)]
    assert sum(cells["is_significant"].any() for cells in shops) <= 1


CELL: dict[str, Any] = {
    "stage": pl.String,
    "stage_no": pl.Int64,
    "dimension": pl.String,
    "dimension_value": pl.String,
    "month": pl.Date,
}
ENDS: dict[str, Any] = {
    **CELL,
    **dict.fromkeys(("advanced", "settled", "dropped", "open", "undecided"), pl.Int64),
    "is_ripe": pl.Boolean,
    "is_final": pl.Boolean,
}
TIMES: dict[str, Any] = {
    **CELL,
    **dict.fromkeys(("within_ms", "went_on", "passed", "not_yet", "went_on_ms"), pl.Int64),
}


def changes_of(
    *months: tuple[int, int, int], stage: str = "evaluation", no: int = 3
) -> pl.DataFrame:
    """Compare months of one cell, each with its advanced, dropped and undecided journeys."""
    rows = [
        (
            stage,
            no,
            "all",
            None,
            date(2025, 1 + place, 1),
            advanced,
            0,
            dropped,
            undecided,
            undecided,
            True,
            True,
        )
        for place, (advanced, dropped, undecided) in enumerate(months)
    ]
    ends = pl.DataFrame(rows, schema=ENDS, orient="row")
    cells = drop_off(ends, pl.DataFrame(schema=TIMES), SILENCE)
    return cells.filter(pl.col("period").is_not_null()).sort("period")


@pytest.mark.parametrize(
    ("undecided", "is_flagged"),
    [(0, True), (40, True), (150, False)],
)
def test_what_is_flagged_stands_however_the_open_journeys_end(
    undecided: int, is_flagged: bool
) -> None:
    cells = changes_of((600, 400, 0), (750 - undecided, 250, undecided))
    assert cells["change"].to_list()[1] < -0.1
    assert cells["is_significant"].to_list() == [False, is_flagged]


def test_a_month_is_compared_with_the_one_before_in_which_any_journey_ended() -> None:
    cells = changes_of((60, 40, 0), (0, 0, 9), (30, 70, 0))
    assert cells["previous_period"].to_list() == [None, None, date(2025, 1, 1)]
    assert cells["change"].to_list() == [None, None, pytest.approx(0.3)]


def test_where_too_few_came_to_tell_anything_nothing_is_compared() -> None:
    cells = changes_of((2, 0, 0), (0, 2, 0), (500, 500, 0), (300, 700, 0))
    assert cells["change"].to_list()[1] == 1
    assert [p is None for p in cells["p_value"]] == [True, True, True, False]
    # So the last one stands alone.
    assert cells["p_value"].to_list()[3] == cells["q_value"].to_list()[3]


def test_nothing_is_compared_past_the_purchase() -> None:
    cells = changes_of((60, 40, 0), (30, 70, 0), stage="experience", no=5)
    assert cells["previous_period"].null_count() == 2


def test_while_nobody_was_watched_for_a_whole_silence_there_is_no_estimate() -> None:
    with empty_warehouse() as warehouse:
        Shop(journeys=300, seed=1).fill(warehouse)
        warehouse.execute("update ops.project set journey_silence_ms = ?", [900 * DAY])
        build(warehouse)
        query = """
            select count(*), count(estimate) from marts.drop_off
            where stage = 'evaluation' and dimension = 'all'
        """
        assert warehouse.sql(query).fetchall() == [(25, 0)]


def test_times_to_the_next_stage_are_the_shops(steady: duckdb.DuckDBPyConnection) -> None:
    [told] = (
        steady.sql(
            """
            select * from marts.time_to_next_stage
            where stage = 'evaluation' and dimension = 'all'
            """
        )
        .pl()
        .rows(named=True)
    )
    assert told["reached"] == told["arrived"] == 36_000
    assert told["within_1h_rate"] == pytest.approx(0.4 * 0.5 * 0.963, abs=0.01)
    assert told["within_30d_rate"] == pytest.approx(0.4 * (0.8 + 0.2 * 20 / 75), abs=0.01)
    assert told["within_silence_rate"] == pytest.approx(0.4, abs=0.01)
    assert told["within_silence_low"] < 0.4 < told["within_silence_high"]
    # Six in ten never go on, so half of all never have.
    assert told["median_ms"] is None
    assert told["gone_p90_ms"] == pytest.approx((10 + 75 / 2) * DAY, rel=0.06)


def test_a_bin_is_named_by_its_longest_time() -> None:
    bin_of = {
        0: 0,
        1: 1,
        3: 3,
        1000: 1023,
        1024: int(2 ** (10 + 1 / 16)),
        3_600_000: 3_600_000,
        3_600_001: int(2 ** (349 / 16)),
        DAY: DAY,
        DAY + 1: int(2 ** (422 / 16)),
        7 * DAY: 7 * DAY,
        30 * DAY: 30 * DAY,
        SILENCE: SILENCE,
        SILENCE + 1: int(2 ** (526 / 16)),
    }
    with empty_warehouse() as warehouse:
        Shop(journeys=len(bin_of), seed=1, drop_off=1).fill(warehouse)
        waited = pl.DataFrame({"waited": list(bin_of)}).with_row_index("number")
        warehouse.register("waits", waited.to_arrow())
        warehouse.execute(
            """
            update core.steps set started_at = '2024-01-01 00:00:00+00';
            update core.journeys set deepest_stage = 'purchase';
            insert into core.steps by name
            select
                'j' || number as journey_id, 2 as step_no, 'purchase' as stage,
                '2024-01-01 00:00:00+00'::timestamptz + to_milliseconds(waited) as started_at,
                true as is_new_depth
            from waits;
            """
        )
        build(warehouse)
        found = warehouse.sql(
            """
            select went_on_ms, within_ms, sum(went_on) from marts.stage_times
            where dimension = 'all' and stage = 'evaluation' group by all order by all
            """
        ).fetchall()
    assert found == [(waited, longest, 1) for waited, longest in bin_of.items()]
