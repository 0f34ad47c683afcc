"""Publications made by hand: tables that agree about their generation, and how to read them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

ROWS = 3_000
TABLES = ("first", "second", "third")


@dataclass(frozen=True)
class Read:
    """What one reader found in one connection: the generation that all tables tell."""

    generation: int


def make_shadow(file: Path, generation: int, rows: int = ROWS) -> Path:
    """Write a finished shadow: each table names its generation, and is summed up beside."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file)) as shadow:
        for number, table in enumerate(TABLES):
            shadow.execute(
                f"create table {table} as select {generation} as generation, i as number, "
                f"md5((i * {generation} + {number})::varchar) as word "
                f"from range({rows} + {generation % 7} * 500) as counted (i)"
            )
        sums = " union all ".join(
            f"select '{table}' as name, {_SUM} from {table}" for table in TABLES
        )
        shadow.execute(f"create table sums as {sums}")
    return file


def read(published: Path) -> Read:
    """Read the publication as an analyst does; raise AssertionError if its tables disagree."""
    with duckdb.connect(str(published), read_only=True) as reader:
        told = reader.execute("select * from sums").fetchall()
        found = [
            row
            for table in TABLES
            for row in reader.execute(f"select '{table}', {_SUM} from {table}").fetchall()
        ]
    assert sorted(told) == sorted(found), (told, found)
    generations = {generation for row in found for generation in row[1:3]}
    assert len(generations) == 1, generations
    return Read(generations.pop())


_SUM = "min(generation), max(generation), count(*), bit_xor(hash(number, word))"
