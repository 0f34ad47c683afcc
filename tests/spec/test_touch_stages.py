"""The six stages: what each event means, what passes along, and what a touch says of the mood."""

from dataclasses import replace

import pytest

from pipeline.vocabulary import DEFAULT_RULES, Condition, Rule, Stage
from tests.drawn import RULEBOOK, Engine, Holds, touches_of
from tests.spec.conftest import ENGINES, name_of

# (stage before a purchase, stage after one) of the default vocabulary; a dash has no stage.
VOCABULARY = {
    ("need", "ad_impression ad_click view_promotion email_open mailing_received"),
    ("research", "page_view session_start first_visit scroll user_engagement login search"),
    ("research", "view_item_list select_item select_promotion email_click sign_up generate_lead"),
    ("research", "store_locator"),
    ("evaluation", "view_item compare view_reviews view_pricing add_to_wishlist add_to_cart"),
    ("evaluation", "remove_from_cart view_cart store_visit quote_request"),
    ("purchase", "begin_checkout add_shipping_info add_payment_info payment_error purchase"),
    ("experience", "order_delivered track_order warranty_registration"),
    ("outcome", "review recommend return exchange refund order_cancelled complaint renewal"),
    ("evaluation", "support_contact usage survey_response"),
    ("research", "loyalty_join"),
    ("-", "service_email_open service_email_click"),
    ("-", "email_sent email_delivered email_bounce email_unsubscribe identify"),
}
EITHER = {
    "support_contact": "experience",
    "usage": "experience",
    "survey_response": "experience",
    "loyalty_join": "outcome",
    "service_email_open": "experience",
    "service_email_click": "experience",
}
GOALS = {
    "need": ("ad_click", "email_click"),
    "research": ("sign_up", "generate_lead"),
    "evaluation": ("add_to_cart", "quote_request"),
    "purchase": ("purchase",),
    "outcome": ("review", "recommend", "renewal"),
}
MOODS = {"payment_error": "-1", "complaint": "-1", "return": "-1", "recommend": "1"}
GOAL_OF = {event: goal for goal, events in GOALS.items() for event in events}
STAGE_OF = {event: stage for stage, events in VOCABULARY for event in events.split()}


@pytest.mark.parametrize("event", [rule.event for rule in DEFAULT_RULES])
def test_an_event_of_the_vocabulary_has_its_stage_goal_and_mood(holds: Holds, event: str) -> None:
    holds(
        f"""
        event   || stage             | goal                       | sentiment
        --------++-------------------+----------------------------+-----------------------
        {event} || {STAGE_OF[event]} | {GOAL_OF.get(event, "-")}  | {MOODS.get(event, "-")}
        """
    )


@pytest.mark.parametrize("event", EITHER)
def test_an_event_that_may_be_either_has_its_other_stage_and_its_goal_after_a_purchase(
    holds: Holds, event: str
) -> None:
    goal = "experience" if event in ("usage", "survey_response") else "-"
    holds(
        f"""
        at    | event    || stage           | goal
        ------+----------++-----------------+---------
        09:00 | purchase || purchase        | purchase
        09:10 | {event}  || {EITHER[event]} | {goal}
        """
    )


def test_the_vocabulary_is_drawn_whole() -> None:
    assert {rule.event for rule in DEFAULT_RULES} == set(STAGE_OF)


def test_the_first_rule_that_matches_wins_and_users_put_theirs_in_front(holds: Holds) -> None:
    rules = (
        Rule("page_view", "need", channel="app", goal="need", sentiment=1),
        Rule("page_view", "evaluation", source="shop"),
        Rule("page_view", None, channel="kiosk"),
    )
    holds(
        """
        at    | channel | source | event     || session | stage      | goal | sentiment | unmapped
        ------+---------+--------+-----------++---------+------------+------+-----------+---------
        09:00 | app     | shop   | page_view || 1       | need       | need | 1         | no
        10:00 | web     | shop   | page_view || 2       | evaluation | -    | -         | no
        11:00 | kiosk   | shop   | page_view || 3       | evaluation | -    | -         | no
        12:00 | kiosk   | site   | page_view || -       | -          | -    | -         | no
        13:00 | web     | site   | page_view || 4       | research   | -    | -         | no
        """,
        rulebook=replace(RULEBOOK, rules=(*rules, *DEFAULT_RULES)),
    )


def test_an_event_of_after_only_is_nothing_before_a_purchase(holds: Holds) -> None:
    rule = Rule("guide_read", None, "experience", goal="experience", sentiment=1)
    holds(
        """
        customer | at            | event      || session | journey | stage      | goal       | unmapped
        ---------+---------------+------------++---------+---------+------------+------------+---------
        ana      | day 1 09:00   | search     || 1       | 1       | research   | -          | no
        ana      | day 1 09:01   | guide_read || 1       | -       | -          | -          | no
        ana      | day 1 09:10   | purchase   || 1       | 1       | purchase   | purchase   | no
        ana      | day 2 09:00   | guide_read || 2       | 1       | experience | experience | no
        ana      | day 182 09:00 | guide_read || 3       | 1       | experience | experience | no
        ana      | day 363 09:00 | guide_read || 4       | -       | -          | -          | no
        bob      | day 1 09:00   | guide_read || 5       | -       | -          | -          | no
        """,  # noqa: E501
        rulebook=replace(RULEBOOK, rules=(rule, *DEFAULT_RULES)),
    )


# What touches tell of themselves, by the name under which a table draws it.
PROPS = {
    "nothing": None,
    "none": {},
    "returns": {"topic": "returns"},
    "care 7": {"topic": "care", "length": "7"},
    "care 8": {"topic": "care", "length": "8"},
}


