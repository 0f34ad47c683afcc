"""What a publication says of its project: its names, zone and key, and as of when it tells."""

from datetime import datetime, timedelta

from pipeline.faults import fault_point
from pipeline.ingest.pseudonyms import expect_same_key, key_id, project_key
from pipeline.night import Night
from pipeline.settings import Settings
from pipeline.warehouse import LAYOUT


def same_key(night: Night, settings: Settings) -> bytes:
    """Read the project's key, made on a first night; later it has to be the same."""
    key = project_key(settings.key_file, may_make=not night.has_yesterday)
    if night.has_yesterday:
        stored_id = night.warehouse.value("select key_id from yesterday.ops.project")
        expect_same_key(key, stored_id, settings.key_file)
    return key


def has_cut_off(night: Night, as_of: datetime | None) -> bool:
    """Tell whether the publication is as of the moment asked for, or of its latest touch."""
    if not night.has_yesterday:
        return False
    latest = night.warehouse.value("select max(occurred_at) from yesterday.core.touchpoints")
    return (as_of or latest) in (former_cut_off(night), None)


def former_cut_off(night: Night) -> datetime:
    """Give the moment as of which the publication tells."""
    cut_off: datetime = night.warehouse.value("select cut_off from yesterday.ops.project")
    return cut_off


def latest_touch(night: Night) -> datetime | None:
    """Give the time of the latest touch of all nights; None if there is none at all."""
    latest: datetime | None = night.warehouse.value(
        "select max(occurred_at) from "
        "(select occurred_at from scratch.touches union all "
        "select occurred_at from stored_touches "
        "where touchpoint_id not in (select touchpoint_id from scratch.replaced))"
    )
    return latest


def keep_project(
    night: Night, settings: Settings, cut_off: datetime, details_before: datetime | None
) -> None:
    """Make ops.project and ops.goals; `details_before` is when the details of touches end."""
    fault_point("run: keep the project's settings")
    project, journeys = settings.project, settings.journeys
    night.warehouse.run(
        "create or replace table ops.project (name varchar, time_zone varchar, currency varchar, "
        "language varchar, journey_silence_ms bigint, after_silence_ms bigint, "
        "cut_off timestamptz, key_id varchar, layout integer, min_customers bigint, "
        "details_before timestamptz)"
    )
    night.warehouse.insert(
        "ops.project",
        name=project.name,
        time_zone=project.timezone,
        currency=project.currency,
        language=project.language,
        journey_silence_ms=journeys.silence // timedelta(milliseconds=1),
        after_silence_ms=journeys.after_silence // timedelta(milliseconds=1),
        cut_off=cut_off,
        key_id=key_id(project_key(settings.key_file, may_make=False)),
        layout=LAYOUT,
        min_customers=project.min_customers,
        details_before=details_before,
    )
    night.warehouse.run(
        "create or replace table ops.goals (stage varchar, advance_rate double, goal_rate double)"
    )
    goals = [{"stage": stage, **goal.model_dump()} for stage, goal in settings.goals.items()]
    night.warehouse.insert_all("ops.goals", goals)
