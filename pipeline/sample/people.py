"""The customers: names, addresses, cards, and the devices that they share with their household."""

import numpy as np
import polars as pl

from pipeline.sample.catalogue import COMUNAS
from pipeline.sample.draw import Numbers, digits, pick, scramble, words
from pipeline.sample.personas import PERSONA_NAMES, PERSONAS, trait
from pipeline.sample.season import SECOND, YEAR_BEGINS

_FIRST_NAMES = (
    "camila", "valentina", "josefa", "martina", "antonia", "catalina", "fernanda", "daniela",
    "matias", "benjamin", "vicente", "diego", "sebastian", "felipe", "cristobal", "ignacio",
    "rosa", "elena", "hernan", "patricio",
)  # fmt: skip
_LAST_NAMES = (
    "rojas", "munoz", "diaz", "soto", "contreras", "silva", "sepulveda", "morales", "fuentes",
    "araya", "tapia", "vergara", "pizarro", "leiva", "cardenas", "olivares",
)  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net")
# When an account's owner is logged in: in most visits, from the checkout on, or never.
LOGIN_HABITS = ("mostly", "at_checkout", "never")
DEVICE_KINDS = ("mobile", "desktop", "tablet")
_HOUSEHOLD_RATE = 0.07


def invent_people(first: int, count: int, chance: np.random.Generator) -> pl.DataFrame:
    """Invent people, one row each, numbered from `first`.

    Everybody has an email and a card to pay with; phone, account (`user_id`) and loyalty card
    are null for those who have none.
    """
    person = np.arange(first, first + count)
    persona = pick(np.tile(trait("share"), (count, 1)), chance)
    has_account = chance.random(count) < trait("has_account")[persona]
    has_card = chance.random(count) < trait("has_card")[persona]
    habit = pick(np.tile([0.60, 0.25, 0.15], (count, 1)), chance)
    comuna = chance.integers(0, len(COMUNAS), count)
    known = pl.DataFrame(
        {
            "person": person,
            "persona": words(persona, PERSONA_NAMES),
            "persona_no": persona,
            "habit": words(np.where(has_account, habit, 2), LOGIN_HABITS),
            "comuna": words(comuna, COMUNAS),
            "reads_newsletter": chance.random(count) < trait("reads_newsletter")[persona],
            "has_apple_mail": chance.random(count) < 0.40,
        }
    )
    identifiers = _identifiers(person, has_account, has_card, chance)
    return pl.concat([known, identifiers], how="horizontal")


def _identifiers(
    person: Numbers, has_account: np.ndarray, has_card: np.ndarray, chance: np.random.Generator
) -> pl.DataFrame:
    number = pl.Series(person).cast(pl.String)
    first_name = words(chance.integers(0, len(_FIRST_NAMES), person.size), _FIRST_NAMES)
    last_name = words(chance.integers(0, len(_LAST_NAMES), person.size), _LAST_NAMES)
    domain = words(chance.integers(0, len(_DOMAINS), person.size), _DOMAINS)
    has_phone = chance.random(person.size) < 0.7
    return pl.DataFrame(
        {
            "first": first_name, "last": last_name, "domain": domain, "number": number,
            "network_user_id": digits(person, salt=1, places=14, name="network_user_id"),
            "card_token": digits(person, salt=2, places=12, name="card_token"),
            "has_phone": has_phone, "has_account": has_account, "has_card": has_card,
        }
    ).select(
        email=pl.format("{}.{}.{}@{}", "first", "last", "number", "domain"),
        phone=pl.when("has_phone").then(pl.format("+5690{}", pl.col("number").str.zfill(7))),
        user_id=pl.when("has_account").then(pl.format("u{}", pl.col("number").str.zfill(7))),
        loyalty_id=pl.when("has_card").then(pl.format("FDS{}", pl.col("number").str.zfill(8))),
        network_user_id="network_user_id",
        card_token=pl.format("tok_{}", "card_token"),
    )  # fmt: skip


def invent_devices(people: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Invent one to three devices a person: person, device_no (from 0), cookie, device_type.

    In some households the person before lends a device: its cookie then stands in two rows.
    """
    person = people["person"].to_numpy()
    owned = 1 + pick(np.tile([0.55, 0.33, 0.12], (person.size, 1)), chance)
    owner = np.repeat(person, owned)
    device_no = np.arange(owner.size) - np.repeat(np.cumsum(owned) - owned, owned)
    kind = np.where(device_no == 0, chance.random(owner.size) < 0.3, 1 + (device_no == 2))
    devices = pl.DataFrame(
        {
            "person": owner,
            "device_no": device_no,
            "cookie": _cookies(owner * 4 + device_no),
            "device_type": words(kind.astype(np.int64), DEVICE_KINDS),
        }
    )
    return _lend_devices(devices, people, chance)


def _cookies(device: Numbers) -> pl.Series:
    born = YEAR_BEGINS // SECOND - scramble(device, salt=4) % np.uint64(10_000_000)
    left = digits(device, salt=3, places=9, name="left")
    return pl.select(pl.format("{}.{}", pl.lit(left), pl.lit(pl.Series(born)))).to_series()


def _lend_devices(
    devices: pl.DataFrame, people: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Let every now and then the first device of one person be also the last of the next person."""
    walks_by = len(PERSONAS) - 1
    persona = people["persona_no"].to_numpy()
    borrows = (chance.random(persona.size) < _HOUSEHOLD_RATE) & (persona != walks_by)
    borrows[0] = False
    borrows[1:] &= persona[:-1] != walks_by
    lent = devices.filter(pl.col("device_no") == 0).select(pl.col("person") + 1, lent="cookie")
    borrower = people["person"].filter(pl.Series(borrows)).implode()
    is_borrowed = pl.col("person").is_in(borrower) & (
        pl.col("device_no") == pl.col("device_no").max().over("person")
    )
    return (
        devices.join(lent, on="person", how="left", maintain_order="left")
        .with_columns(cookie=pl.when(is_borrowed).then(pl.col("lent")).otherwise("cookie"))
        .drop("lent")
    )
