"""Random logs that bite: few words, many ties, and gaps just at, below and above each silence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from pipeline.rulebook import Break, Rulebook
from pipeline.vocabulary import DEFAULT_RULES, STAGES, Condition, Place, Rule, Stage
from tests.reference import Row

Drawn = TypeVar("Drawn")

MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
SOURCES = ("site", "shop", "mail")
TIME_ZONES = ("UTC", "Europe/Madrid", "America/New_York")
# Just before the midnight of each time zone, and before Madrid's clocks go forward.
BEGINNINGS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in ("2026-01-01T23:57", "2026-01-01T22:57", "2026-01-02T04:57", "2026-03-29T00:57")
)
# Purchases come often, so that there is an after; each log speaks but some of the other words.
BEFORE = (
    *("page_view", "session_start", "ad_impression", "mailing_received", "ad_click", "search"),
    *("view_item", "add_to_cart", "begin_checkout", "quote_request"),
)
EITHER = ("support_contact", "usage", "loyalty_join", "service_email_open")
AFTER = (
    *("order_delivered", "review", "recommend", "complaint", "renewal"),
    *("return", "refund", "exchange", "order_cancelled"),
)
NOWHERE = ("email_sent", "mystery")
CHANNELS = ("web", "app", "email", "ads", "store", "support", "kiosk")
# What rules ask of properties: one value or several, of one property or of two.
ASKED = (
    (Condition("topic", ("returns",)),),
    (Condition("topic", ("returns", "care")),),
    (Condition("topic", ("care",)), Condition("length", ("7",))),
)
STAGES_BEFORE: tuple[Stage, ...] = STAGES[:4]
STAGES_AFTER: tuple[Stage, ...] = STAGES[4:]


@dataclass(frozen=True)
class Log:
    """A rulebook, what happened, and the moment as of which it is looked at."""

    rulebook: Rulebook
    touches: list[Row]
    cut_off: datetime


def one_of(*words: Drawn) -> st.SearchStrategy[Drawn]:
    """Draw one of some words."""
    return st.sampled_from(words)


# ---- Rulebooks ---------------------------------------------------------------------------------


def rules_of_users() -> st.SearchStrategy[Rule]:
    """Draw a rule that a user put in front: what it means is any thing but another purchase."""
    meanings = st.one_of(
        st.tuples(st.none(), st.none()),
        st.tuples(one_of(*STAGES_BEFORE), st.none()),
        st.tuples(one_of(*STAGES_AFTER), st.none()),
        st.tuples(one_of(*STAGES_BEFORE), one_of(*STAGES_AFTER)),
        st.tuples(st.none(), one_of(*STAGES_AFTER)),
    )
    wheres: dict[str, Any] = {
        "channel": one_of(None, None, None, "web", "store"),
        "source": one_of(None, None, "shop"),
        "asks": one_of((), (), (), *ASKED),
        "goal": one_of(None, "research"),
        "sentiment": one_of(None, -1, 1),
    }
    others = st.builds(
        lambda event, meaning, where: Rule(event, *meaning, **where),
        one_of(*BEFORE, *EITHER, *AFTER, *NOWHERE),
        meanings,
        st.fixed_dictionaries(wheres),
    )
    unheard_purchases = st.builds(
        lambda channel: Rule("purchase", None, channel=channel), one_of("kiosk", "app")
    )
    return st.one_of(others, others, unheard_purchases)


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """Draw a rulebook whose silences are minutes, and those of sessions the shortest."""
    of_sessions = draw(st.tuples(*(st.integers(1, 4) for _ in range(3))))
    longer = st.integers(max(of_sessions), 9)
    places: tuple[Place, ...] = ("online", "store", "contact")
    breaks: tuple[Break, ...] = ("midnight", "campaign")
    silences = {place: minutes * MINUTE for place, minutes in zip(places, of_sessions, strict=True)}
    rulebook = Rulebook(
        rules=(*draw(st.lists(rules_of_users(), max_size=3)), *DEFAULT_RULES),
        sources=tuple(draw(st.permutations(SOURCES))),
        amount_rank=tuple(draw(st.lists(st.sampled_from(SOURCES), unique=True, max_size=2))),
        silences=silences,
        journey_silence=draw(longer) * MINUTE,
        after_silence=draw(longer) * MINUTE,
        break_on=draw(st.frozensets(st.sampled_from(breaks))),
        use_source_sessions=draw(one_of(False, False, True)),
        time_zone=draw(st.sampled_from(TIME_ZONES)),
        lookback=draw(one_of(None, None, *(minutes * MINUTE for minutes in range(4)))),
        half_life=draw(one_of(MICROSECOND, MINUTE / 2, 3 * MINUTE, timedelta(days=7))),
    )
    if draw(one_of(False, False, True)):
        moved: dict[str, Place] = {"app": "store", "kiosk": "contact"}
        rulebook = replace(rulebook, places={**rulebook.places, **moved})
    return rulebook


# ---- Logs --------------------------------------------------------------------------------------


def gaps(silences: Sequence[timedelta]) -> st.SearchStrategy[timedelta]:
    """Draw a gap: none, short, or one that touches a silence from either side."""
    edges = [
        silence + off for silence in silences for off in (-MICROSECOND, 0 * MINUTE, MICROSECOND)
    ]
    short = (0 * MINUTE, 0 * MINUTE, MICROSECOND, MINUTE / 4, MINUTE / 2, MINUTE)
    return st.one_of(st.sampled_from(short), st.sampled_from(sorted(set(edges))))


TOPICS = ("returns", "care", "prices")
# What the touches of a log differ in besides who, when, where and what: some of it in each log.
VARIETY: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "sources": {"source": one_of(*SOURCES, "stray"), "source_seq": one_of(None, 1, 2)},
    "received": {"received_at": one_of(None, timedelta(), MINUTE)},
    "money": {
        "value": one_of(None, None, 0, 10_000, 25_001, -5_000),
        "source": one_of("site", "shop"),
    },
    # Orders that several sources tell of, with what came back of them.
    "returns": {
        "event": one_of("purchase", "purchase", "view_item", "refund", "return", "order_cancelled"),
        "order_id": one_of("A", "A", "A", "B", None),
        "source": one_of("site", "shop", "mail"),
        "value": one_of(None, 0, -10_000, -5_000, -2_500, 25_001),
    },
    "mood": {"sentiment": one_of(None, -1, 0, 1)},
    "visits": {
        "traffic": one_of(None, "paid_search", "referral"),
        "campaign": one_of(None, None, "spring", "summer"),
        "source_session_id": one_of(None, "v1", "v2"),
    },
    # Campaigns that change within a session and come back.
    "campaigns": {
        "campaign": one_of(None, "spring", "summer"),
        "device_type": one_of(None, "mobile", "desktop"),
    },
    "properties": {
        "props": one_of(None, {}, *({"topic": topic, "length": "7"} for topic in TOPICS * 2)),
    },
    "machines": {"is_machine": one_of(False, False, False, True)},
}
PLAIN: Row = {
    **dict.fromkeys(("received_at", "source_seq", "value", "sentiment", "traffic", "campaign")),
    **dict.fromkeys(("source_session_id", "device_type", "props")),
    "source": "site",
    "is_machine": False,
}


def touches_of_a_log(draw: st.DrawFn, rulebook: Rulebook) -> st.SearchStrategy[Row]:
    """Draw what the touches of one log are drawn from: few words, so that they meet."""
    asked = sorted(rulebook.conditions())
    before = draw(st.lists(st.sampled_from(BEFORE), min_size=1, max_size=4, unique=True))
    beyond = draw(st.lists(st.sampled_from((*EITHER, *AFTER)), max_size=6, unique=True))
    nowhere = draw(st.lists(st.sampled_from(NOWHERE), max_size=1))
    channels = draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True))
    orders = draw(one_of((None,), (None, "A"), ("A", "B"), (None, "A", "B", "C")))
    named = st.sampled_from((*sorted(VARIETY), "campaigns", "campaigns"))
    varieties = draw(st.lists(named, unique=True, max_size=3))
    # What a rule asks of properties is seen only where that event tells some.
    varied = {
        column: words
        for variety in (*varieties, *(["properties"] if asked else []))
        for column, words in VARIETY[variety].items()
    }
    return st.fixed_dictionaries(
        {
            **{column: st.just(value) for column, value in PLAIN.items()},
            "customer": st.integers(1, draw(one_of(1, 1, 2, 3))),
            "event": st.sampled_from(("purchase", *before, *beyond, *nowhere, *asked * 2)),
            "channel": st.sampled_from(channels),
            "order_id": st.sampled_from(orders),
            **varied,
        }
    )


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Draw a log: each touch comes a telling gap after some earlier one of its customer."""
    rulebook = draw(rulebooks())
    silences = (*rulebook.silences.values(), rulebook.journey_silence, rulebook.after_silence)
    # In a hectic log most touches share an instant.
    hectic = one_of(0 * MINUTE, 0 * MINUTE, 0 * MINUTE, MICROSECOND, MINUTE)
    gap = draw(one_of(gaps(silences), gaps(silences), hectic))
    touch = touches_of_a_log(draw, rulebook)
    beginning = draw(st.sampled_from(BEGINNINGS))
    # Names must not stand in the order of time, else the last tie-breaker would never be seen.
    twist = draw(st.integers(1, 28))
    moments: dict[int, list[datetime]] = {}
    touches: list[Row] = []
    for number in range(draw(st.one_of(st.integers(8, 28), st.integers(1, 28)))):
        row = draw(touch)
        anchors = moments.setdefault(row["customer"], [beginning])
        # Measured mostly from the latest moment, else a silence would seldom be over.
        latest, *earlier = anchors[::-1][:3]
        row["occurred_at"] = draw(one_of(latest, latest, latest, *earlier)) + draw(gap)
        if row["received_at"] is not None:
            row["received_at"] += row["occurred_at"]
        moments[row["customer"]] = sorted((*anchors, row["occurred_at"]))
        touches.append({**row, "touchpoint_id": f"t{(number + 1) * twist % 29:02}"})
    return Log(rulebook, touches, draw(cut_offs(touches, silences[-2:])))


@st.composite
def cut_offs(draw: st.DrawFn, touches: list[Row], silences: Sequence[timedelta]) -> datetime:
    """Draw a cut-off no earlier than the last touch, a telling gap after some touch."""
    moments: list[datetime] = sorted(touch["occurred_at"] for touch in touches)
    return max(*moments, draw(st.sampled_from(moments[-4:])) + draw(gaps(silences)))


def shards_of(touches: list[Row], count: int) -> list[list[Row]]:
    """Split a log into shards of whole customers."""
    return [[touch for touch in touches if touch["customer"] % count == n] for n in range(count)]
