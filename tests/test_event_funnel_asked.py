"""Event funnels as analysts ask for them: the macro against the kernel, and the command."""

import json
from collections.abc import Iterator
from datetime import timedelta
from math import ceil

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.command import recorrido
from tests.core_tables import QUERIES, empty_warehouse
from tests.funnel_logs import MINUTE, SCHEMA, Asked, brief, chains_of, logs, touches_of
from tests.funnel_reference import Row
from tests.projects import Project

# ---- The macro ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def analyst() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give an empty warehouse that knows the macro."""
    with empty_warehouse() as warehouse:
        for name in ("is_test", "is_bot"):
            warehouse.execute(
                f"alter table core.touchpoints add column if not exists {name} boolean"
            )
        warehouse.execute("insert into ops.project by name select 'America/Santiago' as time_zone")
        macro = QUERIES / "macros" / "analysts" / "event_funnel.sql"
        warehouse.execute(macro.read_text(encoding="utf-8"))
        yield warehouse


def fill(warehouse: duckdb.DuckDBPyConnection, touches: list[Row]) -> None:
    frame = pl.DataFrame(touches, schema=SCHEMA)
    warehouse.execute("delete from core.touchpoints; delete from core.customers")
    warehouse.register("frame", frame.to_arrow())
    warehouse.execute(
        """
        insert into core.touchpoints by name
        select unit as customer_id, occurred_at, touch_no, event, channel, channel as traffic
        from frame;
        insert into core.customers by name
        select unit as customer_id, if(unit = 'bob', null, 'loyal') as segment
        from frame group by unit
        """
    )


def macro_rows(warehouse: duckdb.DuckDBPyConnection, call: str) -> list[Row]:
    return warehouse.sql(f"from event_funnel({call})").pl().to_dicts()


def summed(chains: list[Row], steps: tuple[str, ...]) -> list[Row]:
    """Sum chains up in plain loops, as the macro tells them."""
    rows: list[Row] = []
    for step, event in enumerate(steps, start=1):
        here = [chain["reached_at"] for chain in chains if chain["deepest_step"] >= step]
        counts = len(here), len(chains), rows[-1]["customers"] if rows else 0
        interval = (
            binomtest(counts[0], counts[2]).proportion_ci(method="wilson") if counts[2] else None
        )
        before = [times[step - 1] - times[step - 2] for times in here if step > 1]
        first = [times[step - 1] - times[0] for times in here if step > 1]
        rows.append(
            {
                "step": step,
                "event": event,
                "customers": counts[0],
                "first_rate": counts[0] / counts[1] if counts[1] else None,
                "rate": counts[0] / counts[2] if counts[2] else None,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
                "median_ms": quantile(before, 0.5),
                "p90_ms": quantile(before, 0.9),
                "first_median_ms": quantile(first, 0.5),
                "first_p90_ms": quantile(first, 0.9),
            }
        )
    return rows


def quantile(lengths: list[timedelta], share: float) -> int | None:
    """Give the shortest that at least this share of all does not exceed, in milliseconds."""
    if not lengths:
        return None
    return sorted(lengths)[ceil(len(lengths) * share) - 1] // timedelta(milliseconds=1)


