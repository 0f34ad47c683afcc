"""Whom tonight concerns: whose touches, links or silences are others than the night before.

The rules are queries (queries/increment/). What a customer's journeys hang on is the customer's own
touches and the cut-off, so all others stand as they were published.
"""

from datetime import datetime, timedelta

from pipeline.faults import fault_point
from pipeline.identity import find_persons, follow_devices
from pipeline.queries import read_sql, shipped_dir
from pipeline.settings import Settings
from pipeline.touches import tell_segments
from pipeline.warehouse import Warehouse


def find_concerned(warehouse: Warehouse, settings: Settings, cut_off: datetime) -> int:
    """Stitch what tonight touched, and find the customers concerned; give their number.

    In: scratch.touches, .replaced, .ad_clicks, .rates, .record_links, .denials, .known_customers;
    replayed; the stored views; the publication as `yesterday`, which was built by the same rules
    and has no later cut-off. Makes scratch.concerned (customer_id, reason), scratch.removed (stored
    touches that are history no more), scratch.moved_touches (stored touches of another customer),
    and what `find_persons` and `follow_devices` make.
    """
    _make(warehouse, "removed")
    _find_persons(warehouse, settings)
    for name in ("changed_links", "relinked", "relinked_touches", "clicked"):
        _make(warehouse, name)
    for name in ("doubtful_devices", "sighted_devices", "sighted"):
        _make(warehouse, name)
    warehouse.run("create or replace temp view sighted_touches as from scratch.sighted")
    follow_devices(warehouse, settings.identity)
    for name in ("owners", "moved_touches"):
        _make(warehouse, name)
    _tell_of_time(warehouse, settings, cut_off)
    tell_segments(warehouse)
    for name in ("silent_customers", "told_customers", "denying_customers", "concerned"):
        _make(warehouse, name)
    return int(warehouse.value("select count(*) from scratch.concerned"))


def _find_persons(warehouse: Warehouse, settings: Settings) -> None:
    """Find the persons; links of old touches are read again only where one of them is gone."""
    is_unlinked = warehouse.value("select bool_or(len(strong_ids) > 1) from scratch.removed")
    linking = (
        "select strong_ids from scratch.touches union all "
        "select strong_ids from stored_touches where stored_row not in "
        "(select stored_row from scratch.removed)"
        if is_unlinked
        else "select strong_ids from scratch.touches"
    )
    warehouse.run(f"create or replace temp view linking_touches as {linking}")
    standing = "where false" if is_unlinked else "where told_by = 'touch'"
    warehouse.run(
        f"create or replace temp view standing_links as select * from stored_links {standing}"
    )
    find_persons(warehouse, settings.identity)


def _tell_of_time(warehouse: Warehouse, settings: Settings, cut_off: datetime) -> None:
    microsecond = timedelta(microseconds=1)
    warehouse.set_variable("cut_off", cut_off)
    warehouse.set_variable(
        "former_cut_off", warehouse.value("select cut_off from yesterday.ops.project")
    )
    warehouse.set_variable("silence_us", settings.journeys.silence // microsecond)
    warehouse.set_variable("after_silence_us", settings.journeys.after_silence // microsecond)
    warehouse.set_variable("project_zone", settings.project.timezone)
    warehouse.set_variable("project_currency", settings.project.currency)


def _make(warehouse: Warehouse, name: str) -> None:
    query = read_sql(shipped_dir() / "increment" / f"{name}.sql")
    fault_point("increment: find whom tonight concerns")
    warehouse.run(f"create table scratch.{name} as {query}")
