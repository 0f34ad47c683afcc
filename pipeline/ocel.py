"""The touches of all journeys as an object-centric event log, for process mining: OCEL 2.0, JSON.

After Berti, Koren, Adams and others, OCEL (Object-Centric Event Log) 2.0 Specification, 2023,
https://www.ocel-standard.org. Values are JSON numbers, truths and texts, as the standard's page on
the format has them and as its readers read them; the schema that is published there would have
all of them as texts.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline.faults import fault_point
from pipeline.queries import read_sql, shipped_dir
from pipeline.warehouse import Warehouse, quoted_text
from pipeline.whole import put_in_place

# What queries/ocel tells of each; a name has one type wherever it stands.
EVENT_ATTRIBUTES = {
    "source": "string",
    "channel": "string",
    "traffic": "string",
    "device_type": "string",
    "stage": "string",
    "is_goal": "boolean",
    "is_conversion": "boolean",
    "sentiment": "integer",
    "revenue": "float",
}
OBJECT_ATTRIBUTES = {
    "customer": {"segment": "string"},
    "journey": {
        "entered_late": "boolean",
        "first_traffic": "string",
        "deepest_stage": "string",
        "state": "string",
        "revenue": "float",
    },
    "session": {"place": "string", "traffic": "string"},
    "order": {"revenue": "float"},
    "campaign": {"name": "string"},
    "product": {"name": "string"},
}


# What is written is sorted first; more than this spills to the disk.
_MEMORY = "1GB"


def write_ocel(
    warehouse: Warehouse,
    file: Path,
    room: Path,
    expect_valid: Callable[[], None] = lambda: None,
) -> None:
    """Write the log whole or not at all, however large: no row of it passes through Python.

    Its parts are made in `room`, as `whole.room_for` gives it. It is put in its place only if
    `expect_valid` raises nothing.
    """
    warehouse.run(f"set memory_limit = '{_MEMORY}'")
    made = room / "log.json"
    with made.open("wb") as log:
        types = json.dumps(_types(warehouse), ensure_ascii=False)
        log.write(types.removesuffix("}").encode())
        for name in ("events", "objects"):
            log.write(f', "{name}": '.encode())
            part = room / f"{name}.json"
            query = read_sql(shipped_dir() / "ocel" / f"{name}.sql")
            fault_point("ocel: write a part of the log")
            warehouse.run(f"copy ({query}) to {quoted_text(str(part))} (format json, array true)")
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, log)
            part.unlink()
        log.write(b"}\n")
    fault_point("ocel: put the log in place")
    expect_valid()
    put_in_place(made, file)


def _types(warehouse: Warehouse) -> dict[str, list[dict[str, object]]]:
    events = warehouse.rows(
        "select distinct event from core.touchpoints where journey_id is not null order by event"
    )
    return {
        "eventTypes": [_declared(event, EVENT_ATTRIBUTES) for (event,) in events],
        "objectTypes": [_declared(name, told) for name, told in OBJECT_ATTRIBUTES.items()],
    }


def _declared(name: str, attributes: dict[str, str]) -> dict[str, object]:
    return {
        "name": name,
        "attributes": [{"name": told, "type": kind} for told, kind in attributes.items()],
    }
