"""The rules of the house in plain loops: what the fast kernels must agree with, touch by touch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.rulebook import Rulebook
from pipeline.vocabulary import (
    CART_EVENT,
    CONVERTING_EVENT,
    EFFECT_OF_EVENT,
    LAST_STAGE_BEFORE,
    PASSING_EVENTS,
    PASSIVE_EVENTS,
    PERSONAL_CHANNELS,
    PERSONAL_EVENTS,
    RATED_EVENT,
    STAGE_NUMBER,
    STAGES,
    Rule,
)
from tests.visits_reference import credits_of, tell_visits

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of a log; the ids of sessions and journeys are those of their first touches."""

    touches: list[Row]
    sessions: list[Row]
    journeys: list[Row]
    steps: list[Row]
    visits: list[Row]


def rebuild(touches: list[Row], rulebook: Rulebook, cut_off: datetime) -> Rebuilt:
    """Rebuild the sessions, journeys, steps and visits of every customer, each alone."""
    rebuilt = Rebuilt([], [], [], [], [])
    for customer in sorted({touch["customer"] for touch in touches}):
        own = [interpreted(touch, rulebook) for touch in touches if touch["customer"] == customer]
        own.sort(key=lambda touch: place_in_order(touch, rulebook))
        sessions = cut_sessions(own, rulebook)
        journeys = tell_journeys(own, rulebook)
        count_money(own, rulebook)
        rebuilt.steps.extend(step for journey in journeys for step in fold_steps(journey))
        rebuilt.visits.extend(
            visit for journey in journeys for visit in credited_visits(journey, rulebook)
        )
        rebuilt.touches.extend(touch_row(touch, no) for no, touch in enumerate(own, start=1))
        rebuilt.sessions.extend(session_row(session, rulebook) for session in sessions)
        conversions = [touch for touch in own if touch["is_conversion"]]
        rebuilt.journeys.extend(
            journey_row(journey, conversions, rulebook, cut_off) for journey in journeys
        )
    return rebuilt


# ---- What a touch is ---------------------------------------------------------------------------


def interpreted(touch: Row, rulebook: Rulebook) -> Row:
    """Give a copy of a touch with its rule and kind, and with all that is still to be found out."""
    told = touch.get("props") or {}
    asked = [condition for rule in rulebook.rules for condition in rule.asks]
    held = [condition for condition in asked if told.get(condition.name) in condition.values]
    rule = rulebook.rule_of(touch["event"], touch["channel"], touch["source"], held)
    given = touch["sentiment"]
    return {
        **touch,
        "rule": rule,
        "kind": kind_of(touch, rule),
        "sentiment": given if given is not None or rule is None else rule.sentiment,
        "session_id": None,
        "journey_id": None,
        "step_no": None,
        "stage": None,
        "goal_stage": None,
        "is_conversion": False,
        "revenue": None,
    }


def kind_of(touch: Row, rule: Rule | None) -> str:
    """Tell ignored, unmapped, before, after, either, or service (after a purchase or nothing)."""
    if touch["is_machine"]:
        return "ignored"
    if rule is None:
        return "unmapped"
    if rule.stage is None:
        return "ignored" if rule.stage_after is None else "service"
    if rule.stage_after is not None:
        return "either"
    return "before" if STAGE_NUMBER[rule.stage] <= LAST_STAGE_BEFORE else "after"


def is_purchase(touch: Row) -> bool:
    """Tell whether a touch tells of an order: a purchase that a rule ignores does not."""
    return bool(touch["event"] == CONVERTING_EVENT and touch["kind"] == "before")


def is_active(touch: Row) -> bool:
    """Tell whether a touch breaks a silence: who only gets ads is silent."""
    return touch["event"] not in PASSIVE_EVENTS


def place_in_order(touch: Row, rulebook: Rulebook) -> tuple[object, ...]:
    """Give the sort key of a customer's touches; no two touches have the same."""
    listed = touch["source"] in rulebook.sources
    source_rank = rulebook.sources.index(touch["source"]) if listed else None
    # An either-touch stands where it would before a purchase; what has no such stage stands last.
    has_stage = touch["kind"] in ("before", "after", "either")
    nominal_stage = STAGE_NUMBER[touch["rule"].stage] if has_stage else None
    hints = (touch["received_at"], source_rank, touch["source_seq"], nominal_stage)
    nulls_last = ((hint is None, hint) for hint in hints)
    return (touch["occurred_at"], *nulls_last, touch["touchpoint_id"])


