"""What is raw of a touch and no figure needs: it ends some days after the touch happened."""

from datetime import datetime, timedelta

from pipeline.contract import DETAILS
from pipeline.faults import fault_point
from pipeline.night import Night
from pipeline.settings import Settings

_EVERYTHING_ELSE = tuple(name for name in DETAILS if name != "props")


def recall_end_of_details(night: Night) -> datetime | None:
    """Give the moment up to which the publication has no details; null where it has all.

    Sets the variable details_before, so that a touch told again is compared without them.
    """
    ended = None
    if night.has_yesterday and "details_before" in night.warehouse.columns("yesterday.ops.project"):
        ended = night.warehouse.value("select details_before from yesterday.ops.project")
    night.warehouse.set_variable("details_before", ended)
    return ended


def end_of_details(
    settings: Settings, cut_off: datetime, former: datetime | None, *, now: datetime
) -> datetime | None:
    """Say up to which moment touches lose their details: the Monday, and never an earlier one.

    By weeks, for what is taken out is gone to the byte: the file is written anew for it. A cut-off
    in the future, which may be a slip, ends nothing before its time.
    """
    days = settings.warehouse.keep_raw_days
    if days is None:
        return former
    last = min(cut_off, now) - timedelta(days=days)
    monday = (last - timedelta(days=last.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return max(monday, former) if former else monday


def end_details(night: Night, settings: Settings) -> int:
    """Take the details out of the shadow's old touches; give how many touches had any.

    In: core.touchpoints, ops.project. Properties that a rule asks for are kept, or the journey
    would change when it is next rebuilt.
    """
    warehouse = night.warehouse
    warehouse.set_variable("asked_events", list(settings.rulebook().conditions()))
    is_asked = "coalesce(list_contains(getvariable('asked_events')::varchar[], event), false)"
    has_any = " or ".join(
        [
            *(f"{name} is not null" for name in _EVERYTHING_ELSE),
            f"props is not null and not {is_asked}",
        ]
    )
    old = f"occurred_at < (select details_before from ops.project) and ({has_any})"
    found: int = warehouse.value(f"select count(*) from core.touchpoints where {old}")
    if found:
        fault_point("old details: take them out")
        blank = ", ".join(f"{name} = null" for name in _EVERYTHING_ELSE)
        warehouse.run(
            f"update core.touchpoints set {blank}, props = if({is_asked}, props, null) where {old}"
        )
    return found
