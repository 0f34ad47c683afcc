"""The rules of identity in plain loops: whose each touch is, told the long way round."""

import hmac
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from pipeline.vocabulary import STRONG_IDENTIFIERS


class Identifier(NamedTuple):
    """What a source calls somebody; a strong one has no namespace but the project's."""

    type: str
    namespace: str
    value: str


@dataclass(frozen=True, slots=True)
class Touch:
    """What a touch tells of who it is from."""

    touch_id: str
    source: str
    occurred_at: datetime
    strong: tuple[Identifier, ...] = ()
    weak: Identifier | None = None
    click_id: str | None = None
    is_denied: bool = False


@dataclass(frozen=True, slots=True)
class Stitching:
    """The three knobs of the rules."""

    mode: Literal["two_way", "device_only", "last_person"] = "two_way"
    backfill: timedelta = timedelta(days=30)
    max_links: int = 50


Row = tuple[Identifier, ...]
Customers = dict[str, str | None]
Neighbours = dict[Identifier, set[Identifier]]
Name = Callable[[Identifier], str]
# What was seen on a device, or where a network user clicked to: when, and the name of what.
Seen = list[tuple[datetime, str]]

_TWO_WAY = Stitching()
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Stitch(Protocol):
    """Whatever tells the customer of each touch: these loops, or the product behind its door."""

    def __call__(
        self,
        touches: Sequence[Touch],
        stitching: Stitching = ...,
        known_customers: Sequence[Row] = ...,
    ) -> Customers:
        """Give the name of each touch's customer, None where it has none."""


def readable_name(identifier: Identifier) -> str:
    """Name an identifier by what it is: so it stands in the scratch tables of a test."""
    return ":".join(identifier)


def pseudonyms_under(key: bytes) -> Name:
    """Give the maker of the names that identifiers have in a project with that key."""

    def pseudonym(identifier: Identifier) -> str:
        digest = hmac.digest(key, "\x1f".join(identifier).encode(), "sha256")
        return b64encode(digest[:9], b"._").decode()

    return pseudonym


def numbered(customers: Customers) -> dict[str, int | None]:
    """Number customers as the touches first name them: what is left when names do not matter."""
    numbers: dict[str, int] = {}
    return {
        touch_id: None if name is None else numbers.setdefault(name, len(numbers) + 1)
        for touch_id, name in sorted(customers.items())
    }


def customers_of(
    touches: Sequence[Touch],
    stitching: Stitching = _TWO_WAY,
    known_customers: Sequence[Row] = (),
    name_of: Name = readable_name,
) -> Customers:
    """Tell the name of each touch's customer: a person's, a device's, a lone hub's, or None.

    Known customers are the rows of the customer file. Names decide ties, and nothing else.
    """
    told = [touch for touch in touches if not touch.is_denied]
    neighbours = meet([*known_customers, *(touch.strong for touch in told)])
    persons = persons_of(neighbours, hubs_of(neighbours, stitching.max_links), name_of)
    clicks = clicks_of(told, name_of)
    sightings = sightings_of(told, persons, name_of)

    def customer_of(touch: Touch) -> str | None:
        if touch.is_denied:
            return None
        own = own_person(touch, persons)
        if own is not None:
            return own
        if touch.weak is None:
            return next((name_of(hub) for hub in in_rank(touch.strong)), None)
        device = name_of(touch.weak)
        if stitching.mode == "device_only":
            return device
        device = nearest(clicks[device], touch.occurred_at) or device
        if stitching.mode == "last_person":
            return nearest(sightings[device], _END_OF_TIME) or device
        return nearest(sightings[device], touch.occurred_at, stitching.backfill) or device

    return {touch.touch_id: customer_of(touch) for touch in touches}


# ---- Persons -----------------------------------------------------------------------------------


def meet(groups: Iterable[Row]) -> Neighbours:
    """Give every strong identifier, and those that it was told together with."""
    neighbours: Neighbours = defaultdict(set)
    for group in groups:
        for one in group:
            neighbours[one].update(other for other in group if other != one)
    return dict(neighbours)


def hubs_of(neighbours: Neighbours, max_links: int) -> set[Identifier]:
    """Give the identifiers that join too many others.

    Orders are not counted but looked through, unless they are hubs themselves.
    """
    orders = {one for one in neighbours if one.type == "order_id"}
    order_hubs = {order for order in orders if len(neighbours[order] - orders) > max_links}
    hubs = set(order_hubs)
    for one in neighbours.keys() - orders:
        joined = set(neighbours[one])
        for order in joined & orders - order_hubs:
            joined |= neighbours[order]
        if len(joined - orders - {one}) > max_links:
            hubs.add(one)
    return hubs


def persons_of(
    neighbours: Neighbours, hubs: set[Identifier], name_of: Name
) -> dict[Identifier, str]:
    """Give the person of each identifier that is no hub, under the smallest of its names."""
    persons = {}
    for one in neighbours.keys() - hubs:
        person, unvisited = {one}, [one]
        while unvisited:
            met = neighbours[unvisited.pop()] - hubs - person
            person |= met
            unvisited += met
        persons[one] = min(name_of(identifier) for identifier in person)
    return persons


def own_person(touch: Touch, persons: dict[Identifier, str]) -> str | None:
    """Give the person of a touch's first strong identifier that is no hub."""
    return next((persons[one] for one in in_rank(touch.strong) if one in persons), None)


def in_rank(strong: Row) -> list[Identifier]:
    """Put strong identifiers in the order in which they are believed."""
    return sorted(strong, key=lambda one: STRONG_IDENTIFIERS.index(one.type))


# ---- Devices -----------------------------------------------------------------------------------


def sightings_of(
    told: list[Touch], persons: dict[Identifier, str], name_of: Name
) -> dict[str, Seen]:
    """Give when each device, or network user, was seen with which person."""
    sightings: dict[str, Seen] = defaultdict(list)
    for touch in told:
        person = own_person(touch, persons)
        if touch.weak is not None and person is not None:
            sightings[name_of(touch.weak)].append((touch.occurred_at, person))
    return sightings


def clicks_of(told: list[Touch], name_of: Name) -> dict[str, Seen]:
    """Give when each network user clicked to which device: the first that carried the click's id.

    A device has none, so that it is nowhere to be taken to.
    """
    carried: dict[str, Seen] = defaultdict(list)
    clicked: list[tuple[Touch, str]] = []
    for touch in told:
        if touch.weak is None or touch.click_id is None:
            continue
        if touch.weak.type == "network_user_id":
            clicked.append((touch, touch.click_id))
        else:
            carried[touch.click_id].append((touch.occurred_at, name_of(touch.weak)))
    clicks: dict[str, Seen] = defaultdict(list)
    for touch, click_id in clicked:
        if touch.weak is not None and click_id in carried:
            _, device = min(carried[click_id])
            clicks[name_of(touch.weak)].append((touch.occurred_at, device))
    return clicks


def nearest(seen: Seen, at: datetime, reach: timedelta | None = None) -> str | None:
    """Give what was seen last at that moment or before, else first after it, within reach.

    Of several at one instant it is the one of the smallest name.
    """
    before = [moment for moment, _ in seen if moment <= at]
    after = [moment for moment, _ in seen if moment > at]
    if reach is not None:
        after = [moment for moment in after if moment - at <= reach]
    if not before and not after:
        return None
    instant = max(before) if before else min(after)
    return min(what for moment, what in seen if moment == instant)