@pytest.mark.parametrize("engine", ENGINES, ids=name_of)
@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        # One value.
        ([{"topic": ("returns",)}], {"returns": "need"}),
        # One of a list.
        ([{"topic": ("returns", "care")}], {"returns": "need", "care 7": "need", "care 8": "need"}),
        # All that a rule asks.
        ([{"topic": ("care",), "length": ("7",)}], {"care 7": "need"}),
        # The first rule that holds.
        (
            [{"length": ("7",)}, {"topic": ("care", "prices")}],
            {"care 7": "need", "care 8": "purchase"},
        ),
        # What no touch tells.
        ([{"topic": ("prices",)}, {"colour": ("returns",)}], {}),
    ],
)
def test_a_rule_that_asks_for_properties_fits_where_all_that_it_asks_is_told(
    engine: Engine, asked: list[dict[str, tuple[str, ...]]], drawn: dict[str, str]
) -> None:
    stages: tuple[Stage, ...] = ("need", "purchase")
    rules = [
        Rule("view_item", stage, asks=tuple(Condition(*each) for each in one.items()))
        for stage, one in zip(stages, asked, strict=False)
    ]
    touches = touches_of([{"id": name, "event": "view_item"} for name in PROPS])
    rebuilt = engine(
        [{**touch, "props": PROPS[touch["touchpoint_id"]]} for touch in touches],
        replace(RULEBOOK, rules=(*rules, *DEFAULT_RULES)),
        touches[-1]["occurred_at"],
    )
    stage_of = {touch["touchpoint_id"]: touch["stage"] for touch in rebuilt.touches}
    assert stage_of == {name: drawn.get(name, "evaluation") for name in PROPS}


def test_the_mood_that_is_given_comes_before_that_of_the_rule(holds: Holds) -> None:
    holds(
        """
        event     | sentiment || sentiment
        ----------+-----------++----------
        recommend | -1        || -1
        complaint | 0         || 0
        complaint | -         || -1
        review    | 1         || 1
        review    | -         || -
        mystery   | 1         || 1
        """
    )


@pytest.mark.parametrize(
    "event", ["page_view", "session_start", "first_visit", "scroll", "user_engagement", "login"]
)
def test_a_passing_touch_takes_the_stage_of_the_touch_before_it_in_the_same_session(
    holds: Holds, event: str
) -> None:
    holds(
        f"""
        at    | event          || session | stage
        ------+----------------++---------+-----------
        09:00 | {event}        || 1       | research
        09:01 | view_item      || 1       | evaluation
        09:02 | {event}        || 1       | evaluation
        09:03 | {event}        || 1       | evaluation
        09:04 | begin_checkout || 1       | purchase
        09:05 | {event}        || 1       | purchase
        10:00 | {event}        || 2       | research
        """
    )


def test_a_passing_touch_looks_only_at_the_touch_just_before_it(holds: Holds) -> None:
    holds(
        """
        at    | channel | event       || session | stage
        ------+---------+-------------++---------+-----------
        09:00 | web     | view_item   || 1       | evaluation
        09:01 | store   | store_visit || 2       | evaluation
        09:02 | web     | page_view   || 1       | research
        09:03 | web     | page_view   || 1       | research
        """
    )


def test_unmapped_touches_do_not_stand_between_a_passing_touch_and_the_one_before(
    holds: Holds,
) -> None:
    holds(
        """
        at    | event      || stage
        ------+------------++-----------
        09:00 | view_item  || evaluation
        09:01 | mystery    || -
        09:02 | email_sent || -
        09:03 | page_view  || evaluation
        """
    )


@pytest.mark.parametrize("event", ["ad_impression", "mailing_received", "view_promotion"])
def test_a_passive_touch_takes_the_stage_of_the_touch_before_it_in_any_session(
    holds: Holds, event: str
) -> None:
    holds(
        f"""
        at    | channel | event     || session | stage
        ------+---------+-----------++---------+-----------
        09:00 | ads     | {event}   || 1       | need
        09:01 | web     | view_item || 1       | evaluation
        15:00 | ads     | {event}   || 2       | evaluation
        15:01 | web     | login     || 2       | evaluation
        15:02 | web     | search    || 2       | research
        15:03 | ads     | {event}   || 2       | research
        """
    )


def test_the_touch_before_is_that_of_the_same_journey(holds: Holds) -> None:
    holds(
        """
        at           | event           || journey | stage
        -------------+-----------------++---------+-----------
        day 1 09:00  | order_delivered || 1       | experience
        day 1 09:01  | view_item       || 2       | evaluation
        day 1 09:02  | track_order     || 1       | experience
        day 1 09:03  | page_view       || 2       | evaluation
        """
    )


def test_a_passing_touch_that_opens_a_journey_has_its_own_stage(holds: Holds) -> None:
    holds(
        """
        at           | event          || journey | stage
        -------------+----------------++---------+-----------
        day 1 09:00  | begin_checkout || 1       | purchase
        day 99 09:00 | ad_impression  || 2       | need
        day 99 09:10 | login          || 2       | need
        """
    )


def test_an_either_touch_before_a_purchase_passes_along_if_its_event_does(holds: Holds) -> None:
    holds(
        """
        at    | event     || stage
        ------+-----------++-----------
        09:00 | login     || research
        09:01 | view_item || evaluation
        09:02 | login     || evaluation
        09:03 | purchase  || purchase
        09:04 | login     || experience
        """,
        rulebook=replace(RULEBOOK, rules=(Rule("login", "research", "experience"), *DEFAULT_RULES)),
    )
