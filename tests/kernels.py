"""The kernels behind the same door as the reference: dicts in, dicts out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from pipeline.journey.kinds import describe_kinds
from pipeline.journey.rebuild import TOUCHES
from pipeline.journey.rebuild import rebuild as rebuild_frames
from pipeline.rulebook import Rulebook
from pipeline.vocabulary import PLACES, STAGES
from tests.reference import Rebuilt

KIND = ["event", "channel", "source", "is_machine", "held"]
INPUT: dict[str, Any] = {
    **TOUCHES,
    "event": pl.String,
    "channel": pl.String,
    "source": pl.String,
    "is_machine": pl.Boolean,
    "held": pl.String,
}
del INPUT["kind"]


def rebuild(touches: Sequence[dict[str, Any]], rulebook: Rulebook, cut_off: datetime) -> Rebuilt:
    """Rebuild by the kernels what `tests.reference.rebuild` rebuilds by plain loops."""
    rows = [{**touch, "held": _held(touch, rulebook)} for touch in touches]
    frame = pl.DataFrame(rows, schema=INPUT)
    kinds = frame.select(KIND).unique(maintain_order=True)
    numbered = frame.join(kinds.with_row_index("kind"), on=KIND, maintain_order="left")
    described = describe_kinds(kinds, rulebook)
    built = rebuild_frames(numbered.select(list(TOUCHES)), described, rulebook, cut_off=cut_off)
    return Rebuilt(
        touches=_touches(built.touches),
        sessions=_sessions(built.sessions),
        journeys=_journeys(built.journeys),
        steps=_steps(built.steps),
        visits=_visits(built.visits),
    )


def _held(touch: dict[str, Any], rulebook: Rulebook) -> str:
    """Number the conditions that hold of a touch's properties, as the warehouse does."""
    told = touch.get("props") or {}
    asked = rulebook.conditions().get(touch["event"], ())
    numbered = enumerate(asked)
    return ",".join(str(number) for number, one in numbered if told.get(one.name) in one.values)


def _touches(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.select(
        "touchpoint_id",
        "customer",
        "touch_no",
        "session_id",
        "journey_id",
        "step_no",
        stage=_name("stage", STAGES),
        goal_stage=_name("goal", STAGES),
        is_conversion="is_conversion",
        sentiment="sentiment",
        revenue="revenue",
        is_unmapped=pl.col("role") == "unmapped",
        traffic="traffic",
    ).to_dicts()


def _sessions(frame: pl.DataFrame) -> list[dict[str, Any]]:
    places = pl.col("place").replace_strict(dict(enumerate(PLACES)), return_dtype=pl.String)
    return frame.with_columns(place=places).select(SESSION).to_dicts()


def _journeys(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return (
        frame.with_columns(
            _name("deepest_stage", STAGES),
            _name("last_stage", STAGES),
            pl.col("state").cast(pl.String),
        )
        .select(JOURNEY)
        .to_dicts()
    )


def _steps(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(_name("stage", STAGES)).select(STEP).to_dicts()


def _visits(frame: pl.DataFrame) -> list[dict[str, Any]]:
    named = frame.with_columns(_name("stage", STAGES))
    return named.select(*VISIT, pl.col("^credit_.*$").round(12)).to_dicts()


def _name(column: str, names: Sequence[str]) -> pl.Expr:
    return pl.col(column).replace_strict(
        dict(enumerate(names, start=1)), default=None, return_dtype=pl.String
    )


SESSION = [
    "session_id",
    "customer",
    "place",
    "started_at",
    "ended_at",
    "touches",
    "entry_event",
    "exit_event",
    "channel",
    "traffic",
    "campaign",
    "converted",
    "value",
]
JOURNEY = [
    "journey_id",
    "customer",
    "started_at",
    "ended_at",
    "first_channel",
    "last_channel",
    "first_traffic",
    "first_campaign",
    "first_device_type",
    "touches",
    "sessions",
    "steps",
    "deepest_stage",
    "deepest_at",
    "last_stage",
    "last_active_at",
    "state",
    "converted_at",
    "orders",
    "value",
    "returned_value",
    "entered_late",
    "touches_before_conversion",
    "contact_at",
    "touches_before_contact",
]
STEP = [
    "journey_id",
    "step_no",
    "customer",
    "stage",
    "channel",
    "event",
    "started_at",
    "ended_at",
    "is_new_depth",
    "touches",
    "goals",
    "value",
]
VISIT = [
    "journey_id",
    "visit_no",
    "customer",
    "session_id",
    "traffic",
    "campaign",
    "channel",
    "event",
    "stage",
    "started_at",
    "ended_at",
    "touches",
    "value",
    "to_conversion",
]
