"""What analysts ask, and what they read about the tables that they ask."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline import questions
from pipeline.errors import QueryError
from tests.core_tables import QUERIES, rows_of, small_warehouse
from tests.projects import Project

PARAM = re.compile(r"^-- param: (\w+) = (\S+)  -- .+$", re.MULTILINE)
STAGES = "need, research, evaluation, purchase, experience, outcome;"
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
        name: None if default == "null" else int(default) if default.isdigit() else default
        for name, default in PARAM.findall(query)
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
        path                             | journeys | pct  | customers | converted | pct   | from | to    | dropped | open | value    | days
        ---------------------------------+----------+------+-----------+-----------+-------+------+-------+---------+------+----------+-----
        need                             | 1        | 33.3 | 1         | 0         | 0.0   | 0.0  | 79.3  | 1       | 0    | 0.0000   |
        need → research → evaluation → … | 1        | 33.3 | 1         | 1         | 100.0 | 20.7 | 100.0 | 0       | 0    | 100.0000 | 0.0
        research → purchase              | 1        | 33.3 | 1         | 1         | 100.0 | 20.7 | 100.0 | 0       | 0    | 50.0000  | 0.0
    """  # noqa: E501
    assert ask(warehouse, "top_paths", segment="loyal", longest=3) == rows_of(expected)
    assert len(ask(warehouse, "top_paths")) == 9
    assert [row[0] for row in ask(warehouse, "top_paths", top=2)] == [
        "evaluation",
        "evaluation → purchase",
        "other",
    ]
    by_channel = ask(warehouse, "top_paths", grain="stage_channel", until="purchase", top=1)
    assert [row[:2] for row in by_channel] == [("start", "3"), ("other", "6")]


