"""What analysts ask, and what they read about the tables that they ask."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.core_tables import QUERIES, rows_of, small_warehouse

PARAM = re.compile(r"^-- param: (\w+) = (\S+)  -- .+$", re.MULTILINE)
QUESTIONS = sorted(file.stem for file in (QUERIES / "questions").glob("*.sql"))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def ask(
    warehouse: duckdb.DuckDBPyConnection, question: str, **given: object
) -> list[tuple[str, ...]]:
    """Ask a question with its defaults, save for what is given; rows as they would be drawn."""
    query = (QUERIES / "questions" / f"{question}.sql").read_text(encoding="utf-8")
    params = {
        name: None if default == "null" else int(default) for name, default in PARAM.findall(query)
    }
    rows = warehouse.sql(query, params=params | given).fetchall()
    return [tuple("" if value is None else str(value) for value in row) for row in rows]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_declares_the_parameters_that_it_uses(question: str) -> None:
    query = (QUERIES / "questions" / f"{question}.sql").read_text(encoding="utf-8")
    assert query.splitlines()[0].endswith("?")
    assert {name for name, _ in PARAM.findall(query)} == set(re.findall(r"\$(\w+)", query))


def test_stage_funnel_by_first_channel(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        channel | stage      | reached | pct   | skipped | advanced | dropped | open | settled | converted | lost | from | to
        --------+------------+---------+-------+---------+----------+---------+------+---------+-----------+------+------+-----
        ads     | need       | 1       | 100.0 | 0       | 0        | 1       | 0    | 0       | 0         | 100.0| 20.7 | 100.0
        ads     | research   | 0       | 0.0   | 0       | 0        | 0       | 0    | 0       | 0         |      |      |
        ads     | evaluation | 0       | 0.0   | 0       | 0        | 0       | 0    | 0       | 0         |      |      |
        ads     | purchase   | 0       | 0.0   | 0       | 0        | 0       | 0    | 0       | 0         |      |      |
        ads     | experience | 0       | 0.0   | 0       | 0        | 0       | 0    | 0       | 0         |      |      |
        ads     | outcome    | 0       | 0.0   | 0       | 0        | 0       | 0    | 0       | 0         |      |      |
    """  # noqa: E501
    answer = ask(
        warehouse, "stage_funnel_by_first_channel", from_date="2026-02-01", to_date="2026-02-18"
    )
    assert answer == rows_of(expected)
    everything = ask(warehouse, "stage_funnel_by_first_channel")
    assert [row[0] for row in everything[::6]] == ["web", "ads", "store", "delivery", "email"]


def test_where_leavers_went_silent(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        last_stage | last_channel | deepest    | went_back | leavers | pct  | customers | touches | days
        -----------+--------------+------------+-----------+---------+------+-----------+---------+-----
        evaluation | store        | evaluation | False     | 1       | 50.0 | 1         | 1.0     | 0.0
        need       | ads          | need       | False     | 1       | 50.0 | 1         | 2.0     | 24.0
    """  # noqa: E501
    assert ask(warehouse, "where_leavers_went_silent") == rows_of(expected)
    assert len(ask(warehouse, "where_leavers_went_silent", segment="new")) == 1
    assert len(ask(warehouse, "where_leavers_went_silent", top=1)) == 1


def test_top_paths(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        path                           | journeys | pct  | converted | pct   | dropped | open | value    | days
        -------------------------------+----------+------+-----------+-------+---------+------+----------+-----
        need                           | 1        | 33.3 | 0         | 0.0   | 1       | 0    | 0.0000   | 24.0
        need → research → evaluation → … | 1      | 33.3 | 1         | 100.0 | 0       | 0    | 100.0000 | 17.0
        research → purchase            | 1        | 33.3 | 1         | 100.0 | 0       | 0    | 50.0000  | 0.0
    """  # noqa: E501
    assert ask(warehouse, "top_paths", segment="loyal", longest=3) == rows_of(expected)
    assert len(ask(warehouse, "top_paths")) == 9
    assert len(ask(warehouse, "top_paths", top=2)) == 2


def test_time_between_stages(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        from_stage | to_stage   | journeys | p10   | median | p90   | days
        -----------+------------+----------+-------+--------+-------+-----
        need       | research   | 1        | 0.02  | 0.02   | 0.02  | 0.0
        research   | evaluation | 1        | 0.07  | 0.07   | 0.07  | 0.0
        research   | purchase   | 1        | 0.17  | 0.17   | 0.17  | 0.0
        evaluation | purchase   | 2        | 0.34  | 0.38   | 0.41  | 0.0
        purchase   | experience | 1        | 49.5  | 49.5   | 49.5  | 2.1
        purchase   | outcome    | 1        | 240.0 | 240.0  | 240.0 | 10.0
        experience | outcome    | 1        | 357.0 | 357.0  | 357.0 | 14.9
    """
    assert ask(warehouse, "time_between_stages") == rows_of(expected)
    assert len(ask(warehouse, "time_between_stages", segment="loyal")) == 6


def test_journeys_of_a_customer(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        no | ended       | step | stage      | channel | event     | began_at            | hours | touches | goals | value    | journey
        ---+-------------+------+------------+---------+-----------+---------------------+-------+---------+-------+----------+--------
        1  | returned    | 1    | purchase   | store   | purchase  | 2025-11-10 12:00:00 |       | 1       | 1     | 80.0000  | c101
        1  | returned    | 2    | outcome    | store   | return    | 2025-11-20 12:00:00 | 240.0 | 1       | 0     | -30.0000 | c101
        2  | repurchased | 1    | evaluation | web     | view_item | 2025-12-05 12:00:00 |       | 1       | 0     | 0.0000   | c201
        2  | repurchased | 2    | purchase   | web     | purchase  | 2025-12-05 12:20:00 | 0.33  | 1       | 1     | 20.0000  | c201
        3  | open        | 1    | purchase   | web     | purchase  | 2026-01-20 12:00:00 |       | 1       | 1     | 25.0000  | c301
    """  # noqa: E501
    assert ask(warehouse, "journeys_of_a_customer", customer="cleo") == rows_of(expected)
    assert {row[-1] for row in ask(warehouse, "journeys_of_a_customer")} == {"a101", "a201", "a301"}


def test_how_touches_found_their_customer(sample_warehouse: Path) -> None:
    with duckdb.connect(sample_warehouse, read_only=True) as published:
        answer = ask(published, "how_touches_found_their_customer")
    told = {source: [float(share) for share in shares] for source, _, _, *shares in answer}
    # Web: some sign in, some did before or after, most of the rest never do.
    by_identifier, before, after, click, alone, denied = told["web"]
    assert 99 < by_identifier + before + after + click + alone + denied <= 100.1
    assert before > 10
    assert after > 10
    assert told["email"][0] == 100
    # Ads know nobody by name: their users are led by clicks.
    assert told["ads"][0] == 0 < told["ads"][3]


def test_every_published_table_column_and_macro_has_a_comment(sample_warehouse: Path) -> None:
    with duckdb.connect(sample_warehouse, read_only=True) as published:
        silent = published.sql(
            """
            with told as (
                select schema_name || '.' || table_name as name, comment from duckdb_tables()
                union all
                select table_name || '.' || column_name as name, comment from duckdb_columns()
                where not internal
            )

            select name from told where comment is null
            """
        ).fetchall()
        macros = published.sql(
            "select function_name, comment from duckdb_functions() where not internal"
        ).fetchall()
    assert silent == []
    for macro in (QUERIES / "macros" / "analysts").glob("*.sql"):
        assert dict(macros)[macro.stem]
