"""How well the invented shop's customers are told apart, held against who they were.

The persons of identifiers are those of data/sample/truth/identifiers.csv.gz. A touch is of the
person of its strong identifier, else of its device's or network user's. Two people share some
cookies, and there the files do not tell who sat before the screen: the shop, invented anew from the
seed in its README, does.

A touch has evidence if the log could lead it to its person: it has a strong identifier, or its
device was seen with a strong one of that person no later than 30 days after it. A network user's
devices are those that carried the ids of the user's clicks. Who never signs in within reach leaves
no evidence.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from csv import DictReader
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.sample import invent_shop
from tests.conftest import SAMPLE
from tests.identity_reference import Identifier, Name, pseudonyms_under
from tests.projects import Project

CUSTOMERS = 2000
SEED = 20261101
BACKFILL = timedelta(days=30)
# Weak identifiers are their source's own, and so are their pseudonyms.
SOURCE_OF = {"anonymous_id": "web", "device_id": "store", "network_user_id": "ads"}


@dataclass(frozen=True, slots=True)
class Told:
    """A touch as it was published, and the person that it is truly of."""

    occurred_at: datetime
    customer: str
    person: int
    device: str | None
    is_signed: bool


@pytest.fixture(scope="module")
def name_of(sample_project: Project) -> Name:
    return pseudonyms_under((sample_project.dir / "secrets" / "pseudonym.key").read_bytes())


@pytest.fixture(scope="module")
def told(sample_project: Project, name_of: Name) -> list[Told]:
    owners = owners_of(SAMPLE / "truth" / "identifiers.csv.gz", name_of)
    used_by = {
        (at, name_of(Identifier("anonymous_id", "web", cookie))): person
        for at, cookie, person in of_the_year("occurred_at", "anonymous_id", "person")
    }
    touches = []
    for at, customer, strong, weak in sample_project.rows(
        "select occurred_at, customer_id, strong_id, weak_id from core.touchpoints "
        "where customer_id is not null"
    ):
        possible = owners[strong or weak]
        person = possible[0] if len(possible) == 1 else used_by[at, weak]
        touches.append(Told(at, customer, person, weak, strong is not None))
    return touches


@pytest.fixture(scope="module")
def evident(told: list[Told], name_of: Name) -> list[Told]:
    """Keep the touches that the log could lead to their person."""
    signed_in = defaultdict(list)
    for touch in told:
        if touch.is_signed:
            signed_in[touch.device, touch.person].append(touch.occurred_at)
    clicked = devices_clicked_to(name_of)

    def has_evidence(touch: Told) -> bool:
        devices = clicked.get(touch.device, {touch.device})
        return touch.is_signed or any(
            min(signed_in[device, touch.person]) <= touch.occurred_at + BACKFILL
            for device in devices
            if (device, touch.person) in signed_in
        )

    return [touch for touch in told if has_evidence(touch)]


def owners_of(file: Path, name_of: Name) -> dict[str, list[int]]:
    """Give the persons of each pseudonym: one, or two that share a cookie."""
    owners = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in DictReader(lines):
            namespace = SOURCE_OF.get(row["type"], "")
            name = name_of(Identifier(row["type"], namespace, row["value"]))
            owners[name].append(int(row["person"]))
    return owners


def of_the_year(*columns: str) -> Iterator[tuple]:
    """Give some columns of the invented touches that have them all, and the consent to tell."""
    touches = invent_shop(customers=CUSTOMERS, seed=SEED).touches
    return touches.filter(~touches["is_denied"]).select(columns).drop_nulls().iter_rows()


def devices_clicked_to(name_of: Name) -> dict[str | None, set[str]]:
    """Give the devices that carried the click ids of each network user, under their pseudonyms."""
    carried: dict[str, set[str]] = defaultdict(set)
    clicked: dict[str | None, set[str]] = defaultdict(set)
    for click_id, cookie in of_the_year("click_id", "anonymous_id"):
        carried[click_id].add(name_of(Identifier("anonymous_id", "web", cookie)))
    for click_id, user in of_the_year("click_id", "network_user_id"):
        clicked[name_of(Identifier("network_user_id", "ads", user))] |= carried[click_id]
    return clicked


def pairs(groups: Iterable[object]) -> int:
    """Count the pairs of touches that are in one group."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def test_most_of_the_log_has_evidence(told: list[Told], evident: list[Told]) -> None:
    # Else the two tests below would speak of little.
    assert len(evident) > 0.6 * len(told)


def test_two_touches_of_one_customer_are_of_one_person(evident: list[Told]) -> None:
    together = pairs(touch.customer for touch in evident)
    rightly = pairs((touch.customer, touch.person) for touch in evident)
    assert rightly / together >= 0.99


def test_two_touches_of_one_person_are_of_one_customer(evident: list[Told]) -> None:
    akin = pairs(touch.person for touch in evident)
    found = pairs((touch.customer, touch.person) for touch in evident)
    assert found / akin >= 0.95


def test_no_shared_device_merged_two_people(told: list[Told]) -> None:
    persons, users = defaultdict(set), defaultdict(set)
    for touch in told:
        if touch.is_signed:
            persons[touch.customer].add(touch.person)
            users[touch.device].add(touch.person)
    shared = [device for device, people in users.items() if device and len(people) > 1]
    assert len(shared) > 10
    assert [people for people in persons.values() if len(people) > 1] == []