def rounded(rows: list[Row]) -> list[Row]:
    """Give rows to nine digits."""
    return [
        {name: round(cell, 9) if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in rows
    ]


@st.composite
def funnels_of_the_macro(draw: st.DrawFn) -> Asked:
    names = draw(st.sampled_from((("a", "b", "c"), ("a", "web/b", "x"), ("web/a", "b", "app/a"))))
    steps = tuple(draw(st.permutations(names))[: draw(st.integers(1, 3))])
    return {"steps": steps, "within": draw(st.sampled_from((None, 0 * MINUTE, MINUTE, 3 * MINUTE)))}


@brief
@given(touches=logs(), asked=funnels_of_the_macro())
def test_the_macro_agrees_with_the_kernel(
    analyst: duckdb.DuckDBPyConnection, touches: list[Row], asked: Asked
) -> None:
    fill(analyst, touches)
    within = "null" if asked["within"] is None else f"interval {asked['within'] // MINUTE} minute"
    told = macro_rows(analyst, f"{list(asked['steps'])}, within := {within}")
    assert rounded(told) == rounded(summed(chains_of(touches, **asked), asked["steps"]))


def told_customers(warehouse: duckdb.DuckDBPyConnection, call: str) -> list[int]:
    return [row["customers"] for row in macro_rows(warehouse, call)]


def test_the_filters_of_the_macro_are_those_of_chains_first_touches(
    analyst: duckdb.DuckDBPyConnection,
) -> None:
    # In Santiago it is six in the morning, and the day after begins at three of UTC.
    next_day = 18 * 60
    fill(
        analyst,
        touches_of(f"a0 app/b5 b{next_day}", "ana")
        + touches_of("app/a0 b5", "bob")
        + touches_of(f"a{next_day - 1} b{next_day}", "cleo")
        + touches_of(f"a{next_day}", "dora"),
    )
    assert told_customers(analyst, "['a', 'b']") == [4, 3]
    assert told_customers(analyst, "['a', 'b'], segment := 'loyal'") == [3, 2]
    assert told_customers(analyst, "['a', 'b'], channel := 'app'") == [1, 1]
    assert told_customers(analyst, "['a', 'app/b'], channel := 'web'") == [3, 1]
    assert told_customers(analyst, "['a', 'b'], traffic := 'app'") == [1, 1]
    assert told_customers(analyst, "['a', 'b'], to_date := '2026-01-01'") == [3, 3]
    assert told_customers(analyst, "['a', 'b'], from_date := '2026-01-02'") == [1, 0]
    assert told_customers(analyst, "['a', 'b'], segment := 'nobody'") == [0, 0]


def test_the_macro_counts_no_machine_and_nothing_after_the_cut_off(
    analyst: duckdb.DuckDBPyConnection,
) -> None:
    fill(analyst, touches_of("a0 b1 a2 b3 a4", "ana"))
    for touch_no, change in enumerate(
        ("is_machine = true", "is_test = true", "is_bot = true", "touch_no = null"), start=1
    ):
        analyst.execute(f"update core.touchpoints set {change} where touch_no = {touch_no}")
    assert told_customers(analyst, "['a', 'b']") == [1, 0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("[]", "a list of events"),
        ("null", "a list of events"),
        ("[null]", "a list of events"),
        ("['a', 'b', 'a']", "recorrido funnel a b a"),
        ("['a', null, null]", "different names"),
        ("['a', 'web/a']", "fits web/a"),
        ("['a'], within := interval (-1) second", "nought or more"),
    ],
)
def test_what_the_macro_cannot_tell_it_refuses(
    analyst: duckdb.DuckDBPyConnection, call: str, told: str
) -> None:
    fill(analyst, touches_of("a0 app/a1 b2"))
    with pytest.raises(duckdb.InvalidInputException, match="event_funnel: expected") as refusal:
        macro_rows(analyst, call)
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("events", "within"),
    [
        ("view_item add_to_cart begin_checkout purchase", 14),
        ("email_delivered email_open email_click web/purchase", 7),
        ("ads/ad_click web/view_item store/purchase", None),
    ],
)
def test_command_and_macro_tell_the_same_of_the_sample(
    sample_project: Project, events: str, within: int | None
) -> None:
    options = ["--within", f"{within}d"] if within else []
    config = "--config", sample_project.config
    told = recorrido("funnel", *events.split(), *options, "--format", "json", *config).stdout
    call = f"{events.split()}, within := {f'interval {within} day' if within else 'null'}"
    with duckdb.connect(sample_project.published, read_only=True) as published:
        by_macro = macro_rows(published, call)
    assert rounded(json.loads(told)) == rounded(by_macro)
    assert by_macro[1]["customers"] > 0


