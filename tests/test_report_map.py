"""The journey map and retention on the page: the tables' numbers, whatever the tables hold."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
import pytest
from playwright.sync_api import Browser

from pipeline.report import Language, ReportData, render_page
from pipeline.report.feelings import feeling, mood_lines
from pipeline.report.lengths import written_length
from pipeline.report.notation import Notation
from pipeline.report.texts import Texts
from pipeline.vocabulary import STAGES
from tests.core_tables import QUERIES, empty_warehouse, small_warehouse
from tests.hostile_frames import HOSTILE_SEGMENTS, hostile_names
from tests.map_frames import Moment, map_frames
from tests.pages import PHONE, Look, Opened, open_page
from tests.report_frames import report_data, turned_shop

ENGLISH = Notation("en", "America/Santiago", "CLP")
WHOLE = "#journey-map > .map .stage"
MARTS = ("stage_map", "journey_map", "touchpoint_map", "moments", "first_contact")
RETENTION = (QUERIES / "report" / "retention.sql").read_text()


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as opened:
        yield opened


def drawn(**options: Any) -> ReportData:
    """Draw a page's frames with another journey map or retention."""
    data = report_data()
    return replace(data, **map_frames(data.stage_funnel, 1000, **options))


def with_map(data: ReportData, **columns: pl.Expr) -> ReportData:
    return replace(data, stage_map=data.stage_map.with_columns(**columns))


def texts_of(opened: Opened, selector: str) -> list[str]:
    found: list[str] = opened.ask(
        f"[...document.querySelectorAll('{selector}')].map(each => each.textContent.trim())"
    )
    return [" ".join(text.split()) for text in found]


def section(data: ReportData, language: Language = "en") -> str:
    """Give the map of all together, and what stands before the maps of segments."""
    page = render_page(data, language=language)
    start = page.index('<section id="journey-map">')
    return page[start : page.index("</section>", start)].split("<details", maxsplit=1)[0]


# --- The numbers are the tables'


@pytest.fixture(scope="module")
def opened(
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
    warehouse: duckdb.DuckDBPyConnection,
) -> Opened:
    frames: dict[str, Any] = {
        name: warehouse.sql(f"select * from marts.{name}").pl() for name in MARTS
    }
    data = replace(report_data(), **frames, retention=warehouse.sql(RETENTION).pl())
    return open_page(browser, tmp_path_factory.mktemp("page"), data, language="en")


@pytest.mark.browser
def test_the_map_shows_the_numbers_of_its_tables(
    opened: Opened, warehouse: duckdb.DuckDBPyConnection
) -> None:
    stages = warehouse.sql(
        "select customers, reached, lost, worth, opportunity from marts.stage_map "
        "where is_all order by stage_no"
    ).fetchall()
    assert texts_of(opened, f"{WHOLE} .r2 .people b") == [
        ENGLISH.number(count) for row in stages for count in row[:2]
    ]
    lost = [(row[2], row[3], row[4]) for row in stages if row[4]]
    assert texts_of(opened, f"{WHOLE} .loss > b") == [ENGLISH.money(row[2]) for row in lost]
    assert texts_of(opened, f"{WHOLE} .loss svg + small") == [
        f"{count} lost × {ENGLISH.money(worth)}" for count, worth, _ in lost
    ]
    met = warehouse.sql(
        "select channel, reach from marts.journey_map where is_all "
        "order by stage_no, reach desc, touches desc, channel"
    ).fetchall()
    assert texts_of(opened, f"{WHOLE} .r3 .what") == [channel for channel, _ in met]
    assert texts_of(opened, f"{WHOLE} .r3 li b") == [ENGLISH.share(reach) for _, reach in met]
    segments = warehouse.sql(
        "select coalesce(segment, 'Without a segment'), reached from marts.stage_map "
        "where not is_all and stage_no = 1 order by segment is null, reached desc, segment"
    ).fetchall()
    assert texts_of(opened, "#journey-map summary b") == [segment for segment, _ in segments]
    assert all(
        told.startswith(f"{reached} journeys")
        for told, (_, reached) in zip(
            texts_of(opened, "#journey-map summary span:not(.most)"), segments, strict=True
        )
    )


