"""A query of somebody's own reads the published tables: no file, setting or address besides."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import ConfigError, QueryError
from pipeline.questions import ask
from pipeline.warehouse import Warehouse, reading, writing
from tests.command import ROOT

# Variables of this program: no query may be answered from them.
a_table_of_this_program = __import__("polars").DataFrame({"secret": [1]})

HOSTILE = """
    copy (select 1) to '{dir}/out.csv'
    copy core.touches from '/etc/passwd'
    copy (select * from core.touches) to '/dev/stdout'
    export database '{dir}/out'
    import database '{dir}'
    attach '{dir}/other.duckdb' as other
    attach ':memory:' as other
    detach journeys
    use system
    install httpfs
    load httpfs
    force install httpfs from community
    update extensions
    create table core.mine as select 1 as one
    create temp table mine as select 1 as one
    create macro mine() as 1
    create secret mine (type s3)
    create persistent secret mine (type s3)
    insert into core.touches values (1, 'x')
    delete from core.touches
    update core.touches set event = 'x'
    drop table core.touches
    alter table core.touches add column x integer
    truncate core.touches
    comment on table core.touches is 'x'
    vacuum
    checkpoint
    force checkpoint
    begin
    prepare one as select 1
    execute one
    set memory_limit = '1TB'
    set lock_configuration = false
    set enable_external_access = true
    set allowed_directories = ['/']
    set temp_directory = '{dir}'
    set home_directory = '{dir}'
    set secret_directory = '{dir}'
    set extension_directory = '{dir}'
    set log_query_path = '{dir}/log'
    set profiling_output = '{dir}/profile'
    set variable mine = 1
    reset memory_limit
    pragma threads = 64
    pragma enable_profiling
    pragma enable_progress_bar
    pragma version
    pragma database_list
    call enable_logging(storage = 'file', storage_config = {{'path': '{dir}/log'}})
    select * from enable_logging(storage = 'file', storage_config = {{'path': '{dir}/log'}})
    select * from system.main.Enable_Logging(storage = 'stdout')
    select * from enable_profiling(save_location = '{dir}/profile.json')
    select write_log('x')
    from (from (select * from disable_logging()))
    with mine as (select 1 where exists (from truncate_duckdb_logs())) from mine
    select * from force_checkpoint()
    select * from query('select 1')
    select * from json_execute_serialized_sql(json_serialize_sql('select 1'))
    select * from seq_scan(1)
    select * from arrow_scan(1, 2, 3)
    select * from pandas_scan(1)
    select * from read_csv('/etc/passwd')
    select * from read_csv_auto('/etc/*')
    select * from read_text('/etc/passwd')
    select * from read_text('{dir}/../../../../../../etc/passwd')
    select * from read_text('file:///etc/passwd')
    select * from read_blob('/proc/self/environ')
    select * from read_blob('{dir}/journeys.duckdb')
    select * from read_json('/etc/passwd')
    select * from read_ndjson_objects('/etc/passwd')
    select * from read_parquet('/etc/passwd')
    select * from parquet_metadata('/etc/passwd')
    select * from read_duckdb('{dir}/journeys.duckdb')
    select * from sniff_csv('/etc/passwd')
    select * from glob('/etc/*')
    select * from '/etc/passwd'
    select * from 'https://127.0.0.1:1/x.csv'
    select * from read_csv('http://127.0.0.1:1/x.csv')
    select * from read_parquet('s3://bucket/x.parquet')
    select getenv('HOME')
    select * from a_table_of_this_program
    select * from duckdb_logs() union all select * from read_text('/etc/passwd')
    explain analyze select * from read_text('/etc/passwd')
    explain copy (select 1) to '{dir}/out.csv'
    select 1; select 2
    select 1; copy (select 1) to '{dir}/out.csv'
    /* select */ copy (select 1) to '{dir}/out.csv' -- select
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse of one table."""
    file = tmp_path_factory.mktemp("published") / "journeys.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.touches as select range as number, 'view' as event from range(3)"
        )
    return file


@pytest.fixture
def asking(published: Path, tmp_path: Path) -> Iterator[object]:
    """Give a function that asks a query from a file, as `recorrido query FILE.sql` does."""

    def asked(sql: str, memory: int | None = None) -> list[tuple[object, ...]]:
        file = tmp_path / "asked.sql"
        file.write_text(sql, encoding="utf-8")
        return ask(published, tmp_path, str(file), [], memory=memory).rows()

    yield asked
    assert list(tmp_path.iterdir()) in ([], [tmp_path / "asked.sql"])


@pytest.mark.parametrize("sql", [line.strip() for line in HOSTILE.strip().splitlines()])
def test_a_hostile_query_is_refused_and_does_nothing(asking, sql: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        asking(sql.format(dir=tmp_path))
    assert "root:" not in str(caught.value)
    assert asking("select count(*) from core.touches") == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "from core.touches",
        "with all_of_them as (from core.touches) select * from all_of_them;",
        "-- a question\nselect * from core.touches -- of mine",
        "select number, event from core.touches order by number limit 3",
        "select number, 'copy x to y; drop' as event from core.touches",
    ],
)
def test_a_select_is_answered(asking, sql: str) -> None:
    assert len(asking(sql)) == 3


@pytest.mark.parametrize(
    "sql",
    [
        "describe core.touches",
        "summarize core.touches",
        "explain select * from core.touches",
        "explain analyze select * from core.touches",
        "from (pivot core.touches on event in ('view') using count(*))",
    ],
)
def test_what_looks_at_tables_is_answered(asking, sql: str) -> None:
    assert asking(sql)


@pytest.mark.parametrize("most_bytes", [None, 10**6])
def test_columns_of_one_name_are_told_apart(most_bytes: int | None) -> None:
    warehouse = Warehouse(duckdb.connect(), most_bytes=most_bytes)
    told = warehouse.frame("select 1 as a, 2 as a_1, 3 as a, 4 as b, interval 1 day as a")
    assert told.columns == ["a", "a_1", "a_2", "b", "a_3"]
    assert told.row(0) == (1, 2, 3, 4, "1 day")
    warehouse.close()


def test_what_polars_has_no_type_for_is_told_as_text() -> None:
    warehouse = Warehouse(duckdb.connect())
    told = warehouse.frame(
        "select union_value(rank := 1) as a, [union_value(name := 'x')] as b, "
        "{'left': interval 2 day} as c"
    )
    assert told.row(0) == ("1", "[x]", {"left": "2 days"})
    warehouse.close()


def test_a_result_too_large_for_the_memory_is_refused(asking) -> None:
    with pytest.raises(QueryError, match="larger than the 7 MB that a query may have"):
        asking("select range, 'a text to fill the memory' from range(10_000_000)", 20_000_000)


def test_a_text_that_is_too_long_to_be_handed_over_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(warehouse: Warehouse, relation: object) -> None:
        raise OSError("Invalid Input Error: Arrow Appender: The maximum total string size for …")

    monkeypatch.setattr(Warehouse, "_bounded", refuse)
    warehouse = Warehouse(duckdb.connect(), most_bytes=10**6)
    with pytest.raises(QueryError, match="texts of less than 2 GB"):
        warehouse.frame("select 'too long' as told")
    warehouse.close()


def test_what_a_query_spills_is_bounded(asking) -> None:
    with pytest.raises(ConfigError, match=r"than \[warehouse\] memory allows"):
        asking("select max(n) from (select row_number() over (order by hash(range)) as n "
               "from range(15_000_000))", 15_000_000)  # fmt: skip


def test_a_query_without_end_ends_with_an_interrupt(published: Path, tmp_path: Path) -> None:
    endless = tmp_path / "endless.sql"
    endless.write_text("select count(*) from range(1e12::bigint) as one where one.range % 7 = 8")
    asking = (
        "import sys; from pathlib import Path; from pipeline.questions import ask; print('asked', "
        "flush=True); ask(Path(sys.argv[1]), Path(), sys.argv[2], [])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", asking, str(published), str(endless)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"asked\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in told


def test_readers_of_ours_open_no_other_file_either(published: Path, tmp_path: Path) -> None:
    with reading(published) as warehouse, pytest.raises(QueryError, match="Permission"):
        warehouse.run(f"copy core.touches to '{tmp_path}/out.csv'")
    with reading(published, may_write=[tmp_path]) as warehouse:
        warehouse.run(f"copy core.touches to '{tmp_path}/out.csv'")
        with pytest.raises(QueryError, match="Permission"):
            warehouse.run(f"copy core.touches to '{tmp_path}/../out.csv'")


def test_a_confined_connection_reads_its_folders_alone(tmp_path: Path) -> None:
    for name in ("landing/a.csv", "landing/deep/b.csv", "secrets/key", "one.csv", "landing2/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("a\n1\n")
    warehouse = writing(Path(":memory:"), 10**9, tmp_path / "spill")
    warehouse.confine([tmp_path / "landing"], [tmp_path / "one.csv"])
    warehouse.lock_settings()
    for name in ("landing/a.csv", "landing/deep/b.csv", "one.csv", "landing/../landing/a.csv"):
        assert warehouse.rows(f"select * from read_csv('{tmp_path / name}')") == [(1,)]
    for name in ("secrets/key", "landing/../secrets/key", "landing2/c.csv", "two.csv"):
        with pytest.raises(QueryError, match="Permission"):
            warehouse.rows(f"select * from read_text('{tmp_path}/{name}')")
    for change in ("threads = 1", "max_temp_directory_size = '1TB'", "timezone = 'Asia/Tokyo'"):
        with pytest.raises(QueryError, match="locked"):
            warehouse.run(f"set {change}")
    with warehouse.rows_in_order(), warehouse.joins_as_written():
        warehouse.run("set search_path = 'memory.main'")
    warehouse.close()
