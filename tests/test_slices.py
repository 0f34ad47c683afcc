"""Slices: every touch is in exactly one, whichever way its slice is asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.slices import BYTES_PER_TOUCH, SLICE_SHARE, STORED_ROW, TONIGHT_ROW, slices
from pipeline.warehouse import in_memory

pytestmark = pytest.mark.usefixtures("core_only")


@pytest.mark.long
@settings(max_examples=30)
@given(
    records=st.lists(st.integers(0, 12), max_size=8),
    stored=st.integers(0, 20),
    most=st.integers(1, 9),
)
def test_a_touch_is_in_one_slice_alone(records: list[int], stored: int, most: int) -> None:
    warehouse = in_memory()
    warehouse.run("create schema scratch")
    warehouse.run("create table scratch.loads (load_no integer, records bigint)")
    for load_no, count in enumerate(records):
        warehouse.run("insert into scratch.loads values (?, ?)", [load_no, count])
    warehouse.run(
        "create view tonight as select load_no, unnest(range(1, records + 1)) as record_no "
        "from scratch.loads"
    )
    warehouse.run(f"create view stored_touches as select range as stored_row from range({stored})")
    parts = slices(warehouse, int(most * BYTES_PER_TOUCH / SLICE_SHARE) + 1)
    for table, row, at in (
        ("tonight", TONIGHT_ROW, "tonight"),
        ("stored_touches", STORED_ROW, "stored"),
    ):
        seen = [
            touch
            for part in parts
            for touch in warehouse.rows(
                f"select {row} as told_row from {table} as touches where {getattr(part, at)}"
            )
        ]
        assert sorted(seen) == sorted(
            warehouse.rows(f"select {row} as told_row from {table} as touches")
        )
        for part in parts:
            numbered = f"from (select *, {row} as told_row from {table} as touches) as touches"
            by_number = f"select told_row {numbered} where {part.told_row} order by all"
            by_place = f"select told_row {numbered} where {getattr(part, at)} order by all"
            assert warehouse.rows(by_number) == warehouse.rows(by_place)
    warehouse.close()


@pytest.mark.parametrize("count", [1, 7])
def test_what_fits_is_one_slice(count: int) -> None:
    warehouse = in_memory()
    warehouse.run("create schema scratch")
    warehouse.run(f"create table scratch.loads as select 0 as load_no, {count} as records")
    warehouse.run("create view stored_touches as select 0 as stored_row where false")
    assert len(slices(warehouse, 10**9)) == 1
    warehouse.close()