@pytest.mark.browser
def test_the_triangle_shows_what_the_macro_says(
    opened: Opened, warehouse: duckdb.DuckDBPyConnection
) -> None:
    told = warehouse.sql(
        "select repurchase_rate, value_per_customer from retention() order by cohort, months_since"
    ).fetchall()
    rates, values = ("#retention > .scroll", "#retention details .scroll")
    assert texts_of(opened, f"{rates} .month .day") == [
        "not ripe yet" if rate is None else ENGLISH.share(rate) for rate, _ in told
    ]
    assert texts_of(opened, f"{values} .month .day") == [
        "not ripe yet" if value is None else ENGLISH.money(value) for _, value in told
    ]
    sizes = warehouse.sql(
        "select any_value(customers) from retention() group by cohort order by cohort"
    ).fetchall()
    assert texts_of(opened, f"{rates} .month td:nth-child(2)") == [str(size) for (size,) in sizes]


@pytest.fixture(scope="module")
def long_history() -> Iterator[list[dict[str, Any]]]:
    """Give 15 months of 10 first purchases each by two kinds; in each month one more is back."""
    with empty_warehouse() as opened:
        opened.execute(
            """
            create table marts.retention as
            select
                (date '2025-01-01' + to_months(month))::date as cohort,
                months_since,
                segment,
                5 as customers,
                least(5, months_since) as repurchased_so_far,
                (100 * (1 + months_since))::decimal(18, 4) as value_so_far,
                month + months_since < 14 as is_ripe
            from
                range(15) as cohorts(month),
                range(15) as months(months_since),
                (values ('loyal'), (null)) as segments(segment)
            where month + months_since < 15
            """
        )
        yield opened.sql(RETENTION).pl().rows(named=True)


def test_cohorts_before_the_last_twelve_are_summed_in_one_row(
    long_history: list[dict[str, Any]],
) -> None:
    months = {row["cohort"] for row in long_history if row["kind"] == "month"}
    assert (min(months), len(months)) == (date(2025, 4, 1), 12)
    earlier = [row for row in long_history if row["kind"] == "earlier"]
    assert {row["customers"] for row in earlier} == {30}
    # The third of them has not lived its twelfth month.
    assert [row["judged"] for row in earlier] == [30] * 12
    assert [row["repurchased"] for row in earlier] == [6 * min(5, month) for month in range(12)]


def test_all_months_together_are_those_that_are_ripe(long_history: list[dict[str, Any]]) -> None:
    everybody = [row for row in long_history if row["kind"] == "all"]
    assert [row["judged"] for row in everybody] == [10 * (14 - month) for month in range(12)]
    assert {row["customers"] for row in everybody} == {150}
    assert [row["rate"] for row in everybody] == [min(5, month) / 5 for month in range(12)]
    assert [row["value_per_customer"] for row in everybody] == [
        20.0 * (1 + month) for month in range(12)
    ]


def test_the_page_shows_earlier_months_in_front_of_the_cohorts(
    long_history: list[dict[str, Any]],
) -> None:
    data = replace(report_data(), retention=pl.DataFrame(long_history, infer_schema_length=None))
    page = render_page(data, language="en")
    places = [page.index(f'scope="row">{name}<') for name in ("All months", "Earlier months")]
    assert places[0] < places[1] < page.index('scope="row">Apr 2025<')
    assert 'scope="row">Mar 2025<' not in page


# --- What the sentences say


def test_the_head_names_the_stage_that_loses_most_money() -> None:
    data = with_map(
        drawn(),
        lost=pl.lit(7),
        worth=pl.lit(100.0),
        opportunity=pl.when(stage="purchase").then(700.0).otherwise(10.0),
    )
    told = section(data)
    assert "Most money is lost at Purchase: the 7 journeys lost there" in told
    assert "would be worth up to CLP 700," in told
    assert "Over all stages it is CLP 750." in told
    assert told.count("loss worst") == 1


def test_lost_journeys_of_unknown_worth_are_not_worth_nothing() -> None:
    unknown = pl.lit(None, pl.Float64)
    told = section(with_map(drawn(), lost=pl.lit(7), worth=unknown, opportunity=unknown))
    assert "So far no stage is known to lose any money." in told
    assert told.count("7 lost; what they would be worth is unknown") == len(STAGES)


