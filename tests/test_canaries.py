"""Canaries: raw identifiers are told in every field there is, and sought in every byte written."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.queries import read_sql, shipped_dir
from tests.command import recorrido
from tests.projects import SHOP_WITH_VAULT, Project

# Whatever names a person, by the column that tells it; mails and phones are looked for as they are
# told and as they are normalised.
CANARIES = {
    "user": "canary.user.4711",
    "mail": "Canary.Mail@nest.example",
    "phone": "0056 9 4711 4711",
    "card": "CARD-CANARY-4711",
    "shopid": "SHOPID-CANARY-4711",
    "order": "ORDER-CANARY-4711",
    "cookie": "COOKIE.CANARY.4711",
    "device": "DEVICE-CANARY-4711",
    "adid": "ADID-CANARY-4711",
    "click": "CLICK-CANARY-4711",
    "visit": "VISIT.CANARY.4711",
}
SOUGHT = (
    *CANARIES.values(),
    "+56947114711",
    "canary.known@nest.example",
    "Canary.Mail%40nest.example",
    "gclid-canary-4711",
)
SOURCE = """
    [[sources]]
    name = "{name}"
    channel = "web"
    format = "{format}"
    files = "landing/{name}/*"
    max_rejected_rate = {rate}
    props = ["note"]
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "user"
    email = "mail"
    phone = "phone"
    loyalty_id = "card"
    shop_customer_id = "shopid"
    order_id = "order"
    anonymous_id = "cookie"
    device_id = "device"
    network_user_id = "adid"
    click_id = "click"
    session_id = "visit"
    page_url = "url"
    referrer = "from"
    campaign = "campaign"
    product = "product"
    channel = "channel"
    traffic = "traffic"
    device_type = "screen"
    click_id_type = "clicktype"
    value = "amount"
    currency = "money"
    consent_ads = "ads"
"""
KNOWN = """
    [segments]
    file = "customers.csv"
    column = "kind"
    attributes = ["memo"]
"""
MISMAPPED = ("channel", "traffic", "screen", "clicktype", "money")
COLUMNS = [
    *("at", "event", *CANARIES, "url", "from", "campaign", "product", "note", "amount", *MISMAPPED),
    "ads",
]
URL = (
    "https://shop.example/me;jsessionid=VISIT.CANARY.4711/Canary.Mail@nest.example"
    "?m=Canary.Mail%40nest.example&u=canary.user.4711&gclid=gclid-canary-4711#CARD-CANARY-4711"
)
BROKEN = "select record_no, occurred_at, event, user_id::integer as user_id from records"


def line(at: str, event: str = "view_item", **others: str) -> str:
    """Write a record that tells every canary, wherever a careless tag may put it."""
    mail = CANARIES["mail"]
    told = {
        **CANARIES,
        "url": URL,
        "from": URL,
        "campaign": f"spring for {mail}",
        "product": f"rose {mail}",
        "note": f"write to {mail} or <{mail.lower()}>",
        "amount": "5",
        **dict.fromkeys(MISMAPPED, mail),
        "ads": "granted",
        **others,
    }
    return ",".join({"at": at, "event": event, **told}[name] for name in COLUMNS) + "\n"


@pytest.fixture(name="nest", scope="module")
def _nest(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run nights good and bad, and everything that writes; keep what they said in said.txt."""
    nest = Project(tmp_path_factory.mktemp("nest"))
    good = SOURCE.format(name="web", format="events", rate=1)
    nest.configure(SHOP_WITH_VAULT, good, KNOWN)
    header = ",".join(COLUMNS) + "\n"
    nest.write(
        "landing/web/a.csv",
        header
        + line("2026-01-05T09:00:00Z")
        + line("2026-01-05T09:05:00Z", "purchase", **{"from": "https://Canary.Mail%40nest.example"})
        + line("never")
        + line("2099-01-05T09:01:00Z")
        + line("2026-01-05T09:06:00Z").replace(",granted", ",granted,too,long"),
    )
    # Without a header the first record is taken for one.
    nest.write("landing/web/b.csv", line("2026-01-05T09:00:00Z"))
    nest.write(
        "customers.csv",
        f"user_id,email,kind,memo\n{CANARIES['user']},canary.known@nest.example,"
        "buys,knows canary.known@nest.example\n",
    )
    said = [_said(nest, "run", "--log", "json")]
    # A night that stops at a source that cannot be trusted, and one whose adapter cannot cast.
    nest.configure(
        SHOP_WITH_VAULT, good, SOURCE.format(name="strict", format="events", rate=0), KNOWN
    )
    nest.write("landing/strict/a.csv", header + line("never") + line("2026-01-06T09:00:00Z"))
    said.append(_said(nest, "run", "--debug", "--log", "json", answer=5))
    said.append(_said(nest, "run", "--debug", answer=5))
    said.append(_said(nest, "run", "--dry-run", "--debug", answer=5))
    nest.configure(SHOP_WITH_VAULT, good, SOURCE.format(name="strict", format="own", rate=1), KNOWN)
    nest.write("queries/clean/own.sql", BROKEN)
    said.append(_said(nest, "run", "--debug", answer=5))
    nest.configure(SHOP_WITH_VAULT, good, KNOWN)
    nest.write("landing/web/c.csv", header + line("2026-01-07T09:00:00Z", "search"))
    said.append(_said(nest, "run", "--log", "json"))
    said += [_said(nest, *command) for command in (("status",), ("rejects",), ("check",))]
    said.append(_said(nest, "export", nest.dir / "exported"))
    said.append(_said(nest, "audience", "--format", "google", "--out", nest.dir / "google.csv"))
    said.append(_said(nest, "audience", "--format", "meta", "--out", nest.dir / "meta.csv"))
    said.append(_said(nest, "graph", "--format", "ocel", "--out", nest.dir / "log.ocel.json"))
    nest.write("said.txt", "\n".join(said))
    return nest