# ---- The command -------------------------------------------------------------------------------

SHOP = """
    [project]
    timezone = "America/Santiago"
    currency = "CLP"
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
    channel = "where"
    campaign = "campaign"
"""
LOG = """
    at                   | who  | event       | where | campaign
    ---------------------+------+-------------+-------+---------
    2026-01-31T12:00:00Z | ana  | view_item   | web   | summer
    2026-01-31T12:10:00Z | ana  | add_to_cart | web   |
    2026-01-31T12:20:00Z | ana  | purchase    | web   |
    2026-02-01T02:59:00Z | bob  | view_item   | app   | summer
    2026-02-03T15:00:00Z | bob  | purchase    | store |
    2026-02-01T03:00:00Z | cleo | view_item   | web   |
    2026-02-01T03:01:00Z | cleo | email_sent  | email |
    2026-02-01T03:02:00Z | cleo | add_to_cart | web   |
    2026-02-01T03:02:00Z | cleo | wheel_spun  | web   |
    2026-02-20T15:00:00Z | cleo | view_item   | web   | winter
    2026-02-20T15:05:00Z | cleo | view_item   | web   |
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a small shop after a night."""
    made = Project(tmp_path_factory.mktemp("shop"))
    made.configure(SHOP)
    made.write_log("landing/web/log.csv", LOG)
    with pytest.MonkeyPatch.context() as here:
        for name in ("publish_report", "publish_graph"):
            here.setattr(f"pipeline.run.{name}", lambda *_, **__: None)
        made.run()
    return made


def asked_of(shop: Project, line: str) -> list[tuple[str, ...]]:
    """Type a funnel; give its rows as they would be drawn."""
    told = recorrido("funnel", *line.split(), "--format", "csv", cwd=shop.dir).stdout
    return [tuple(row.split(",")) for row in told.splitlines()[1:]]


def counted(shop: Project, line: str) -> list[int]:
    """Type a funnel; give how many came to each step."""
    told = recorrido("funnel", *line.split(), "--format", "json", cwd=shop.dir).stdout
    return [list(row.values())[2] for row in json.loads(told)]


def test_the_table_is_made_to_be_read(shop: Project) -> None:
    told = recorrido("funnel", "view_item", "add_to_cart", "purchase", cwd=shop.dir).stdout
    expected = """
        step  event        customers  first_rate  rate   low  high  median  p90     first_median  first_p90
           1  view_item            3       100.0
           2  add_to_cart          2        66.7  66.7  20.8  93.9  2m 0s   10m 0s  2m 0s         10m 0s
           3  purchase             1        33.3  50.0   9.5  90.5  10m 0s  10m 0s  20m 0s        20m 0s
        (3 rows)
    """  # noqa: E501
    assert [line.split() for line in told.splitlines()] == [
        line.split() for line in expected.strip().splitlines()
    ]


def test_rows_for_machines_are_exact(shop: Project) -> None:
    line = ["funnel", "view_item", "purchase", "--within", "7d", "--format", "json"]
    told = json.loads(recorrido(*line, cwd=shop.dir).stdout)
    assert list(told[1].values())[:5] == [2, "purchase", 2, 2 / 3, 2 / 3]
    assert told[1]["median_ms"] == 20 * 60_000
    assert told[1]["p90_ms"] == (2 * 24 + 12) * 3_600_000 + 60_000


