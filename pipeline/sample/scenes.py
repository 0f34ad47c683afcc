"""The scenes of which journeys are made: short scripts of touches, and which one is played when."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

STAGES = ("need", "research", "evaluation", "purchase", "experience", "outcome")
CHANNELS = ("web", "email", "ads", "store", "delivery", "support", "reviews", "returns")


@dataclass(frozen=True, slots=True)
class Line:
    """One touch of a script: how likely it is, and the usual seconds since the line before it.

    `only` holds a line back unless the visit begins with it ("entry"), or unless the customer logs
    in at the checkout ("login").
    """

    event: str
    likely: float = 1.0
    seconds: float = 25.0
    channel: str = "web"
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A script that is played in one stage, and how often among the scenes of its stage."""

    name: str
    stage: str
    weight: float
    lines: tuple[Line, ...]
    begins_visit: bool = False


_ENTRY = (Line("session_start", only="entry", seconds=0), Line("page_view", seconds=0))


def _mail(event: str, likely: float = 1.0, seconds: float = 0.0) -> Line:
    return Line(event, likely, seconds, "email")


def _ad(event: str, likely: float = 1.0, seconds: float = 60.0) -> Line:
    return Line(event, likely, seconds, "ads")


SCENES = (
    Scene(
        "ad_seen", "need", 0.34,
        (_ad("ad_impression"), _ad("ad_impression", 0.5, 9000), _ad("ad_impression", 0.25, 9000)),
    ),
    Scene(
        "ad_clicked", "need", 0.24,
        (
            _ad("ad_impression", 0.9), _ad("ad_click", 1.0, 20),
            Line("session_start", seconds=3), Line("page_view", seconds=0),
            Line("view_promotion", 0.3),
        ),
        begins_visit=True,
    ),
    Scene("mail_opened", "need", 0.10, (_mail("email_delivered"), _mail("email_open", 1.0, 9000))),
    Scene(
        "mail_clicked", "need", 0.12,
        (
            _mail("email_delivered"), _mail("email_open", 1.0, 7200), _mail("email_click", 1.0, 20),
            Line("session_start", seconds=3), Line("page_view", seconds=0),
        ),
        begins_visit=True,
    ),
    Scene("promotion_seen", "need", 0.20, (*_ENTRY, Line("view_promotion", 1.0, 8))),
    Scene(
        "look_around", "research", 0.46,
        (*_ENTRY, Line("view_item_list", 0.85), Line("select_item", 0.7), Line("page_view", 0.4)),
    ),
    Scene(
        "search_site", "research", 0.34,
        (
            *_ENTRY, Line("search", 1.0, 12), Line("view_item_list", 0.8, 1),
            Line("select_item", 0.5),
        ),
    ),
    Scene("join_newsletter", "research", 0.09, (*_ENTRY, Line("generate_lead", 1.0, 40))),
    Scene("open_account", "research", 0.03, (*_ENTRY, Line("sign_up", 1.0, 60))),
    Scene("find_store", "research", 0.08, (*_ENTRY, Line("store_locator", 1.0, 15))),
    Scene(
        "weigh_items", "evaluation", 0.36,
        (
            *_ENTRY, Line("view_item", 1.0, 5), Line("view_item", 0.7, 40),
            Line("view_item", 0.45, 40), Line("gift_card_preview", 0.03),
        ),
    ),
    Scene(
        "read_reviews", "evaluation", 0.10,
        (*_ENTRY, Line("view_item", 1.0, 5), Line("view_reviews", 1.0, 30)),
    ),
    Scene(
        "check_prices", "evaluation", 0.12,
        (*_ENTRY, Line("view_item", 1.0, 5), Line("view_pricing", 1.0, 30)),
    ),
    Scene(
        "fill_cart", "evaluation", 0.30,
        (
            *_ENTRY, Line("view_item", 1.0, 5), Line("add_to_cart", 1.0, 35),
            Line("view_cart", 0.6, 10), Line("remove_from_cart", 0.12),
        ),
    ),
    Scene(
        "keep_a_wish", "evaluation", 0.06,
        (*_ENTRY, Line("view_item", 1.0, 5), Line("add_to_wishlist", 1.0, 25)),
    ),
    Scene(
        "ask", "evaluation", 0.06, (Line("support_contact", channel="support"),)
    ),
    # The three endings of the fourth stage are not drawn: the walk says which of them it is.
    Scene(
        "checkout_left", "purchase", 0.0,
        (
            *_ENTRY, Line("begin_checkout", 1.0, 5), Line("add_shipping_info", 0.6, 50),
            Line("payment_error", 0.15, 40),
        ),
    ),
    Scene(
        "checkout_done", "purchase", 0.0,
        (
            *_ENTRY, Line("begin_checkout", 1.0, 5), Line("login", only="login"),
            Line("add_shipping_info", 1.0, 50), Line("payment_error", 0.04, 40),
            Line("add_payment_info", 1.0, 35), Line("purchase", 1.0, 20),
            Line("page_view", 0.4, 1),
        ),
    ),
    Scene("bought_in_store", "purchase", 0.0, (Line("purchase", channel="store"),)),
    # After the purchase: each one's chance stands with the aftermath.
    Scene(
        "order_mail", "experience", 0.0,
        (
            _mail("email_sent"), _mail("email_delivered", 1.0, 2),
            _mail("service_email_open", 0.6, 3600), _mail("service_email_click", 0.12, 20),
        ),
    ),
    Scene("delivered", "experience", 0.0, (Line("order_delivered", channel="delivery"),)),
    Scene("tracked", "experience", 0.0, (*_ENTRY, Line("track_order", 1.0, 10))),
    Scene("asked_after", "experience", 0.0, (Line("support_contact", channel="support"),)),
    Scene("complained", "outcome", 0.0, (Line("complaint", channel="support"),)),
    Scene("reviewed", "outcome", 0.0, (Line("review", channel="reviews"),)),
    Scene("sent_back", "outcome", 0.0, (Line("return", channel="returns"),)),
    Scene("brought_back", "outcome", 0.0, (Line("return", channel="store"),)),
    Scene("joined_loyalty", "outcome", 0.0, (*_ENTRY, Line("loyalty_join", 1.0, 45))),
)  # fmt: skip
SCENE_NAMES = tuple(scene.name for scene in SCENES)
# Mailings to all subscribers come outside journeys; their events are not in any script.
EVENTS = tuple(
    dict.fromkeys(
        [line.event for scene in SCENES for line in scene.lines]
        + ["email_bounce", "email_unsubscribe"]
    )
)


def number_of(scene: str) -> int:
    """Give the number of a scene, its place in SCENES."""
    return SCENE_NAMES.index(scene)


def scene_weights() -> npt.NDArray[np.float64]:
    """Give how often each scene (column) is played in each stage (row)."""
    return np.array(
        [[scene.weight * (scene.stage == stage) for scene in SCENES] for stage in STAGES]
    )
