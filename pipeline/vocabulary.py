"""The words of the house as data: stages, states, places, events, and the rules that tie them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal["need", "research", "evaluation", "purchase", "experience", "outcome"]
State = Literal["open", "dropped", "returned", "detracted", "advocated", "repurchased", "kept"]
Place = Literal["online", "store", "contact"]
Effect = Literal["returned", "detracted", "advocated", "renewed"]

STAGES: tuple[Stage, ...] = get_args(Stage)
STATES: tuple[State, ...] = get_args(State)
PLACES: tuple[Place, ...] = get_args(Place)

STAGE_NUMBER: dict[str, int] = {stage: number for number, stage in enumerate(STAGES, start=1)}
LAST_STAGE_BEFORE = STAGE_NUMBER["purchase"]

# A channel that is not listed is online.
PLACE_OF_CHANNEL: dict[str, Place] = {
    "store": "store",
    "support": "contact",
    "reviews": "contact",
    "delivery": "contact",
}
# Where a person of the company speaks to the customer.
PERSONAL_CHANNELS = frozenset({"store", "support"})
PERSONAL_EVENTS = frozenset({"store_visit", "support_contact", "quote_request"})
# What nodes of graphs, flows and models are called, and so no channel and no traffic may be.
RESERVED_NAMES = frozenset({"start", "converted", "unattributed", *STATES})


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a touch's properties: that one of them is told as one of some values."""

    name: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} = {', '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one event means; the first rule that matches a touch wins.

    `stage` is the stage of the touch, None for one that is ignored on purpose. An event that may
    come before or after the purchase names its stage after it in `stage_after`; one that means
    something only after it has no `stage`.
    `goal` is the stage whose goal the touch meets. `sentiment` is -1, 0 or +1.
    """

    event: str
    stage: Stage | None
    stage_after: Stage | None = None
    channel: str | None = None
    source: str | None = None
    goal: Stage | None = None
    sentiment: int | None = None
    asks: tuple[Condition, ...] = ()

    def __str__(self) -> str:
        asked = [
            f"{name} = {one}"
            for name, one in (("channel", self.channel), ("source", self.source))
            if one is not None
        ]
        meant = " / ".join(filter(None, (self.stage or "ignored", self.stage_after)))
        return f"{'; '.join((self.event, *asked, *map(str, self.asks)))}: {meant}"

    def matches(
        self, event: str, channel: str, source: str, held: Collection[Condition] = ()
    ) -> bool:
        """Tell whether a touch is meant of which these conditions hold."""
        return (
            self.event == event
            and self.channel in (None, channel)
            and self.source in (None, source)
            and all(condition in held for condition in self.asks)
        )

    def hides(self, later: "Rule") -> bool:
        """Tell whether whatever a later rule fits, this one fits as well."""
        return (
            self.event == later.event
            and self.channel in (None, later.channel)
            and self.source in (None, later.source)
            and all(any(_holds(wide, asked) for asked in later.asks) for wide in self.asks)
        )


def _holds(wide: Condition, narrow: Condition) -> bool:
    """Tell whether a condition holds wherever another does."""
    return wide.name == narrow.name and set(narrow.values) <= set(wide.values)


# It denies consent to email, whatever else its record says.
UNSUBSCRIBE = "email_unsubscribe"
DEFAULT_RULES: tuple[Rule, ...] = (
    Rule("ad_impression", "need"),
    Rule("ad_click", "need", goal="need"),
    Rule("view_promotion", "need"),
    Rule("email_open", "need"),
    Rule("mailing_received", "need"),
    Rule("page_view", "research"),
    Rule("session_start", "research"),
    Rule("first_visit", "research"),
    Rule("scroll", "research"),
    Rule("user_engagement", "research"),
    Rule("login", "research"),
    Rule("search", "research"),
    Rule("view_item_list", "research"),
    Rule("select_item", "research"),
    Rule("select_promotion", "research"),
    Rule("email_click", "research", goal="need"),
    Rule("sign_up", "research", goal="research"),
    Rule("generate_lead", "research", goal="research"),
    Rule("store_locator", "research"),
    Rule("view_item", "evaluation"),
    Rule("compare", "evaluation"),
    Rule("view_reviews", "evaluation"),
    Rule("view_pricing", "evaluation"),
    Rule("add_to_wishlist", "evaluation"),
    Rule("add_to_cart", "evaluation", goal="evaluation"),
    Rule("remove_from_cart", "evaluation"),
    Rule("view_cart", "evaluation"),
    Rule("store_visit", "evaluation"),
    Rule("quote_request", "evaluation", goal="evaluation"),
    Rule("begin_checkout", "purchase"),
    Rule("add_shipping_info", "purchase"),
    Rule("add_payment_info", "purchase"),
    Rule("payment_error", "purchase", sentiment=-1),
    Rule("purchase", "purchase", goal="purchase"),
    Rule("order_delivered", "experience"),
    Rule("track_order", "experience"),
    Rule("warranty_registration", "experience"),
    Rule("review", "outcome", goal="outcome"),
    Rule("recommend", "outcome", goal="outcome", sentiment=1),
    Rule("return", "outcome", sentiment=-1),
    Rule("exchange", "outcome"),
    Rule("refund", "outcome"),
    Rule("order_cancelled", "outcome"),
    Rule("complaint", "outcome", sentiment=-1),
    Rule("renewal", "outcome", goal="outcome"),
    Rule("support_contact", "evaluation", "experience"),
    Rule("usage", "evaluation", "experience", goal="experience"),
    Rule("survey_response", "evaluation", "experience", goal="experience"),
    Rule("loyalty_join", "research", "outcome"),
    Rule("service_email_open", None, "experience"),
    Rule("service_email_click", None, "experience"),
    Rule("email_sent", None),
    Rule("email_delivered", None),
    Rule("email_bounce", None),
    Rule(UNSUBSCRIBE, None),
    Rule("identify", None),
)

# Passive touches come to the customer; passing ones have no mind of their own.
PASSIVE_EVENTS = frozenset({"ad_impression", "mailing_received", "view_promotion"})
PASSING_EVENTS = frozenset(
    {"page_view", "session_start", "first_visit", "scroll", "user_engagement", "login"}
)
CART_EVENT = "add_to_cart"
CONVERTING_EVENT = "purchase"
EFFECT_OF_EVENT: dict[str, Effect] = {
    "return": "returned",
    "exchange": "returned",
    "refund": "returned",
    "order_cancelled": "returned",
    "complaint": "detracted",
    "recommend": "advocated",
    "renewal": "renewed",
}
RATED_EVENT = "review"

STRONG_IDENTIFIERS = ("user_id", "email", "phone", "loyalty_id", "shop_customer_id", "order_id")
WEAK_IDENTIFIERS = ("anonymous_id", "device_id", "network_user_id")
