"""Questions and queries of one's own, as they are typed, and what the command says of them."""

import json

import pytest

from tests.command import recorrido
from tests.odd_shop import begin_odd_shop
from tests.projects import Project


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return begin_odd_shop(tmp_path_factory.mktemp("empty"))


def test_questions_are_listed_with_what_they_ask(shop: Project) -> None:
    lines = recorrido("query", cwd=shop.dir).stdout.splitlines()
    assert len(lines) >= 5
    assert all("?" in line for line in lines)


@pytest.mark.long
def test_every_question_has_an_answer(shop: Project) -> None:
    for line in recorrido("query", cwd=shop.dir).stdout.splitlines():
        assert "rows)" in recorrido("query", line.split()[0], cwd=shop.dir).stdout


def ask(shop: Project, sql: str | bytes, *arguments: object, answer: int = 0) -> str:
    """Run a query of one's own; give what is told."""
    file = shop.write("mine.sql", sql)
    done = recorrido("query", file, *arguments, cwd=shop.dir, answer=answer)
    return done.stderr if answer else done.stdout


EVENTS = "select event from core.touchpoints where event ilike $like order by occurred_at"


def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(shop: Project) -> None:
    told = ask(shop, EVENTS, "--param", "like=%cmd%", "--format", "csv")
    assert told == "event\n'=cmd|'/c calc'!A1\n"


def test_json_is_exact(shop: Project) -> None:
    told = ask(shop, EVENTS, "--param", "like=%lines%", "--format", "json")
    assert json.loads(told) == [{"event": 'two\nlines, "quoted"'}]


def test_a_table_shows_a_text_as_it_is_but_nothing_that_steers_a_terminal(shop: Project) -> None:
    told = ask(shop, EVENTS, "--param", "like=%red%")
    assert "[red]@x[/red]" in told
    assert "\x1b" not in told


def test_parquet_goes_to_a_file(shop: Project) -> None:
    out = shop.dir / "out.parquet"
    ask(shop, EVENTS, "--param", "like=%", "--format", "parquet", "--out", out)
    assert out.read_bytes()[:4] == b"PAR1"
    assert "--out" in ask(shop, EVENTS, "--param", "like=%", "--format", "parquet", answer=2)


def test_a_param_without_a_default_is_asked_for(shop: Project) -> None:
    told = ask(shop, EVENTS, answer=2)
    assert "like" in told


@pytest.mark.parametrize(
    ("given", "told"),
    [("lik=x", "it has: like"), ("like", "expected NAME=VALUE"), ("=x", "it has: like")],
)
def test_a_wrong_param_is_told_with_those_that_are(shop: Project, given: str, told: str) -> None:
    assert told in ask(shop, EVENTS, "--param", given, answer=2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("segment=nope", "--param segment: there is no segment 'nope'; nobody has one like it"),
        ("traffic=direkt", "there is no traffic 'direkt'; did you mean direct?"),
        ("channel=nope", "there is no channel 'nope'"),
    ],
)
def test_a_name_that_nobody_has_is_refused_by_a_question(
    shop: Project, given: str, told: str
) -> None:
    question = ("query", "top_paths", "--param")
    assert told in recorrido(*question, given, cwd=shop.dir, answer=2).stderr
    assert "rows)" in recorrido(*question, "traffic=direct", cwd=shop.dir).stdout


def test_a_param_is_a_value_and_never_sql(shop: Project) -> None:
    told = ask(shop, EVENTS, "--param", "like=' or 1=1 --", "--format", "csv")
    assert told == "event\n"


def test_a_number_is_asked_for_where_the_default_is_one(shop: Project) -> None:
    sql = "-- How many?\n-- param: top = 2  -- how many\nselect 1 as one limit $top"
    assert "(1 rows)" in ask(shop, sql)
    assert "expected a number, found 'many'" in ask(shop, sql, "--param", "top=many", answer=2)


@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_a_day_beyond_the_calendar_is_refused_as_text_only(
    shop: Project, kind: str, form: str
) -> None:
    sql = f"select null::{kind} as nothing, unnest([{kind} '2026-01-05', 'infinity']) as day"
    assert "expected in day days of" in ask(shop, sql, "--format", form, answer=2)
    sql = f"select {kind} '0001-01-02' as first_one, {kind} '9999-12-30' as last_one"
    assert "9999-12-30" in ask(shop, sql, "--format", form)


def test_params_without_a_remark_are_each_declared(shop: Project) -> None:
    sql = "-- Which?\n-- param: one = 1\n-- param: two = 2\nselect $one as one, $two as two"
    assert ask(shop, sql, "--format", "csv") == "one,two\n1,2\n"


@pytest.mark.parametrize("day", ["2026-11-01", "20261101", "2026-W44-7"])
def test_a_day_may_be_told_in_every_form_of_iso(shop: Project, day: str) -> None:
    sql = "-- param: from_date = null  -- first day\nselect $from_date::date as day"
    told = ask(shop, sql, "--param", f"from_date={day}", "--format", "csv")
    assert told == "day\n2026-11-01\n"


@pytest.mark.parametrize(
    "sql",
    [
        "insert into core.touchpoints select * from core.touchpoints",
        "delete from core.touchpoints",
        "create table mine as select 1",
        "create or replace view core.v as select 1",
        "attach 'other.duckdb' as other",
        "copy core.touchpoints to 'out.csv'",
        "select * from read_text('recorrido.toml')",
        "select * from read_csv('landing/events/*.csv')",
        "select * from 'landing/events/odd.csv'",
        "set enable_external_access = true",
        "install httpfs",
        "load httpfs",
        "export database 'all'",
        "select 1; copy core.touchpoints to 'out.csv'",
        "pragma database_list; attach 'x.duckdb'",
        "select * from glob('*')",
    ],
)
def test_a_query_has_no_way_out_of_the_warehouse(shop: Project, sql: str) -> None:
    before = shop.published.read_bytes()
    told = ask(shop, sql, answer=2)
    assert told.startswith("recorrido: ")
    assert shop.published.read_bytes() == before
    assert not list(shop.dir.glob("out.csv")) + list(shop.dir.glob("*.duckdb"))


@pytest.mark.parametrize(
    "sql", ["", "-- nothing", ";", "selec 1", "select no_such from core.steps", b"select '\xe9'"]
)
def test_what_is_no_query_is_told(shop: Project, sql: str | bytes) -> None:
    assert ask(shop, sql, answer=2).startswith("recorrido: ")