# ---- Sessions ----------------------------------------------------------------------------------


def cut_sessions(touches: list[Row], rulebook: Rulebook) -> list[list[Row]]:
    """Put each touch that is not ignored into a session, by place, and give the sessions."""
    sessions: list[list[Row]] = []
    running: dict[tuple[str, str | None], list[Row]] = {}
    for touch in touches:
        if touch["kind"] == "ignored":
            continue
        # A session that the source tells lasts whatever the pauses, and no break cuts it. Touches
        # without one go by silence among themselves.
        told = touch["source_session_id"] if rulebook.use_source_sessions else None
        key = (rulebook.place_of(touch["channel"]), told)
        if key not in running or (told is None and is_over(running[key], touch, rulebook)):
            running[key] = []
            sessions.append(running[key])
        running[key].append(touch)
        touch["session_id"] = running[key][0]["touchpoint_id"]
    for session in sessions:
        for touch in session:
            touch["traffic_of_session"] = traffic_of(session[0], rulebook)
    return sessions


def is_over(session: list[Row], touch: Row, rulebook: Rulebook) -> bool:
    """Tell whether a session has ended before this touch of its place; the silence itself stays."""
    before, place = session[-1], rulebook.place_of(touch["channel"])
    if touch["occurred_at"] - before["occurred_at"] > rulebook.silences[place]:
        return True
    zone = ZoneInfo(rulebook.time_zone)
    days = {each["occurred_at"].astimezone(zone).date() for each in (before, touch)}
    if "midnight" in rulebook.break_on and len(days) == 2:
        return True
    # The first campaign of a session that had none is no other campaign.
    campaigns = [each["campaign"] for each in session if each["campaign"] is not None]
    is_named = touch["campaign"] is not None
    is_other = is_named and campaigns != [] and campaigns[-1] != touch["campaign"]
    return "campaign" in rulebook.break_on and is_other


def traffic_of(entry: Row, rulebook: Rulebook) -> str:
    """Tell how a session came, by its entry touch; on the web, nothing said means direct."""
    if entry["traffic"] is not None:
        return str(entry["traffic"])
    channel = str(entry["channel"])
    is_visit = rulebook.place_of(channel) == "online" and channel in ("web", "app")
    return "direct" if is_visit else channel


# ---- Journeys ----------------------------------------------------------------------------------


@dataclass(eq=False)
class Journey:
    """A journey while it is told: its touches in order, and what it bought."""

    entered_late: bool = False
    touches: list[Row] = field(default_factory=list)
    conversion: Row | None = None
    # One for each order, and None for each purchase that names none.
    orders: list[str | None] = field(default_factory=list)

    def silence_until(self, moment: datetime) -> timedelta:
        """Give the time since its last touch that is not passive (its first, if all are)."""
        active = [touch for touch in self.touches if is_active(touch)]
        last = active[-1] if active else self.touches[0]
        silence: timedelta = moment - last["occurred_at"]
        return silence

    def take(self, touch: Row, stage: str) -> None:
        """Add a touch in a stage; either-touches and service mails meet goals only after."""
        rule = touch["rule"]
        is_meant = rule.stage_after is None or stage == rule.stage_after
        touch["stage"], touch["goal_stage"] = stage, rule.goal if is_meant else None
        self.touches.append(touch)
        touch["journey_id"] = self.touches[0]["touchpoint_id"]