def _said(nest: Project, *command: object, answer: int = 0) -> str:
    told = recorrido(*command, "--config", nest.config, answer=answer)
    return told.stdout + told.stderr


def written(nest: Project) -> Iterator[Path]:
    """Give every file that the product wrote, the vault aside."""
    ours = [nest.dir / name for name in ("landing", "queries", "customers.csv", "secrets")]
    for file in sorted(nest.dir.rglob("*")):
        is_input = any(file.is_relative_to(each) for each in ours)
        if file.is_file() and not is_input and file.name != "vault.duckdb":
            yield file


def found(content: bytes) -> list[str]:
    """List the canaries in some bytes, whatever their case."""
    lower = content.lower()
    return [canary for canary in SOUGHT if canary.lower().encode() in lower]


def test_there_is_something_to_seek_in(nest: Project) -> None:
    names = {file.name for file in written(nest)}
    assert {"journeys.duckdb", "report.html", "stage.graphml", "google.csv", "said.txt"} <= names
    assert nest.column("select count(*) from core.touchpoints") == [3]
    vault = (nest.dir / "warehouse" / "vault.duckdb").read_bytes()
    assert "canary.known@nest.example" in found(vault)
    assert (nest.dir / "google.csv").read_text().count("\n") > 1


def test_no_canary_is_in_any_byte_that_was_written(nest: Project) -> None:
    singing = {str(file): found(file.read_bytes()) for file in written(nest)}
    assert {name: canaries for name, canaries in singing.items() if canaries} == {}


def test_no_canary_is_in_the_publication_without_compression(nest: Project, tmp_path: Path) -> None:
    plain = tmp_path / "plain.duckdb"
    with duckdb.connect() as copier:
        copier.execute("set force_compression = 'uncompressed'")
        copier.execute(f"attach '{nest.published}' as packed (read_only)")
        copier.execute(f"attach '{plain}' as plain")
        copier.execute("copy from database packed to plain")
        copier.execute("checkpoint plain")
    content = plain.read_bytes()
    assert b"view_item" in content
    assert found(content) == []


def test_what_careless_tags_told_is_kept_without_the_mail(nest: Project) -> None:
    assert nest.rows(
        "select distinct page_url, campaign, product, channel, told_channel, told_traffic, "
        "device_type, click_id_type, currency, props from core.touchpoints"
    ) == [
        (
            "https://shop.example/me/-",
            "spring for -",
            "rose -",
            *["-"] * 5,
            "unknown",
            json.dumps({"note": "write to - or <->"}, separators=(",", ":")),
        )
    ]
    assert nest.column("select attributes from core.customers") == ['{"memo":"knows -"}']


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://s.org/a/b?c=d&e=f", "https://s.org/a/b"),
        ("https://s.org/a;jsessionid=17.node1?c=d", "https://s.org/a"),
        ("https://s.org/a;v=1;w=2/b;v=3/c", "https://s.org/a/b/c"),
        ("https://s.org/a&gclid=17&utm_source=x", "https://s.org/a"),
        ("https://s.org/a;b@x.org=c/d", "https://s.org/a/d"),
        ("https://s.org/r&d/a;b/aGk=/c=d", "https://s.org/r&d/a;b/aGk=/c=d"),
        ("https://s.org/#/a?c=d", "https://s.org/"),
    ],
)
def test_of_an_address_no_parameter_is_kept_wherever_it_stands(told: str, kept: str) -> None:
    with duckdb.connect() as database:
        database.execute(read_sql(shipped_dir() / "macros" / "addresses.sql"))
        assert database.execute("select bare_url(?)", [told]).fetchall() == [(kept,)]