@pytest.mark.parametrize("status", ["met", "missed", "undecided"])
def test_a_target_stands_beside_what_is_achieved(status: str) -> None:
    data = with_map(
        drawn(),
        advance_target=pl.when(stage="research").then(0.35),
        advance_status=pl.when(stage="research").then(pl.lit(status)),
    )
    told = section(data)
    assert told.count("target 35%: ") == 2  # to be seen, and to be heard
    assert f'<small class="verdict">target 35%: {status}</small>' in told


def test_without_targets_only_the_actual_rates_are_shown() -> None:
    nothing = {name: pl.lit(None, pl.Float64) for name in ("advance_target", "goal_target")}
    data = with_map(
        drawn(),
        **nothing,
        advance_status=pl.lit(None, pl.String),
        goal_status=pl.lit(None, pl.String),
    )
    told = section(data)
    assert "verdict" not in told
    assert told.count(">Go on<") == len(STAGES) - 1


def test_only_the_three_strongest_significant_moments_are_told() -> None:
    kinds: list[Moment] = [
        ("research", "web", f"kind_{n}", "back", 1.5 + n, 1.1 + n, 9.0, "pain point")
        for n in range(5)
    ]
    chance: Moment = ("research", "web", "by_chance", "left", 30.0, 0.4, 90.0, None)
    told = section(drawn(moments=[*kinds, chance]))
    events = [
        f"<b>{event.replace('_', '_<wbr>')}</b>"
        for event, *_ in [("kind_4",), ("kind_3",), ("kind_2",)]
    ]
    assert [told.count(event) for event in events] == [1, 1, 1]
    assert told.index(events[0]) < told.index(events[1]) < told.index(events[2])
    assert "Go back 5.5× as often, between 5.1 and\u00a09.0" in told
    assert not [
        left_out for left_out in ("kind_<wbr>1", "kind_<wbr>0", "chance") if left_out in told
    ]


def test_a_moment_that_never_comes_otherwise_tells_no_ratio() -> None:
    only: Moment = ("research", "web", "leave", "left", None, None, None, "pain point")
    assert "Are lost; without that touch, never" in section(drawn(moments=[only]))


def test_touches_that_only_go_along_are_no_touchpoints_of_the_map() -> None:
    met = {"research": [("web", "page_view", 0.9), ("web", "search", 0.2)]}
    told = section(drawn(met=met, moments=[]))
    assert "search" in told
    assert "page_<wbr>view" not in told


def test_the_first_contact_is_told_of_who_met_somebody_before_buying() -> None:
    told = section(drawn())
    assert "In 111 of 1,000 purchases (11%) the customer spoke to somebody" in told
    assert "on average 57% of the touches and 63% of the time" in told
    assert "111 · 11%" in told and "200 · 20%" in told and "689 · 69%" in told


def test_without_a_contact_before_the_purchase_there_is_no_way_to_draw() -> None:
    data = replace(drawn(), first_contact=map_frames(drawn().stage_funnel, 4)["first_contact"])
    told = section(data)
    assert "In none of 4 purchases" in told
    assert "first touch" not in told.split('class="contact"')[1]


def test_the_sentence_of_retention_waits_until_half_of_the_customers_can_tell() -> None:
    """Of 1,045 customers 567 have lived 120 days, and 465 have lived 150."""
    page = render_page(drawn(), language="en")
    assert "bought again within 90 days." in page
    assert "Within 120 days it is 20% (17–23%)" in page


def test_retention_is_not_told_of_journeys_of_some_days_only() -> None:
    assert 'id="retention"' in render_page(drawn(), language="en")
    some_days = replace(drawn(), from_date=date(2026, 3, 1))
    assert 'id="retention"' not in render_page(some_days, language="en")


def test_unripe_cells_are_marked_and_have_no_rate() -> None:
    page = render_page(drawn(), language="en")
    triangle = page[page.index('<section id="retention">') :].split("<details")[0]
    # Every one of 11 cohorts has one month that is not ripe, and so has all together.
    assert triangle.count('class="waiting"') == 12


# --- Whatever the tables hold