@dataclass
class Story:
    """What is known of a customer after each touch."""

    rulebook: Rulebook
    journeys: list[Journey] = field(default_factory=list)
    # The journey that a before-touch opened last.
    current: Journey | None = None
    # The journey past its purchase that converted, or opened late, last.
    past: Journey | None = None
    # The journey that converted last, and whether its afterglow still goes on.
    converted: Journey | None = None
    is_glowing: bool = False
    journey_of_order: dict[str, Journey] = field(default_factory=dict)

    def open(self, *, entered_late: bool) -> Journey:
        """Open a journey; one that was entered late stands beside the current one."""
        journey = Journey(entered_late=entered_late)
        self.journeys.append(journey)
        if entered_late:
            self.past = journey
        else:
            self.current = journey
        return journey

    def go_on(self, touch: Row) -> Journey:
        """Take a before-touch into the current journey, or open one with it."""
        current = self.current
        silence = self.rulebook.journey_silence
        if (
            current is None
            or current.conversion is not None
            or current.silence_until(touch["occurred_at"]) > silence
        ):
            journey = self.open(entered_late=False)
            journey.take(touch, touch["rule"].stage)
            return journey
        current.take(touch, stage_in(current, touch))
        return current

    def take_before(self, touch: Row) -> None:
        """Take a before-touch that is no purchase."""
        if self.converted is not None and self.is_afterglow(touch):
            self.converted.take(touch, "experience")
        else:
            # Once over, an afterglow does not come back.
            self.is_glowing = False
            self.go_on(touch)

    def is_afterglow(self, touch: Row) -> bool:
        """Tell whether a before-touch is but the end of the purchase: the thank-you page."""
        if not self.is_glowing or self.converted is None or self.converted.conversion is None:
            return False
        is_cart = touch["event"] == CART_EVENT or touch["rule"].stage == "purchase"
        return not is_cart and touch["session_id"] == self.converted.conversion["session_id"]

    def take_purchase(self, touch: Row) -> None:
        """Take a purchase: one order converts once, and one instant does."""
        order = touch["order_id"]
        if order in self.journey_of_order:
            # Another word on an order that we know: no new stage, and no end of an afterglow.
            journey = self.journey_of_order[order]
            journey.take(touch, journey.touches[-1]["stage"])
            return
        last = self.converted.conversion if self.converted is not None else None
        if self.converted and last and last["occurred_at"] == touch["occurred_at"]:
            # Bought at once with what converted, even if something opened a journey in between.
            journey = self.converted
            journey.take(touch, "purchase")
        else:
            journey = self.go_on(touch)
            journey.conversion = touch
            touch["is_conversion"] = True
            self.converted = self.past = journey
            self.is_glowing = True
        journey.orders.append(order)
        if order is not None:
            self.journey_of_order[order] = journey

    def take_after(self, touch: Row) -> None:
        """Take what comes after a purchase, or may; where none awaits it, its kind decides."""
        journey = self.journey_of_order.get(touch["order_id"]) or self.awaiting(touch)
        rule = touch["rule"]
        if journey is not None:
            journey.take(touch, rule.stage_after or rule.stage)
        elif touch["kind"] == "after":
            self.open(entered_late=True).take(touch, rule.stage)
        elif touch["kind"] == "either":
            # Neither afterglow nor the end of one.
            self.go_on(touch)

    def awaiting(self, touch: Row) -> Journey | None:
        """Give the latest journey past its purchase, unless its silence is over."""
        if self.past is None:
            return None
        silence = self.past.silence_until(touch["occurred_at"])
        return self.past if silence <= self.rulebook.after_silence else None


def tell_journeys(touches: list[Row], rulebook: Rulebook) -> list[Journey]:
    """Stage a customer's touches, one by one in order, and give the journeys that they make."""
    story = Story(rulebook)
    for touch in touches:
        if is_purchase(touch):
            story.take_purchase(touch)
        elif touch["kind"] == "before":
            story.take_before(touch)
        elif touch["kind"] in ("after", "either", "service"):
            story.take_after(touch)
    return story.journeys


def stage_in(journey: Journey, touch: Row) -> str:
    """Give the stage of a before-touch that joins a journey: a passing one goes with the last."""
    last = journey.touches[-1]
    goes_along = touch["event"] in PASSIVE_EVENTS or (
        touch["event"] in PASSING_EVENTS and touch["session_id"] == last["session_id"]
    )
    return str(last["stage"] if goes_along else touch["rule"].stage)


def state_of(
    journey: Journey, conversions: list[Row], rulebook: Rulebook, cut_off: datetime
) -> str:
    """Tell the one state in which a journey stands at the cut-off: the first that holds."""
    is_past = journey.entered_late or journey.conversion is not None
    silence = journey.silence_until(cut_off)
    if not is_past:
        return "open" if silence <= rulebook.journey_silence else "dropped"
    effects = {effect_of(touch) for touch in journey.touches}
    # A late journey has no conversion of its own: any that comes after it entered is another.
    own = journey.conversion or journey.touches[0]
    bought_again = any(
        place_in_order(conversion, rulebook) > place_in_order(own, rulebook)
        for conversion in conversions
    )
    for effect in ("returned", "detracted", "advocated"):
        if effect in effects:
            return effect
    if bought_again or "renewed" in effects:
        return "repurchased"
    return "open" if silence <= rulebook.after_silence else "kept"


