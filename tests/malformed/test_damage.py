"""Damage at any place of a file: it is refused, or its records are all there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import QueryError, RefusedFile
from pipeline.ingest.look import look_at
from pipeline.ingest.records import open_records
from pipeline.warehouse import Warehouse, in_memory
from tests.malformed.writers import array, flipped, gz, lines, parquet, table, zst

WHOLE = {
    "table.csv.gz": gz(table()),
    "table.csv.zst": zst(table()),
    "array.json": array(2).encode(),
    "lines.ndjson.gz": gz(lines()),
    "table.parquet": parquet(),
}
Read = Callable[[bytes], int | None]


@pytest.fixture
def read(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Read]:
    """Give a reader of files of one name: it tells how many records it read, or None if refused."""
    warehouse = in_memory()
    file = tmp_path / str(request.param)

    def read_through(content: bytes) -> int | None:
        file.write_bytes(content)
        try:
            return _read(warehouse, file)
        except (RefusedFile, QueryError):
            return None

    yield read_through
    warehouse.close()


def _read(warehouse: Warehouse, file: Path) -> int:
    look = look_at(file, delimiter=",", clean_dir=file.parent / "cleaned")
    records = open_records(warehouse, look, ",")
    warehouse.run("create or replace temp table told as select * from file_records")
    told = warehouse.value("select (select count(*) from told) + (select count(*) from unparsed)")
    assert told == records
    return records


@pytest.mark.parametrize(("read", "content"), WHOLE.items(), indirect=["read"], ids=WHOLE)
def test_a_file_cut_anywhere_is_refused(read: Read, content: bytes) -> None:
    assert read(content) == 3
    assert {read(content[:length]) for length in range(0, len(content), 3)} == {None}


@pytest.mark.parametrize("read", ["table.csv.gz"], indirect=True)
def test_a_flipped_byte_of_gzip_is_refused_or_harmless(read: Read) -> None:
    content = WHOLE["table.csv.gz"]
    assert {read(flipped(content, at)) for at in range(len(content))} <= {None, 3}


@pytest.mark.parametrize("read", ["table.parquet"], indirect=True)
def test_a_flipped_byte_of_parquet_loses_no_record(read: Read) -> None:
    content = WHOLE["table.parquet"]
    assert {read(flipped(content, at)) for at in range(0, len(content), 5)} <= {None, 3}