@pytest.mark.parametrize(
    ("line", "units"),
    [
        ("view_item purchase --count journeys", [3, 2]),
        ("view_item purchase --count sessions", [4, 1]),
        ("view_item add_to_cart --count sessions", [4, 2]),
        ("view_item purchase --within 20m", [3, 1]),
        ("view_item purchase --within 19m", [3, 0]),
        ("view_item view_item", [3, 1]),
        ("view_item view_item --strict-increase", [3, 1]),
        ("view_item add_to_cart purchase --mode strict", [3, 2, 1]),
        ("view_item add_to_cart wheel_spun", [3, 2, 1]),
        ("view_item wheel_spun --mode strict", [3, 1]),
        ("view_item email_sent --mode strict", [3, 1]),
        ("view_item email_sent add_to_cart --mode strict", [3, 1, 1]),
        ("purchase view_item --mode unordered --within 1h", [3, 1]),
        ("view_item purchase --exclude add_to_cart", [3, 1]),
        ("view_item add_to_cart --exclude email_sent", [3, 1]),
        ("view_item purchase --to 2026-01-31", [2, 2]),
        ("view_item purchase --from 2026-02-01", [1, 0]),
        ("view_item purchase --from 2026-02-02 --to 2026-02-03", [0, 0]),
    ],
)
def test_what_is_asked_for_is_counted(shop: Project, line: str, units: list[int]) -> None:
    assert counted(shop, line) == units


def test_an_open_funnel_tells_who_began_where(shop: Project) -> None:
    rows = asked_of(shop, "add_to_cart view_item purchase --open --within 1h")
    # Cleo looked again after her cart, but not within the hour; Bob bought and that is all.
    assert [row[:6] for row in rows] == [
        ("1", "add_to_cart", "0", "0", "", ""),
        ("2", "view_item", "2", "2", "", ""),
        ("3", "purchase", "2", "1", "", "0.5"),
    ]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (
            "channel",
            ["web 1 view_item 2", "web 2 purchase 1", "app 1 view_item 1", "app 2 purchase 1"],
        ),
        (
            "campaign",
            ["summer 1 view_item 2", "summer 2 purchase 2", " 1 view_item 1", " 2 purchase 0"],
        ),
        (
            "month",
            [
                "2026-01 1 view_item 2",
                "2026-01 2 purchase 2",
                "2026-02 1 view_item 1",
                "2026-02 2 purchase 0",
            ],
        ),
        ("segment", [" 1 view_item 3", " 2 purchase 2"]),
    ],
)
def test_chains_are_parted_by_what_their_first_touch_tells(
    shop: Project, by: str, rows: list[str]
) -> None:
    told = asked_of(shop, f"view_item purchase --by {by}")
    assert [" ".join(row[:4]) for row in told] == rows


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "expected at least one event"),
        ("purchse", "there is no 'purchse'; did you mean purchase"),
        ("purse", "there is no 'purse'; there are view_item"),
        ("view_item zzz", "there is no 'zzz'; there are view_item"),
        ("store/view_item", "there is no 'store/view_item'"),
        ("view_item --exclude zzz", "there is no 'zzz'"),
        ("email_sent --count journeys", "among the touches of journeys"),
        ("view_item app/view_item", "both mean app/view_item"),
        ("view_item --exclude view_item", "is a step and cannot be excluded"),
        ("view_item --exclude web/view_item", "both mean web/view_item"),
        ("view_item --within soon", "--within: expected a length of time such as '30m'"),
        ("view_item --within 99999999d", "--within: expected at most 36500d"),
        ("view_item --to 9999-12-31", "9999-12-31"),
        ("view_item --open --mode strict", "--open goes with --mode ordered"),
        ("view_item --open --mode unordered", "--open goes with --mode ordered"),
        ("view_item --strict-increase --mode unordered", "--mode unordered has none"),
        ("view_item --from soon", "--from: expected a day such as 2026-10-31"),
        ("view_item --from 2026-02-02 --to 2026-02-01", "comes after --to"),
        (" ".join(["view_item"] * 33), "at most 32 steps"),
        ("view_item --by weather", "segment"),
    ],
)
def test_what_cannot_be_asked_is_told_with_what_can(shop: Project, line: str, told: str) -> None:
    assert told in recorrido("funnel", *line.split(), cwd=shop.dir, answer=2).stderr