def effect_of(touch: Row) -> str | None:
    """Tell what a touch makes of a journey past its purchase, if anything."""
    if touch["event"] == RATED_EVENT:
        return {-1: "detracted", 1: "advocated"}.get(touch["sentiment"])
    return EFFECT_OF_EVENT.get(touch["event"])


def deepest_stage_of(journey: Journey, state: str) -> str:
    """Give the deepest stage that a journey has reached; to buy again is an outcome."""
    if state == "repurchased":
        return "outcome"
    return STAGES[max(STAGE_NUMBER[touch["stage"]] for touch in journey.touches) - 1]


def first_contact(journey: Journey) -> Row | None:
    """Give the first touch with a person of the company, if there is any."""
    for touch in journey.touches:
        if touch["channel"] in PERSONAL_CHANNELS or touch["event"] in PERSONAL_EVENTS:
            return touch
    return None


def touches_before(journey: Journey, touch: Row | None) -> int | None:
    """Count the touches of a journey before one of them; None if there is no such one."""
    return journey.touches.index(touch) if touch is not None else None


def fold_steps(journey: Journey) -> list[Row]:
    """Fold neighbouring touches of one stage into steps, and number the touches by them."""
    runs: list[list[Row]] = []
    for touch in journey.touches:
        if not runs or runs[-1][0]["stage"] != touch["stage"]:
            runs.append([])
        runs[-1].append(touch)
        touch["step_no"] = len(runs)
    depths = [STAGE_NUMBER[run[0]["stage"]] for run in runs]
    return [
        {
            "journey_id": run[0]["journey_id"],
            "step_no": run[0]["step_no"],
            "customer": run[0]["customer"],
            "stage": run[0]["stage"],
            "channel": run[0]["channel"],
            "event": run[0]["event"],
            "started_at": run[0]["occurred_at"],
            "ended_at": run[-1]["occurred_at"],
            "is_new_depth": all(depths[number] > shallower for shallower in depths[:number]),
            "touches": len(run),
            "goals": sum(touch["goal_stage"] is not None for touch in run),
            "value": revenue_of(run),
        }
        for number, run in enumerate(runs)
    ]


def credited_visits(journey: Journey, rulebook: Rulebook) -> list[Row]:
    """Give the visits of a journey with what they earned, to twelve places."""
    visits = tell_visits(journey.touches, journey.conversion)
    credits = credits_of(visits, rulebook.lookback, rulebook.half_life)
    for visit, credit in zip(visits, credits, strict=True):
        for model, share in credit.items():
            visit[f"credit_{model}"] = None if share is None else round(share, 12)
    return visits


# ---- Money -------------------------------------------------------------------------------------


def count_money(touches: list[Row], rulebook: Rulebook) -> None:
    """Say what each touch of a journey adds to revenue: the money of an order counts once."""
    for touch in touches:
        counts = is_purchase(touch) or is_of_effect(touch, "returned", "renewed")
        counts = counts and touch["journey_id"] is not None
        touch["revenue"] = touch["value"] if counts else None
    for order in {touch["order_id"] for touch in touches if is_purchase(touch)} - {None}:
        told = [
            touch
            for touch in touches
            if touch["order_id"] == order and touch["revenue"] is not None
        ]
        believe_one_source(told, rulebook)


def believe_one_source(told: list[Row], rulebook: Rulebook) -> None:
    """Leave, of what was told of an order's money, what the source ranked first for it tells."""

    def rank(touch: Row) -> int:
        return rulebook.amount_rank_of(touch["source"])

    amounts = [touch for touch in told if is_purchase(touch)]
    for touch in amounts:
        # Of equals min takes the earliest: to tell an amount again is not to earn it again.
        if touch is not min(amounts, key=rank):
            touch["revenue"] = None
    given_back = [touch for touch in told if is_of_effect(touch, "returned") and touch["revenue"]]
    first = min(map(rank, given_back), default=None)
    for touch in given_back:
        if rank(touch) != first:
            touch["revenue"] = None


def is_of_effect(touch: Row, *effects: str) -> bool:
    """Tell whether a touch has one of these effects."""
    return effect_of(touch) in effects


def revenue_of(touches: Iterable[Row]) -> int:
    """Sum what touches add to revenue."""
    return sum(touch["revenue"] or 0 for touch in touches)