def test_paths_that_sell(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        path       | journeys | decided | converted | pct   | from | to    | value    | days
        -----------+----------+---------+-----------+-------+------+-------+----------+-----
        start      | 3        | 2       | 2         | 100.0 | 34.2 | 100.0 | 75.0000  | 0.0
        evaluation | 2        | 2       | 1         | 50.0  | 9.5  | 90.5  | 20.0000  | 0.0
    """
    assert ask(warehouse, "paths_that_sell", at_least=2) == rows_of(expected)
    assert ask(warehouse, "paths_that_sell") == []


def test_what_leavers_did_last(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        relative_no | node              | leavers | pct   | from | to
        ------------+-------------------+---------+-------+------+------
        0           | ads/ad_impression | 1       | 50.0  | 9.5  | 90.5
        0           | store/store_visit | 1       | 50.0  | 9.5  | 90.5
        -1          | ads/ad_impression | 1       | 50.0  | 9.5  | 90.5
        -1          | start             | 1       | 50.0  | 9.5  | 90.5
    """
    assert ask(warehouse, "what_leavers_did_last", steps=1) == rows_of(expected)
    of_stage = ask(warehouse, "what_leavers_did_last", stage="evaluation", steps=0)
    assert [row[:3] for row in of_stage] == [("0", "store/store_visit", "1")]


def test_what_comes_before_and_after(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        relative_no | node                     | journeys | pct  | from | to
        ------------+--------------------------+----------+------+------+-----
        -1          | start                    | 2        | 40.0 | 11.8 | 76.9
        -1          | email/email_click        | 1        | 20.0 | 3.6  | 62.4
        0           | web/purchase             | 4        | 80.0 | 37.6 | 96.4
        0           | store/purchase           | 1        | 20.0 | 3.6  | 62.4
        1           | delivery/order_delivered | 1        | 20.0 | 3.6  | 62.4
        1           | kept                     | 1        | 20.0 | 3.6  | 62.4
    """
    answer = ask(warehouse, "what_comes_before_and_after", steps=1, top=2)
    assert answer == rows_of(expected)
    around = ask(warehouse, "what_comes_before_and_after", stage="need", grain="stage", steps=1)
    assert [row[:3] for row in around if row[0] == "1"] == [
        ("1", "dropped", "1"),
        ("1", "research", "1"),
    ]


def test_time_to_next_stage(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage      | value | arrived | 1h    | 1d    | 7d    | 30d   | silence | from | to    | half   | most
        -----------+-------+---------+-------+-------+-------+-------+---------+------+-------+--------+-----
        need       |       | 2       | 50.0  | 50.0  | 50.0  | 50.0  | 50.0    | 9.0  | 99.4  | 0.02   | 0.0
        research   |       | 3       | 66.7  | 66.7  | 66.7  |       |         |      |       |        |
        evaluation |       | 3       | 66.7  | 66.7  | 66.7  | 66.7  | 66.7    | 22.6 | 99.1  | 0.33   | 0.0
        purchase   |       | 5       | 100.0 | 100.0 | 100.0 | 100.0 | 100.0   | 56.6 | 100.0 | 0.0    | 0.0
        experience |       | 2       | 0.0   | 0.0   | 0.0   | 50.0  | 50.0    | 9.0  | 99.4  | 357.0  | 14.9
    """  # noqa: E501
    assert ask(warehouse, "time_to_next_stage") == rows_of(expected)
    by_channel = ask(warehouse, "time_to_next_stage", dimension="channel", stage="purchase")
    assert [row[1] for row in by_channel] == ["web", "ads", "email", "store"]


def test_drop_off_by_month(warehouse: duckdb.DuckDBPyConnection) -> None:
    expected = """
        stage | month      | told      | lost | from | to   | change | sure  | reached | dropped | undecided
        ------+------------+-----------+------+------+------+--------+-------+---------+---------+----------
        need  | 2025-11-01 | counted   | 0.0  | 0.0  | 65.8 |        | False | 2       | 0       | 0
        need  | 2025-12-01 | counted   | 0.0  | 0.0  | 56.1 | 0.0    | False | 3       | 0       | 0
        need  | 2026-01-01 | counted   | 0.0  | 0.0  | 65.8 | 0.0    | False | 2       | 0       | 0
        need  | 2026-02-01 | estimated | 50.0 | 0.6  | 91.0 |        | False | 2       | 1       | 0
    """  # noqa: E501
    assert ask(warehouse, "drop_off_by_month", stage="need") == rows_of(expected)
    of_loyal = ask(warehouse, "drop_off_by_month", dimension="segment", value="loyal")
    assert {row[1] for row in of_loyal} == {"2025-11-01", "2025-12-01", "2026-02-01"}


def test_what_changed(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert ask(warehouse, "what_changed") == []
    warehouse.execute("begin transaction")
    try:
        for change, p_value, is_significant in (
            (0.1, 0.001, True),
            (-0.3, 0.002, True),
            (0.5, 0.04, False),
        ):
            warehouse.execute(
                """
                update marts.drop_off
                set change = $change, p_value = $p, q_value = 2 * $p, is_significant = $flagged
                where
                    dimension = 'all' and period = '2026-01-01'
                    and stage_no = case $change when 0.1 then 1 when -0.3 then 2 else 3 end
                """,
                {"change": change, "p": p_value, "flagged": is_significant},
            )
        answer = [(row[0], row[2], row[7]) for row in ask(warehouse, "what_changed")]
        assert answer == [
            ("significant", "research", "-30.0"),
            ("significant", "need", "10.0"),
            ("near miss", "evaluation", "50.0"),
        ]
        assert len(ask(warehouse, "what_changed", stage="need")) == 1
        assert len(ask(warehouse, "what_changed", dimension="channel")) == 0
        assert len(ask(warehouse, "what_changed", from_date="2026-01-31")) == 3
        assert len(ask(warehouse, "what_changed", top=2)) == 2
    finally:
        warehouse.execute("rollback")


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
    for folder in ("names", "analysts"):
        for macro in (QUERIES / "macros" / folder).glob("*.sql"):
            assert dict(macros)[macro.stem]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("top_paths(grain := 'Stage')", "grain: expected stage, stage_channel; found Stage"),
        ("top_paths(until := 'buy')", "until: expected end, purchase; found buy"),
        ("top_paths(steps := 0)", "expected steps from 1"),
        ("before_and_after(anchor := 'LAST')", "anchor: expected first, last; found LAST"),
        ("before_and_after(grain := 'x')", "grain: expected touchpoint, stage_channel, stage"),
        ("before_and_after(steps := -1)", "steps: expected 0 to 100"),
        ("before_and_after(stage := 'nope')", "stage: expected need, research, evaluation"),
        ("before_and_after(state := 'lost')", "state: expected open, dropped, returned"),
        ("before_and_after(deepest_stage := 'x')", "deepest_stage: expected need, research"),
        ("journey_map(stage := 'nope')", "stage: expected need, research, evaluation"),
        ("journey_map(segment := 'nobody', stage := 'nope')", "stage: expected need, research"),
        ("attribution(measure := 'x')", "measure: expected conversions, revenue, share"),
        ("attribution(dimension := 'x')", "dimension: expected traffic, campaign"),
        ("attribution_distances(dimension := null)", "found null"),
        ("transitions(grain := 'x')", "grain: expected stage, stage_channel, traffic, touchpoint"),
        ("drop_off(dimension := null)", "dimension: expected all, channel, traffic"),
    ],
)
def test_a_misspelt_choice_is_an_error_and_not_another_answer(
    warehouse: duckdb.DuckDBPyConnection, query: str, says: str
) -> None:
    with pytest.raises(duckdb.Error, match=re.escape(says)):
        warehouse.sql(f"from {query}").fetchall()


@pytest.mark.parametrize(
    ("question", "parameter", "expected"),
    [
        ("drop_off_by_month", "stage", "need, research, evaluation, purchase;"),
        ("drop_off_by_month", "dimension", "all, channel, traffic, campaign, device, segment;"),
        ("moments_of_truth", "stage", STAGES),
        ("nodes_that_matter", "grain", "stage, stage_channel, traffic, touchpoint;"),
        ("pain_points", "stage", STAGES),
        ("time_to_next_stage", "stage", STAGES),
        ("time_to_next_stage", "dimension", "all, channel, traffic, campaign, device, segment;"),
        ("what_changed", "stage", STAGES),
        ("what_changed", "dimension", "all, channel, traffic, campaign, device, segment;"),
        ("what_comes_before_and_after", "stage", STAGES),
        ("what_leavers_did_last", "stage", STAGES),
        ("what_spend_brought", "dimension", "traffic, campaign;"),
        ("what_spend_brought", "model", "first, last, last_non_direct, linear, position, j,"),
        ("where_the_chance_is_lost", "grain", "stage, stage_channel, traffic, touchpoint;"),
    ],
)
def test_a_misspelt_choice_of_a_question_is_an_error_though_there_were_no_rows(
    warehouse: duckdb.DuckDBPyConnection, question: str, parameter: str, expected: str
) -> None:
    with pytest.raises(duckdb.Error, match=f"{parameter}: expected {expected}"):
        ask(warehouse, question, **{parameter: "touch"})
    for word in re.findall(r"\w+", expected):
        ask(warehouse, question, **{parameter: word})


def test_a_publication_of_a_version_that_lacks_a_macro_is_told_as_one(
    sample_project: Project, tmp_path: Path
) -> None:
    older = Path(shutil.copy(sample_project.published, tmp_path))
    with duckdb.connect(str(older)) as warehouse:
        warehouse.execute("drop macro table named_credits")
    with pytest.raises(QueryError, match="another version wrote: 'recorrido run' writes it anew"):
        questions.ask(older, tmp_path, "what_spend_brought", [])
