"""Drop-off on the page: what is believed of a rate, what changed, and how soon they go on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.report import Language, ReportData, render_page
from pipeline.report.changes import what_changed
from pipeline.report.notation import Notation
from pipeline.report.pace import pace
from pipeline.report.rates import believed, channel_rates, month_rates, stage_rates
from pipeline.report.texts import Texts
from tests.core_tables import small_warehouse
from tests.hostile_frames import hostile_names
from tests.pages import DESK, HOSTILE, PHONE, Look, Opened
from tests.report_frames import drop_off_row, month, report_data, turned, turned_shop, with_rows

ENGLISH, WORDS = Notation("en", "America/Santiago", "CLP"), Texts("en")
APRIL, MAY, JUNE, OCTOBER = (date(2026, month, 1) for month in (4, 5, 6, 10))
SAID_NOTHING = {"estimate": None, "estimate_low": None, "estimate_high": None}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as opened:
        yield opened


def shop(*rows: dict[str, Any]) -> ReportData:
    """Draw the shop, with these rows of marts.drop_off in place of those of the same cell."""
    data = report_data()
    return replace(data, drop_off=with_rows(data.drop_off, *rows))


def cell_of(data: ReportData, period: date, stage_no: int = 1) -> Any:
    rows = {row.name: row.rates for row in month_rates(data, WORDS, ENGLISH)}
    return rows[ENGLISH.month(period)][stage_no - 1]


def section(data: ReportData, language: Language = "en") -> str:
    page = render_page(data, language=language)
    start = page.index('<section id="drop-off">')
    return page[start : page.index("</section>", start)]


def texts_of(opened: Opened, selector: str) -> list[str]:
    found: list[str] = opened.ask(
        f"[...document.querySelectorAll('{selector}')].map(each => each.textContent)"
    )
    return ["".join(text.split()) for text in found]


# --- What is believed of a rate


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size"), [("es", DESK), ("en", PHONE)], ids=["es", "en"])
def test_the_page_shows_the_tables_numbers(
    look: Look, language: Language, size: tuple[int, int]
) -> None:
    data = turned_shop()
    opened = look(turned_shop, language, size)
    notation, texts = Notation(language, "America/Santiago", "CLP"), Texts(language)
    told = believed(data.drop_off).filter(dimension="all", stage="need").sort("period")
    months = told.filter(pl.col("period").is_not_null()).rows(named=True)
    shown = texts_of(opened, "#drop-off .heat td:nth-child(2) .tint")
    assert len(shown) == len(months) == 9
    for text, row in zip(shown, months, strict=True):
        sign, word = ("≈", texts.say("drop.estimated")) if row["is_estimate"] else ("", "")
        figures = notation.share(row["rate"]) + notation.interval(row["low"], row["high"])
        assert text.startswith("".join((sign + figures).split()))
        assert text.endswith("".join(word.split()))
    whole = told.filter(pl.col("period").is_null()).row(0, named=True)
    written = notation.share(whole["estimate"]).replace("\u00a0", "")
    assert texts_of(opened, ".drop .big")[0] == f"≈{written}{texts.say('drop.estimated')}"
    assert len(opened.boxes(".changes li")) == 2
    assert opened.ask("document.documentElement.scrollWidth") == size[0]
    assert opened.complaints == []


def test_all_that_is_not_final_is_shown_as_its_estimate() -> None:
    data = report_data()
    for row in month_rates(data, WORDS, ENGLISH):
        for rate in row.rates:
            assert rate is not None
            assert rate.written.startswith("≈") is rate.is_estimate is not rate.is_ripe
    for rows in (stage_rates(data, WORDS, ENGLISH), channel_rates(data, WORDS, ENGLISH)[0]):
        assert all(rate is not None and rate.is_estimate for row in rows for rate in row.rates)


def test_a_rate_that_is_not_final_is_nowhere_shown() -> None:
    """30% of those that ended were lost; of all that came it will be 77%."""
    told = {"is_final": False, "estimate": 0.77, "estimate_low": 0.71, "estimate_high": 0.83}
    cell = cell_of(shop(month(JUNE, 30, **told)), JUNE)
    assert (cell.written, cell.interval, cell.is_ripe) == ("≈\u00a077%", "71–83%", True)
    assert (cell.at, cell.low, cell.high) == (77, 71, 83)


def test_what_is_neither_final_nor_estimated_is_too_young_to_say_anything() -> None:
    young = drop_off_row(
        {"advanced": 9, "settled": 0, "dropped": 0, "open": 9}, "need", "all", None
    )
    page = section(shop({**young, **SAID_NOTHING}, month(OCTOBER, 0, **SAID_NOTHING)))
    assert page.count("<small>too early to say</small>") == 1
    assert page.count('<span class="unripe">too early to say</span>') == 1


def test_where_nobody_came_there_is_nothing_to_wait_for() -> None:
    counts = dict.fromkeys(("advanced", "settled", "dropped", "open"), 0)
    nobody = drop_off_row(counts, "need", "channel", "ads")
    channels, _ = channel_rates(shop(nobody), WORDS, ENGLISH)
    cells = {row.name: row.rates[0] for row in channels}
    assert cells["ads"] is not None
    assert cells["ads"].is_ripe
    assert "too early" not in section(shop(nobody))


def test_few_journeys_keep_their_wide_interval() -> None:
    few = drop_off_row(
        {"advanced": 2, "settled": 0, "dropped": 1, "open": 0}, "need", "all", None, MAY
    )
    cell = cell_of(shop(few), MAY)
    assert (cell.written, cell.interval) == ("33%", "6–79%")
    assert cell.high - cell.low > 70


def test_the_headline_tells_the_estimate() -> None:
    counts = {"advanced": 1, "settled": 0, "dropped": 9_999, "open": 0}
    told = {"estimate": 0.4321, "estimate_low": 0.41, "estimate_high": 0.45}
    page = render_page(shop({**drop_off_row(counts, "need", "all", None), **told}), language="en")
    assert "Most are lost at Need: 43% leave there, by today&#39;s estimate (41–45%)." in page


def test_the_frames_of_the_page_are_the_marts(warehouse: duckdb.DuckDBPyConnection) -> None:
    data = report_data()
    for table in ("drop_off", "time_to_next_stage", "attribution"):
        mart = warehouse.sql(f"select * from marts.{table}").pl()
        assert set(getattr(data, table).columns) == set(mart.columns), table


def test_real_tables_give_each_cell_its_own_figures(warehouse: duckdb.DuckDBPyConnection) -> None:
    drop_off = warehouse.sql("select * from marts.drop_off").pl()
    data = replace(report_data(), drop_off=drop_off)
    found = drop_off.filter(dimension="all", stage="research").drop_nulls("period").sort("period")
    rows = [row.rates[1] for row in month_rates(data, WORDS, ENGLISH)]
    assert len(rows) == found.height > 1
    for cell, row in zip(rows, found.iter_rows(named=True), strict=True):
        assert cell is not None
        expected = row["rate"] if row["is_final"] else row["estimate"]
        assert cell.at == (None if expected is None else pytest.approx(100 * expected, abs=1e-3))


# --- What changed


def test_a_change_that_is_no_chance_is_flagged_in_the_grid() -> None:
    data = shop(*turned(30, 67), *turned(50, 41, stage="research"))
    more, fewer = cell_of(data, JUNE).turn, cell_of(data, JUNE, 2).turn
    assert (more.meaning, more.written) == ("up", "+37")
    assert (fewer.meaning, fewer.written) == ("down", "−9")
    assert more.told == "More are lost than in May 2026"
    assert fewer.told == "Fewer are lost than in May 2026"
    assert section(data).count('class="turn up" title=') == 1
    assert cell_of(data, APRIL).turn is None


def test_a_change_to_an_estimate_has_a_direction_and_no_size() -> None:
    told = {"is_final": False, "estimate": 0.8, "estimate_low": 0.7, "estimate_high": 0.9}
    data = shop(*turned(30, 67, **told))
    assert cell_of(data, JUNE).turn.written == ""
    change = what_changed(data.drop_off, WORDS, ENGLISH).shown[0]
    assert change.told == "from 30% in May 2026 to ≈\u00a080% in Jun 2026: more are lost"


@pytest.mark.parametrize(
    ("dimension", "value", "whose"),
    [
        ("all", None, "all journeys"),
        ("channel", "email", "channel email"),
        ("traffic", "paid_search", "traffic paid_search"),
        ("campaign", "promo", "campaign promo"),
        ("device", "mobile", "device mobile"),
        ("segment", None, "without segment"),
    ],
)
def test_what_changed_names_whose_journeys_they_are(
    dimension: str, value: str | None, whose: str
) -> None:
    data = shop(*turned(30, 67, dimension=dimension, value=value))
    changes = what_changed(data.drop_off, WORDS, ENGLISH)
    assert changes.sentence == "One change between ripe months is not chance, of 1 comparisons."
    (change,) = changes.shown
    assert (change.stage, change.whose, change.meaning) == ("Need", whose, "up")
    assert change.told == "from 30% in May 2026 to 67% in Jun 2026: 37 points more"
    assert change.sure == "very sure (q = 0.004)"


@pytest.mark.parametrize(
    ("q_value", "sure"),
    [
        (0.0004, "almost certain (q < 0.001)"),
        (0.001, "almost certain (q = 0.001)"),
        (0.01, "very sure (q = 0.010)"),
        (0.05, "sure (q = 0.050)"),
    ],
)
def test_how_sure_a_change_is(q_value: float, sure: str) -> None:
    data = shop(*turned(30, 67, q_value=q_value))
    assert what_changed(data.drop_off, WORDS, ENGLISH).shown[0].sure == sure


def test_the_latest_changes_come_first_and_the_rest_is_folded() -> None:
    rows = [
        row
        for number in range(7)
        for row in turned(
            30, 67, dimension="device", value=f"d{number}", q_value=0.01 - number / 1e3
        )
    ]
    old = month(
        MAY,
        90,
        dimension="device",
        value="d0",
        previous_period=APRIL,
        previous_rate=0.3,
        change=0.6,
    )
    old |= {"q_value": 0.0001, "p_value": 0.0001, "is_significant": True}
    data = shop(*rows[1:], old, month(APRIL, 30, dimension="device", value="d0"))
    changes = what_changed(data.drop_off, WORDS, ENGLISH)
    assert [change.whose for change in changes.shown] == [f"device d{n}" for n in (6, 5, 4, 3, 2)]
    assert [change.whose for change in changes.folded] == ["device d1", "device d0", "device d0"]
    assert changes.more == "3"
    assert "And 3 more" in section(data)


def test_where_nothing_changed_the_page_says_so() -> None:
    compared = {"p_value": 0.4, "q_value": 1.0, "previous_period": MAY, "change": 0.01}
    assert "of 1 comparisons" in section(shop(month(JUNE, 31, **compared)))
    assert "none stands out" in section(shop(month(JUNE, 31, **compared)))
    assert "There are not yet two ripe months" in section(report_data())


@pytest.mark.browser
def test_a_hostile_campaign_changes_nothing(look: Look) -> None:
    opened = look(hostile_names, "en", PHONE)
    opened.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
    told = opened.ask("[...document.querySelectorAll('.changes li')].map(e => e.textContent)")
    assert len(told) == 50
    assert sum(any(f"campaign {text}:" in line for line in told) for text in HOSTILE) == 50
    assert opened.ask("window.hacked") is None
    assert opened.complaints == []
    assert opened.requests == [opened.file]
    assert opened.ask("document.documentElement.scrollWidth") == PHONE[0]


# --- How soon they go on


def test_the_times_are_those_of_the_table(warehouse: duckdb.DuckDBPyConnection) -> None:
    times = warehouse.sql("select * from marts.time_to_next_stage").pl()
    rows = pace(times, WORDS, ENGLISH)
    found = times.filter((pl.col("dimension") == "all") & (pl.col("arrived") > 0)).sort("stage_no")
    assert len(rows) == found.height > 0
    for row, expected in zip(rows, found.iter_rows(named=True), strict=True):
        assert row.arrived == ENGLISH.number(expected["arrived"])
        for within in ("1d", "7d", "30d"):
            assert row.shares[within] == ENGLISH.share(expected[f"within_{within}_rate"])


def test_a_share_that_nobody_was_watched_for_stays_open() -> None:
    data = report_data()
    young = data.time_to_next_stage.with_columns(within_30d_rate=None, gone_median_ms=None)
    row = pace(young, WORDS, ENGLISH)[0]
    assert row.shares == {"1d": "30%", "7d": "45%", "30d": "–"}
    assert row.widths == {"7d": 45, "1d": 30}
    assert row.median == "–"


def test_without_anybody_who_came_there_are_no_times() -> None:
    data = report_data()
    nobody = replace(data, time_to_next_stage=data.time_to_next_stage.clear())
    assert "How soon they go on" in section(data)
    assert "How soon they go on" not in section(nobody)