# ---- Rows --------------------------------------------------------------------------------------


def touch_row(touch: Row, number: int) -> Row:
    """Give a touch as the tables know it."""
    return {
        "touchpoint_id": touch["touchpoint_id"],
        "customer": touch["customer"],
        "touch_no": number,
        "session_id": touch["session_id"],
        "journey_id": touch["journey_id"],
        "step_no": touch["step_no"],
        "stage": touch["stage"],
        "goal_stage": touch["goal_stage"],
        "is_conversion": touch["is_conversion"],
        "sentiment": touch["sentiment"],
        "revenue": touch["revenue"],
        "is_unmapped": touch["kind"] == "unmapped",
        "traffic": touch.get("traffic_of_session", touch["traffic"]),
    }


def session_row(session: list[Row], rulebook: Rulebook) -> Row:
    """Give a session as the tables know it."""
    entry, leaving = session[0], session[-1]
    return {
        "session_id": entry["touchpoint_id"],
        "customer": entry["customer"],
        "place": rulebook.place_of(entry["channel"]),
        "started_at": entry["occurred_at"],
        "ended_at": leaving["occurred_at"],
        "touches": len(session),
        "entry_event": entry["event"],
        "exit_event": leaving["event"],
        "channel": entry["channel"],
        "traffic": entry["traffic_of_session"],
        "campaign": entry["campaign"],
        "converted": any(touch["is_conversion"] for touch in session),
        "value": revenue_of(session),
    }


def journey_row(
    journey: Journey, conversions: list[Row], rulebook: Rulebook, cut_off: datetime
) -> Row:
    """Give a journey as the tables know it, as of the cut-off."""
    touches = journey.touches
    first, last = touches[0], touches[-1]
    state = state_of(journey, conversions, rulebook, cut_off)
    conversion, contact = journey.conversion, first_contact(journey)
    return {
        "journey_id": first["touchpoint_id"],
        "customer": first["customer"],
        "started_at": first["occurred_at"],
        "ended_at": last["occurred_at"],
        "first_channel": first["channel"],
        "last_channel": last["channel"],
        "first_traffic": first["traffic_of_session"],
        "first_campaign": first["campaign"],
        "first_device_type": first.get("device_type"),
        "touches": len(touches),
        "sessions": len({touch["session_id"] for touch in touches}),
        "steps": last["step_no"],
        "deepest_stage": deepest_stage_of(journey, state),
        "deepest_at": max(touches, key=lambda touch: STAGE_NUMBER[touch["stage"]])["occurred_at"],
        "last_stage": last["stage"],
        "last_active_at": cut_off - journey.silence_until(cut_off),
        "state": state,
        "converted_at": conversion["occurred_at"] if conversion is not None else None,
        "orders": len(journey.orders),
        "value": revenue_of(
            touch for touch in touches if is_purchase(touch) or is_of_effect(touch, "renewed")
        ),
        "returned_value": -revenue_of(
            touch for touch in touches if is_of_effect(touch, "returned")
        ),
        "entered_late": journey.entered_late,
        "touches_before_conversion": touches_before(journey, conversion),
        "contact_at": contact["occurred_at"] if contact is not None else None,
        "touches_before_contact": touches_before(journey, contact),
    }


# ---- Stage funnel ------------------------------------------------------------------------------


def stage_funnel(journeys: list[Row], steps: list[Row]) -> list[Row]:
    """Count, stage by stage, the journeys that reached it and what became of them there."""
    visits = {(step["journey_id"], step["stage"]) for step in steps}
    funnel = []
    for stage in STAGES:
        reached = [
            journey
            for journey in journeys
            if STAGE_NUMBER[journey["deepest_stage"]] >= STAGE_NUMBER[stage]
        ]
        states = [journey["state"] for journey in reached if journey["deepest_stage"] == stage]
        visited = sum((journey["journey_id"], stage) in visits for journey in reached)
        converted = sum(journey["converted_at"] is not None for journey in reached)
        funnel.append(
            {
                "stage": stage,
                "reached": len(reached),
                "visited": visited,
                "skipped": len(reached) - visited,
                "advanced": len(reached) - len(states),
                "dropped": states.count("dropped"),
                "open": states.count("open"),
                "settled": sum(state not in ("dropped", "open") for state in states),
                # Reaching the stage is not yet buying; of other stages it says nothing.
                "converted": converted if stage == "purchase" else None,
            }
        )
    return funnel
