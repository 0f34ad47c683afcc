"""Journeys and counts rebuilt: everybody's, or theirs whom tonight concerns."""

from contextlib import nullcontext
from datetime import datetime
from math import ceil

from pipeline.counts import count, move_counts, sum_parts
from pipeline.engines.local import rebuild_all
from pipeline.identity import stitch
from pipeline.increment.concerned import find_concerned
from pipeline.increment.moved import (
    READ,
    gather_concerned,
    gather_new,
    leave_others_alone,
    move_tables,
    set_aside,
)
from pipeline.journal import Journal
from pipeline.night import Night
from pipeline.settings import Settings
from pipeline.touches import (
    gather_touches,
    number_touches,
    tell_segments,
    tell_touches,
    write_customers,
    write_sliced_touchpoints,
    write_touchpoints,
)
from pipeline.warehouse import Warehouse
from pipeline.words import known_words

# Of a night's memory, what counting takes of a touch, measured; and of what is counted.
COUNTED_BYTES_PER_TOUCH = 130
# To count twice and move the difference is as much work as to count so many touches more: measured.
WORTH_MOVING = 20_000
_COUNTED = ("touchpoints", "journeys", "steps", "visits")
# Where tonight concerns no more than one customer in so many, what stands aside is little.
_FEW = 8


def rebuild_everybody(
    night: Night, settings: Settings, cut_off: datetime, journal: Journal
) -> None:
    """Make every table of core and every count anew, from all touches that were ever told."""
    warehouse = night.warehouse
    with journal.step("stitch", "stitching people"):
        gather_touches(warehouse)
        stitch(warehouse, settings.identity)
        tell_segments(warehouse)
    _tell_gathered(night, settings, cut_off, journal)
    with journal.step("rebuild", "rebuilding journeys") as step:
        step.rows = _rebuild_gathered(night, settings, cut_off)
        write_sliced_touchpoints(warehouse, settings.warehouse.memory)
        write_customers(warehouse)
    with journal.step("count", "counting"):
        _count_everybody(night, settings)


def rebuild_concerned(
    night: Night, settings: Settings, cut_off: datetime, journal: Journal, *, recount: bool
) -> None:
    """Rebuild whom tonight concerns, and move tables and counts by what that changed.

    In: a shadow that is a copy of yesterday's, built by the same rules and as of no later moment.
    Out: what `rebuild_everybody` would make. `recount` makes all counts anew.
    """
    warehouse = night.warehouse
    with journal.step("stitch", "stitching people"):
        concerned = find_concerned(warehouse, settings, cut_off)
    with journal.step("set aside", f"taking up {concerned} customers") as step:
        step.rows = concerned
        night.open_aside("before", "now")
        # Of much, that it takes less room on the disk counts more than the time.
        written = warehouse.uncompressed if _is_little(warehouse, concerned) else nullcontext
        with written():
            set_aside(warehouse, with_props=bool(settings.rulebook().conditions()))
    with night.meaning("now"), written():
        gather_concerned(warehouse)
        _tell_gathered(night, settings, cut_off, journal)
        with journal.step("rebuild", "rebuilding journeys") as step:
            step.rows = _rebuild_gathered(night, settings, cut_off)
            write_touchpoints(warehouse, READ)
            write_customers(warehouse)
            leave_others_alone(warehouse)
            gather_new(warehouse)
            write_touchpoints(warehouse, to="scratch.new_touchpoints")
    with journal.step("move", "moving the tables"):
        move_tables(warehouse)
    with journal.step("count", "counting"):
        if recount or _is_much(warehouse):
            _count_everybody(night, settings)
            return
        for database in ("before", "now"):
            with night.meaning(database), written():
                count(warehouse, settings)
        move_counts(warehouse)


def _count_everybody(night: Night, settings: Settings) -> None:
    """Make all counts anew; of a long history a part of its customers at a time.

    To count is to sum over whole customers, so the sums of the parts are those of the whole. What
    DuckDB hashes meanwhile does not all spill: a hundred million touches at once need more than
    the memory that forty million do with.
    """
    warehouse = night.warehouse
    touches = warehouse.value("select count(*) from core.touchpoints")
    number = ceil(touches * COUNTED_BYTES_PER_TOUCH / settings.warehouse.memory)
    if number <= 1:
        count(warehouse, settings)
        return
    parts = [f"part_{part}" for part in range(number)]
    night.open_aside(*parts)
    for part, name in enumerate(parts):
        warehouse.run(f"create view {name}.ops.project as from shadow.ops.project")
        for table in _COUNTED:
            warehouse.run(
                f"create view {name}.core.{table} as from shadow.core.{table} "
                f"where hash(customer_id) % {number} = {part}"
            )
        with night.meaning(name):
            count(warehouse, settings)
    sum_parts(warehouse, parts)


def _is_little(warehouse: Warehouse, concerned: int) -> bool:
    """Tell whether what stands aside is so little that to compress it is not worth the while."""
    everybody: int = warehouse.value("select count(*) from yesterday.core.customers")
    return concerned * _FEW <= everybody


def _is_much(warehouse: Warehouse) -> bool:
    """Tell whether to count whom tonight concerns, before and now, is no less than to count all."""
    concerned, everybody = warehouse.rows(
        "select (select count(*) from before.core.touchpoints) "
        "+ (select count(*) from now.core.touchpoints), (select count(*) from core.touchpoints)"
    )[0]
    return bool(concerned + WORTH_MOVING >= everybody)


def _tell_gathered(night: Night, settings: Settings, cut_off: datetime, journal: Journal) -> None:
    warehouse, currency = night.warehouse, settings.project.currency
    with journal.step("tell", "putting touches into our words"):
        tell_touches(warehouse, known_words(night, settings), settings.traffic)
        number_touches(warehouse, settings.rulebook(), currency=currency, cut_off=cut_off)


def _rebuild_gathered(night: Night, settings: Settings, cut_off: datetime) -> int:
    """Make journeys of the touches gathered, in the database that is meant; give their number."""
    memory, rulebook = settings.warehouse.memory, settings.rulebook()
    rebuild_all(night.warehouse, rulebook, cut_off=cut_off, memory=memory)
    return int(night.warehouse.value("select count(*) from scratch.flow"))