@pytest.mark.browser
def test_hostile_names_are_shown_and_do_nothing(look: Look) -> None:
    opened = look(hostile_names, "en", PHONE)
    opened.ask("document.querySelectorAll('details').forEach(each => { each.open = true })")
    shown = [" ".join(name.split()) for name in HOSTILE_SEGMENTS]
    assert set(shown) <= set(texts_of(opened, "#journey-map summary b"))
    assert set(shown[:3]) <= set(texts_of(opened, f"{WHOLE} .moments b"))
    assert opened.ask("window.hacked") is None
    assert opened.ask("document.querySelectorAll('a, img, iframe, form').length") == 0
    assert opened.requests == [opened.file]
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == PHONE[0]


@pytest.mark.browser
def test_on_a_phone_the_stages_stand_below_one_another(look: Look, opened: Opened) -> None:
    heads = opened.boxes(f"{WHOLE} h4")
    assert len({head["top"] for head in heads}) == 1
    assert [head["left"] for head in heads] == sorted(head["left"] for head in heads)
    cards = look(turned_shop, "en", PHONE).boxes(WHOLE)
    assert len({card["left"] for card in cards}) == 1
    assert all(one["bottom"] < other["top"] for one, other in pairwise(cards))


def test_without_journeys_there_is_neither_map_nor_retention() -> None:
    page = render_page(report_data([]), language="en")
    assert 'id="journey-map"' not in page
    assert 'id="retention"' not in page


@pytest.mark.parametrize("segments", [{}, {None: 1.0}, {"all": 1.0}])
def test_one_segment_is_not_told_twice(segments: dict[str | None, float]) -> None:
    page = render_page(drawn(segments=segments), language="en")
    assert "The same map by segment" not in page


def test_of_many_segments_the_largest_are_shown_and_who_has_none_last() -> None:
    many: dict[str | None, float] = {f"segment {n:02}": (30 - n) / 1000 for n in range(14)}
    page = render_page(drawn(segments={**many, None: 0.5}), language="en")
    names = [f"<summary><b>{name}</b>" for name in (*list(many)[:10], "Without a segment")]
    places = [page.index(name) for name in names]
    assert places == sorted(places)
    assert page.count("<summary><b>") == 11
    assert "and 4 more" in page


def test_without_any_sentiment_no_face_is_drawn() -> None:
    told = section(drawn(felt={}))
    assert "No touch tells how the customer felt." in told
    assert "<circle" not in told.split('class="contact"')[0]


def test_names_stay_as_they_are_in_the_data_and_stages_are_translated() -> None:
    told = section(drawn(), "es")
    assert "payment_<wbr>error" in told
    assert "Evaluación" in told
    assert "Evaluation" not in told


# --- Parts


def told_feeling(stage_no: int, positive: int, negative: int) -> Any:
    known = positive + negative
    row = {
        "stage_no": stage_no,
        "mean_sentiment": (positive - negative) / known if known else None,
        "positive": positive,
        "negative": negative,
        "known_sentiment": known,
        "touches": 10 + known,
    }
    return feeling(row, Texts("en"), ENGLISH)


def test_the_better_they_feel_the_higher_the_face() -> None:
    glad, torn, sad = told_feeling(1, 9, 1), told_feeling(2, 5, 5), told_feeling(3, 0, 4)
    assert glad.down < torn.down < sad.down
    assert [each.mood for each in (glad, torn, sad)] == ["good", "mixed", "bad"]
    assert [each.mean for each in (glad, torn, sad)] == ["+0.80", "0.00", "−1.00"]


def test_the_line_between_faces_tells_where_a_stage_said_nothing() -> None:
    felt = [told_feeling(n, *counts) for n, counts in enumerate([(1, 0), (0, 1), (0, 0), (2, 1)])]
    lines = mood_lines(felt)
    assert [(line.start, line.end, line.is_gap) for line in lines] == [
        (felt[0], felt[1], False),
        (felt[1], felt[3], True),
    ]


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [
        (None, "–"),
        (0, "a moment"),
        (40, "1 s"),
        (98_000, "98 s"),
        (7_199_999, "120 min"),
        (7_200_000, "2 h"),
        (172_800_000, "2 days"),
    ],
)
def test_a_length_is_written_in_the_unit_that_reads_well(
    milliseconds: int | None, written: str
) -> None:
    assert written_length(milliseconds, Texts("en"), ENGLISH) == written
