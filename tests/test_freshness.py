"""How fresh a source is, against what is usual for it."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.queries import read_sql, shipped_dir
from pipeline.warehouse import in_memory

pytestmark = pytest.mark.usefixtures("core_only")

NOW = datetime(2026, 3, 20, 4, tzinfo=UTC)
SOURCES = shipped_dir() / "status" / "sources.sql"


@pytest.mark.parametrize(
    ("days_ago", "usual_hours", "is_late"),
    [
        ([5, 4, 3, 2, 1], 24.0, False),
        ([7, 6, 5, 4, 3], 24.0, True),
        ([31, 24, 17, 10], 168.0, False),
        ([10, 9, 8], None, None),  # two times between tell nothing
        ([-300, 7, 6, 5, 4, 3], 24.0, True),  # a clock was ahead
    ],
)
@pytest.mark.parametrize("named", [["web"], []])
def test_a_source_of_the_config_is_late_after_twice_its_usual_time(
    days_ago: list[int], usual_hours: float | None, is_late: bool | None, named: list[str]
) -> None:
    warehouse = in_memory()
    warehouse.run("create schema ops")
    warehouse.run(
        "create table ops.loads (source varchar, refused_reason varchar, records bigint, "
        "accepted bigint, duplicates bigint, rejected bigint, last_at timestamptz, "
        "loaded_at timestamptz)"
    )
    for ago in days_ago:
        loaded_at = NOW - timedelta(days=ago)
        last_at = NOW - timedelta(days=max(ago, days_ago[-1]))
        warehouse.insert("ops.loads", source="web", records=1, last_at=last_at, loaded_at=loaded_at)
    (row,) = warehouse.frame(read_sql(SOURCES), {"now": NOW, "named": named}).to_dicts()
    assert (row["usual_hours"], row["is_late"]) == (usual_hours, is_late if named else None)
    assert row["hours_since_load"] == row["hours_since_touch"] == 24.0 * days_ago[-1]
