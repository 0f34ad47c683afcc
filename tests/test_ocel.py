"""The object-centric event log, against the rules of OCEL 2.0."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.errors import QueryError
from pipeline.ocel import EVENT_ATTRIBUTES, OBJECT_ATTRIBUTES, write_ocel
from pipeline.warehouse import Warehouse
from pipeline.whole import room_for
from tests.core_tables import small_warehouse

HOSTILE = 'rosas "rojas"\n\t\x01 ñ 🦤 \\ </script>'
# What the standard's page on JSON allows, and how such a value looks.
TYPES: dict[str, Any] = {
    "string": str,
    "time": str,
    "integer": int,
    "float": (int, float),
    "boolean": bool,
}

Log = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the drawn world, in which ana's first purchase names all that a touch can name."""
    with small_warehouse() as warehouse:
        warehouse.execute(
            "update core.touchpoints set order_id = 'o1', product = $1, campaign = 'spring', "
            "device_type = 'mobile', sentiment = 1 where touchpoint_id = 'a107'",
            [HOSTILE],
        )
        warehouse.execute("update core.touchpoints set product = '' where touchpoint_id = 'a106'")
        yield warehouse


@pytest.fixture(scope="module")
def log(warehouse: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Log:
    file = tmp_path_factory.mktemp("ocel") / "deeper" / "log.json"
    write_log(warehouse, file)
    told: Log = json.loads(file.read_text(encoding="utf-8"))
    return told


def write_log(warehouse: duckdb.DuckDBPyConnection, file: Path) -> None:
    with room_for(file) as room:
        write_ocel(Warehouse(warehouse), file, room)


def rows_of(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return warehouse.sql(query).fetchall()


def found(rows: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    (row,) = (row for row in rows if row["id"] == identity)
    return row


# ---- The rules of the standard ------------------------------------------------------------------


def test_there_are_four_lists(log: Log) -> None:
    assert list(log) == ["eventTypes", "objectTypes", "events", "objects"]
    assert all(log.values())


def test_types_are_declared_once_and_their_attributes_are_typed(log: Log) -> None:
    for kinds in (log["eventTypes"], log["objectTypes"]):
        names = [kind["name"] for kind in kinds]
        assert len(set(names)) == len(names)
        for kind in kinds:
            assert set(kind) == {"name", "attributes"}
            assert all(set(told) == {"name", "type"} for told in kind["attributes"])
            assert {told["type"] for told in kind["attributes"]} <= set(TYPES)


@pytest.mark.parametrize(("rows", "kinds"), [("events", "eventTypes"), ("objects", "objectTypes")])
def test_whatever_is_told_was_declared(log: Log, rows: str, kinds: str) -> None:
    declared = {
        kind["name"]: {told["name"]: told["type"] for told in kind["attributes"]}
        for kind in log[kinds]
    }
    assert {row["type"] for row in log[rows]} <= set(declared)
    for row in log[rows]:
        names = [told["name"] for told in row["attributes"]]
        assert len(set(names)) == len(names)
        for told in row["attributes"]:
            kind = declared[row["type"]][told["name"]]
            assert isinstance(told["value"], TYPES[kind])
            # A truth is an int to Python, but no number to the standard.
            assert isinstance(told["value"], bool) == (kind == "boolean")


def test_ids_are_texts_and_there_once(log: Log) -> None:
    for rows in (log["events"], log["objects"]):
        assert all(isinstance(row["id"], str) and row["id"] for row in rows)
        assert len({row["id"] for row in rows}) == len(rows)


def test_each_relationship_points_to_an_object_and_is_told_once(log: Log) -> None:
    objects = {row["id"] for row in log["objects"]}
    for row in log["events"] + log["objects"]:
        for related in row["relationships"]:
            assert set(related) == {"objectId", "qualifier"}
            assert related["objectId"] in objects
            assert related["qualifier"]
        targets = [related["objectId"] for related in row["relationships"]]
        assert len(set(targets)) == len(targets)


def test_times_are_iso_with_their_zone(log: Log) -> None:
    times = [event["time"] for event in log["events"]]
    times += [told["time"] for row in log["objects"] for told in row["attributes"]]
    assert all(time.endswith("Z") for time in times)
    assert {datetime.fromisoformat(time).tzinfo for time in times} == {UTC}


def test_events_have_the_fields_of_events_and_objects_those_of_objects(log: Log) -> None:
    for event in log["events"]:
        assert list(event) == ["id", "type", "time", "attributes", "relationships"]
        assert all(set(told) == {"name", "value"} for told in event["attributes"])
    for thing in log["objects"]:
        assert list(thing) == ["id", "type", "attributes", "relationships"]
        assert all(set(told) == {"name", "value", "time"} for told in thing["attributes"])


# ---- What is told -------------------------------------------------------------------------------


def test_events_are_the_touches_of_journeys_in_their_order(
    warehouse: duckdb.DuckDBPyConnection, log: Log
) -> None:
    query = """
        select touchpoint_id, event from core.touchpoints where journey_id is not null
        order by occurred_at, customer_id, touch_no
    """
    assert [(event["id"], event["type"]) for event in log["events"]] == rows_of(warehouse, query)


def test_objects_are_all_that_journeys_are_about(
    warehouse: duckdb.DuckDBPyConnection, log: Log
) -> None:
    sessions = "select distinct session_id from core.touchpoints where journey_id is not null"
    assert Counter(row["type"] for row in log["objects"]) == {
        "customer": 3,
        "journey": 9,
        "session": len(rows_of(warehouse, sessions)),
        "order": 1,
        "campaign": 1,
        "product": 2,
    }


def test_a_touch_tells_what_is_known_of_it(log: Log) -> None:
    event = found(log["events"], "a107")
    assert event["time"] == "2025-11-03T13:30:00.000000Z"
    assert {told["name"]: told["value"] for told in event["attributes"]} == {
        "source": "web",
        "channel": "web",
        "traffic": "web",
        "device_type": "mobile",
        "stage": "purchase",
        "is_goal": True,
        "is_conversion": True,
        "sentiment": 1,
        "revenue": 100.0,
    }
    assert [related["objectId"] for related in event["relationships"]] == [
        "customer:ana",
        "journey:a101",
        "session:a101",
        "order:o1",
        "campaign:spring",
        f"product:{HOSTILE}",
    ]
    # What is not known is not told.
    told = {told["name"] for told in found(log["events"], "b301")["attributes"]}
    assert told == set(EVENT_ATTRIBUTES) - {"device_type", "sentiment", "revenue"}


def test_what_may_still_change_is_told_as_of_the_cut_off(log: Log) -> None:
    journey = found(log["objects"], "journey:c101")
    always, cut_off = "1970-01-01T00:00:00Z", "2026-03-15T12:00:00.000000Z"
    assert journey["attributes"] == [
        {"name": "entered_late", "value": False, "time": always},
        {"name": "first_traffic", "value": "store", "time": always},
        {"name": "deepest_stage", "value": "outcome", "time": cut_off},
        {"name": "state", "value": "returned", "time": cut_off},
        {"name": "revenue", "value": 50.0, "time": cut_off},
    ]
    assert journey["relationships"] == [{"objectId": "customer:cleo", "qualifier": "of"}]
    assert found(log["objects"], "customer:cleo")["attributes"] == []


def test_every_attribute_that_is_declared_is_told_of_something(log: Log) -> None:
    told_of_objects = {
        name: {
            told["name"]
            for row in log["objects"]
            if row["type"] == name
            for told in row["attributes"]
        }
        for name in OBJECT_ATTRIBUTES
    }
    assert told_of_objects["session"] == {"place"}  # the drawn sessions have no traffic
    for name in OBJECT_ATTRIBUTES.keys() - {"session"}:
        assert told_of_objects[name] == set(OBJECT_ATTRIBUTES[name])
    told_of_events = {told["name"] for row in log["events"] for told in row["attributes"]}
    assert told_of_events == set(EVENT_ATTRIBUTES)


def test_the_log_holds_no_word_of_addresses_and_properties(tmp_path: Path) -> None:
    secret = "maria.perez"
    with small_warehouse() as told:
        told.execute(
            f"update core.touchpoints set page_url = '{secret}', referrer = '{secret}', "
            f"props = '{secret}', strong_id = '{secret}', weak_id = '{secret}', "
            f"utm_term = '{secret}'"
        )
        write_log(told, tmp_path / "log.json")
    assert secret not in (tmp_path / "log.json").read_text(encoding="utf-8")


# ---- How it is written --------------------------------------------------------------------------


def test_the_same_warehouse_gives_the_same_file(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("one.json", "other.json")]
    for file in files:
        write_log(warehouse, file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_log_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text("yesterday's")
    with small_warehouse() as torn:
        # Events can be told, objects cannot.
        torn.execute("drop table core.sessions")
        with pytest.raises(QueryError):
            write_log(torn, file)
    assert file.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [file]


def test_nothing_to_tell_is_a_log_too(tmp_path: Path) -> None:
    with small_warehouse() as empty:
        for table in ("touchpoints", "journeys", "sessions"):
            empty.execute(f"delete from core.{table}")
        write_log(empty, tmp_path / "log.json")
    log = json.loads((tmp_path / "log.json").read_text())
    assert log["eventTypes"] == log["events"] == log["objects"] == []
