"""The kernels in their order: touches of whole customers become sessions, journeys and steps."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipeline.journey.after import add_afterglow, add_past_journeys
from pipeline.journey.credits import add_credits
from pipeline.journey.kinds import add_kind
from pipeline.journey.openings import add_journeys
from pipeline.journey.order import in_order, last_row, row_numbers, scattered, starts_run
from pipeline.journey.orders import add_conversions, add_revenue
from pipeline.journey.sessions import add_session_traffic, add_sessions, summarise_sessions
from pipeline.journey.stages import add_stages
from pipeline.journey.states import add_steps, summarise_journeys, summarise_steps
from pipeline.journey.visits import summarise_visits
from pipeline.rulebook import Rulebook

TOUCHES = {
    "customer": pl.Int64,
    "touchpoint_id": pl.String,
    "told_row": pl.Int64,
    "occurred_at": pl.Datetime("us", "UTC"),
    "received_at": pl.Datetime("us", "UTC"),
    "source_seq": pl.Int64,
    "kind": pl.UInt32,
    "order_id": pl.String,
    "value": pl.Int64,
    "sentiment": pl.Int8,
    "traffic": pl.String,
    "campaign": pl.String,
    "device_type": pl.String,
    "source_session_id": pl.String,
}

_EVERY_TOUCH = (
    "event",
    "channel",
    "place",
    "role",
    "rule_stage",
    "rule_sentiment",
    "source_rank",
    "has_own_traffic",
)
_STAGED_TOUCH = (
    "stage_after",
    "goal",
    "effect",
    "amount_rank",
    "is_passive",
    "is_passing",
    "is_purchase",
    "is_checkout",
    "is_rated",
    "is_personal",
)


@dataclass(frozen=True)
class Rebuilt:
    """What became of a shard; ids are those of first touches, `stage` and `place` are numbers."""

    touches: pl.DataFrame
    sessions: pl.DataFrame
    journeys: pl.DataFrame
    steps: pl.DataFrame
    visits: pl.DataFrame


def rebuild(
    touches: pl.DataFrame, kinds: pl.DataFrame, rulebook: Rulebook, *, cut_off: datetime
) -> Rebuilt:
    """Rebuild the journeys of a shard of whole customers.

    In: `touches` under `TOUCHES`, in any order, none after the cut-off; `kinds` from
    `describe_kinds`. Money is in ten-thousandths of the project's currency. The result of a union
    of shards is the union of their results.
    """
    known = add_kind(touches, kinds, *_EVERY_TOUCH).with_columns(
        sentiment=pl.coalesce("sentiment", "rule_sentiment")
    )
    sessioned = add_session_traffic(add_sessions(in_order(known), rulebook))
    staged = _staged(sessioned, kinds)
    flow = _place(staged, rulebook)
    told = _tell(sessioned, flow, staged["touchpoint_id"])
    visits = add_credits(
        summarise_visits(flow), lookback=rulebook.lookback, half_life=rulebook.half_life
    )
    return Rebuilt(
        touches=told,
        sessions=_named(summarise_sessions(told), "session", told["touchpoint_id"]),
        journeys=_named(
            summarise_journeys(flow, rulebook, cut_off), "journey", staged["touchpoint_id"]
        ),
        steps=_named(summarise_steps(flow), "journey", staged["touchpoint_id"]),
        visits=_named(
            _named(visits, "journey", staged["touchpoint_id"]), "session", told["touchpoint_id"]
        ),
    )


def _staged(sessioned: pl.DataFrame, kinds: pl.DataFrame) -> pl.DataFrame:
    """Keep the touches that a rule gives a stage, numbered by `row`; `touch` was their row."""
    staged = sessioned.with_columns(touch=row_numbers(sessioned)).filter(
        ~pl.col("role").is_in(["ignored", "unmapped"])
    )
    return add_kind(staged, kinds, *_STAGED_TOUCH).with_columns(
        row_numbers(staged),
        customer_row=last_row(starts_run("customer")),
    )


def _place(staged: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Find each staged touch's journey, stage and step; a journey's touches stand together."""
    flow = add_afterglow(add_conversions(staged))
    flow = add_past_journeys(flow, rulebook.after_silence)
    flow = add_revenue(add_journeys(flow, rulebook.journey_silence))
    return add_steps(add_stages(flow))


def _tell(sessioned: pl.DataFrame, flow: pl.DataFrame, staged_ids: pl.Series) -> pl.DataFrame:
    """Lay what the flow found beside every touch, in the order of the touches.

    `touch_no` numbers a customer's touches from 1 in their total order.
    """
    height, touch = sessioned.height, flow["touch"]
    row = row_numbers(sessioned)
    customer_row = sessioned.select(last_row(starts_run("customer"))).to_series()

    def beside(values: pl.Series) -> pl.Series:
        return scattered(height, touch, values)

    return sessioned.with_columns(
        touch_no=(row - customer_row + 1).cast(pl.Int64),
        session_id=sessioned["touchpoint_id"].gather(sessioned["session"]),
        journey_id=beside(staged_ids.gather(flow["journey"])),
        step_no=beside(flow["step_no"]),
        stage=beside(flow["stage"]),
        goal=beside(flow["goal"]),
        is_conversion=beside(flow["converts"]).fill_null(False),
        revenue=beside(flow["revenue"]),
    )


def _named(rows: pl.DataFrame, key: str, ids: pl.Series) -> pl.DataFrame:
    """Replace a key that is a row by the id of the touch in that row."""
    return rows.drop(key).with_columns(ids.gather(rows[key]).alias(f"{key}_id"))
