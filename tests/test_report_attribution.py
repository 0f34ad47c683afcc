"""Attribution on the page: the table's numbers, their sums, and where models disagree."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import Language, ReportData, render_page
from pipeline.report.attribution import Attribution, CreditTable, attribution
from pipeline.report.notation import Notation
from pipeline.report.texts import Texts
from tests.core_tables import QUERIES, build_marts, empty_warehouse
from tests.credit_frames import MODELS, TRAFFICS, attribution_frame
from tests.hostile_frames import HOSTILE_TRAFFICS, hostile_names
from tests.pages import DESK, PHONE, Look, Opened
from tests.report_frames import report_data, turned_shop

ENGLISH, WORDS = Notation("en", "America/Santiago", "CLP"), Texts("en")
SHOWN = ("last_non_direct", "linear", "markov_1", "shapley")


def shop(conversions: int = 1000, revenue: float = 5_000_000, **drawn: Any) -> ReportData:
    return replace(report_data(), attribution=attribution_frame(conversions, revenue, **drawn))


def credits_of(data: ReportData) -> Attribution:
    found = attribution(data, WORDS, ENGLISH)
    assert found is not None
    return found


def by_name(table: CreditTable) -> dict[str, Any]:
    return {row.name: row for row in table.rows}


def section(data: ReportData) -> str:
    page = render_page(data, language="en")
    start = page.index('<section id="attribution">')
    return page[start : page.index("</section>", start)]


def texts_of(opened: Opened, selector: str) -> list[str]:
    found: list[str] = opened.ask(
        f"[...document.querySelectorAll('{selector}')].map(each => each.textContent)"
    )
    return [" ".join(text.split()) for text in found]


# --- The page in a browser


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "size"),
    [("es", DESK), pytest.param("en", PHONE, marks=pytest.mark.long)],
    ids=["es", "en"],
)
def test_the_page_shows_the_tables_numbers_and_sums(
    look: Look, language: Language, size: tuple[int, int]
) -> None:
    data = turned_shop()
    opened = look(turned_shop, language, size)
    notation = Notation(language, "America/Santiago", "CLP")
    table = "#attribution > .credits"
    names = texts_of(opened, f"{table} tbody th")
    of_traffic = data.attribution.filter(dimension="traffic")
    for number, model in enumerate(SHOWN):
        rows = {r["traffic"]: r for r in of_traffic.filter(model=model).iter_rows(named=True)}
        cells = texts_of(opened, f"{table} tbody td:nth-child({4 + number})")
        assert len(cells) == len(names) == len(rows)
        for name, cell in zip(names, cells, strict=True):
            row = rows.get(name, rows[None])
            expected = [notation.number(row["conversions"]), notation.share(row["share"]), "CLP"]
            expected.append(notation.money(row["revenue"]))
            if row["cpa"] is not None:
                expected += ["CPA", notation.money(row["cpa"])]
                expected += ["ROAS", notation.number(row["roas"], decimals=1)]
            assert "".join(cell.split()) == "".join("".join(expected).split())
        (total,) = texts_of(opened, f"{table} tfoot td:nth-child({4 + number})")
        conversions, revenue = data.journeys["converted"][0], data.journeys["revenue"][0]
        whole = f"{notation.number(conversions)} {notation.share(1)} CLP {notation.money(revenue)}"
        assert "".join(total.split()) == "".join(whole.split())
    assert opened.ask("document.documentElement.scrollWidth") == size[0]
    assert opened.complaints == []


@pytest.mark.browser
def test_hostile_names_are_shown_and_do_nothing(look: Look) -> None:
    opened = look(hostile_names, "en", PHONE)
    opened.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
    names = "[...document.querySelectorAll('#attribution > .credits tbody th')]"
    shown = opened.ask(f"{names}.map(each => each.firstChild.textContent)")
    assert set(shown[:-1]) == set(HOSTILE_TRAFFICS)
    assert opened.ask("window.hacked") is None
    assert opened.ask("document.querySelectorAll('a, img, iframe, form, b script').length") == 0
    assert opened.ask("document.querySelectorAll('script').length") == 3
    assert opened.complaints == []
    assert opened.requests == [opened.file]
    assert opened.ask("document.documentElement.scrollWidth") == PHONE[0]


# --- Sums and rows


def test_what_no_visit_earned_is_a_row_of_its_own_and_the_last() -> None:
    table = credits_of(shop()).traffics
    assert [row.is_unattributed for row in table.rows] == [False] * len(TRAFFICS) + [True]
    last = table.rows[-1]
    assert last.name == "Unattributed"
    assert [credit.conversions for credit in last.credits] == ["150", "150", "150", "150"]


def test_the_traffics_that_earned_most_come_first() -> None:
    names = [row.name for row in credits_of(shop()).traffics.rows[:-1]]
    assert names == ["direct", "paid_search", "email", "brand_search", "display"]


def test_cost_is_told_only_where_spend_is() -> None:
    rows = by_name(credits_of(shop()).traffics)
    assert {name: row.spend for name, row in rows.items()} == {
        "direct": "–",
        "brand_search": "1,300,000",
        "paid_search": "21,000,000",
        "email": "–",
        "display": "9,400,000",
        "Unattributed": "–",
    }
    assert [credit.cpa for credit in rows["email"].credits] == [""] * 4
    assert [credit.cpa for credit in rows["paid_search"].credits][:2] == ["116,667", "105,000"]
    assert "CPA" not in section(shop(spend={})).split("<tbody>")[1].split("</tbody>")[0]


def test_many_traffics_are_folded_and_still_sum_to_all() -> None:
    many = {f"t{number:02}": {"linear": 0.03} for number in range(30)}
    table = credits_of(shop(traffics=many, spend={"t29": 10.0, "t28": 5.0, "t01": 1.0})).traffics
    assert [row.name for row in table.rows][-2:] == ["16 others", "Unattributed"]
    assert len(table.rows) == 16
    assert [credit.conversions for credit in table.rows[-2].credits] == ["480"] * 4
    assert table.rows[-2].spend == "15"
    assert table.spend == "16"
    assert [credit.conversions for credit in table.totals] == ["1,000"] * 4


def test_participation_is_told_not_to_sum() -> None:
    table = credits_of(shop()).traffics
    assert set(table.all_models) == set(MODELS["traffic"])
    told = dict(zip(table.all_models, table.total_of_all_models, strict=True))
    assert told.pop("participation") == "does not sum"
    assert set(told.values()) == {"1,000"}


def test_a_sampled_credit_tells_its_error() -> None:
    data = shop()
    sampled = data.attribution.with_columns(
        error=pl.when(pl.col("model") == "shapley").then(1.26).otherwise("error")
    )
    assert section(data).count("±") == 0
    assert section(replace(data, attribution=sampled)).count("± 1.3</small>") == 6


def test_parts_of_a_purchase_are_written_where_there_are_few() -> None:
    """One journey over two traffics: half a purchase each in the mean, all to one by the rule."""
    data = shop(2, 100, traffics={"a": {"linear": 0.5}, "b": {"linear": 0.5}}, campaigns={})
    halves = data.attribution.with_columns(
        conversions=pl.when(pl.col("model") == "linear")
        .then(pl.col("conversions") / 2)
        .otherwise("conversions")
    )
    rows = by_name(credits_of(replace(data, attribution=halves)).traffics)
    assert [credit.conversions for credit in rows["a"].credits] == ["1", "0.5", "1", "1"]


# --- Where models disagree


def test_the_sentence_tells_how_far_and_over_whom_models_disagree() -> None:
    """First and last non-direct: 12, 14, 7, 1, 0 and (unattributed) 6 points apart, half of it."""
    assert credits_of(shop()).sentences == [
        "Choosing another model moves at most 20% of the purchases to another traffic: so far "
        "apart are “First visit” and “Last non-direct”.",
        "What hangs most on the model is direct: from 140 purchases (“Last non-direct”) to 300 "
        "(“Last visit”).",
    ]


def test_what_the_sentences_tell_is_what_the_macros_give() -> None:
    data = shop()
    with duckdb.connect() as warehouse:
        warehouse.register("drawn", data.attribution)
        warehouse.sql("create schema marts; create table marts.attribution as select * from drawn")
        warehouse.sql("create schema ops; create table ops.project as select 0 as min_customers")
        for macro in (
            "one_of",
            "small_cells",
            "names/named_credits",
            "analysts/attribution",
            "analysts/attribution_distances",
        ):
            warehouse.sql((QUERIES / "macros" / f"{macro}.sql").read_text())
        farthest = warehouse.sql("from attribution_distances() limit 1").fetchone()
        widest = warehouse.sql(
            "select traffic, lowest, highest from attribution() order by spread desc limit 1"
        ).fetchone()
    assert farthest is not None
    assert widest is not None
    disagree, over = credits_of(data).sentences
    assert f"at most {ENGLISH.share(farthest[2])} of the purchases" in disagree
    assert all(WORDS.say(f"model.{model}") in disagree for model in farthest[:2])
    assert over.startswith(f"What hangs most on the model is {widest[0]}: ")
    assert f"from {widest[1]:.0f} purchases" in over
    assert f"to {widest[2]:.0f} (" in over


def test_models_that_agree_are_said_to() -> None:
    alike = {name: {"linear": 0.15} for name in ("a", "b")}
    assert credits_of(shop(traffics=alike)).sentences == ["All models divide the purchases alike."]


SHARES = st.fixed_dictionaries({model: st.floats(0, 0.5) for model in (*SHOWN, "first", "last")})


@given(st.dictionaries(st.text("abc", min_size=1), SHARES, min_size=1, max_size=18))
def test_every_mark_lies_on_its_line_and_every_bar_in_its_drawing(
    traffics: Mapping[str, Mapping[str, float]],
) -> None:
    found = credits_of(shop(100, traffics=traffics, campaigns={}))
    for row in found.traffics.rows:
        assert 0 <= row.low <= row.high <= 100
        assert all(row.low <= mark.at <= row.high for mark in row.marks)
        assert all(0 <= credit.width <= 100 for credit in row.credits)
    assert all(credit.conversions == "100" for credit in found.traffics.totals)


# --- Campaigns


def test_campaigns_are_told_by_their_credit_and_what_was_spent_in_vain() -> None:
    found = credits_of(shop())
    assert found.campaigns is not None
    assert [(row.name, row.note) for row in found.campaigns.rows] == [
        ("flores-a-domicilio", "paid_search"),
        ("marca", "brand_search"),
        ("marca", "display"),
    ]
    assert found.campaigns_told == [
        "Shown are 3 campaigns of 4, by their purchases according to Markov 1; together 21% of all "
        "purchases.",
        "One campaign with spend, CLP 400,000, is seen before no purchase.",
    ]
    assert "shapley" not in found.campaigns.models


def test_visits_without_a_campaign_are_no_campaign() -> None:
    data = shop(campaigns={("direct", None): {"linear": 0.5}})
    assert credits_of(data).campaigns is None
    assert "The campaigns with most credit" not in section(data)


# --- Odd warehouses


def test_without_a_purchase_there_is_nothing_to_divide() -> None:
    empty = shop(0, 0)
    assert empty.attribution.height == 0
    only_revenue = shop(0, 500)
    for data in (empty, only_revenue):
        assert "There are no purchases yet to divide." in section(data)
        assert "<table" not in section(data)


def test_an_empty_warehouse_has_a_page() -> None:
    with empty_warehouse() as warehouse:
        build_marts(warehouse)
        credits = warehouse.sql("select * from marts.attribution").pl()
        times = warehouse.sql("select * from marts.time_to_next_stage").pl()
        drop_off = warehouse.sql("select * from marts.drop_off").pl()
    data = replace(
        report_data([]), attribution=credits, time_to_next_stage=times, drop_off=drop_off
    )
    assert "There are no journeys to show yet." in render_page(data, language="en")
    # Even where a flow is drawn, the frames may hold nothing.
    some = replace(report_data(), attribution=credits, time_to_next_stage=times, drop_off=drop_off)
    assert "There are no purchases yet to divide." in section(some)


def test_one_journey_is_divided_alike_by_all() -> None:
    data = shop(1, 9_990, traffics={"email": {"linear": 1.0}}, campaigns={}, spend={})
    found = credits_of(data)
    assert found.sentences == ["All models divide the purchases alike."]
    row = by_name(found.traffics)["email"]
    assert [(credit.conversions, credit.share) for credit in row.credits] == [("1", "100%")] * 4
    assert (row.low, row.high) == (100, 100)
