"""A small shop and its history, drawn from a seed: what lies there before each command is typed.

A history is a chain of scenes; each begins where the one before it ended undisturbed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from tests.projects import SHOP_WITH_VAULT, Project

WEB = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    [sources.columns]
    native_id = "id"
    occurred_at = "at"
    received_at = "received"
    event = "event"
    user_id = "who"
    anonymous_id = "cookie"
    page_url = "page"
"""
STORE = """
    [[sources]]
    name = "store"
    channel = "store"
    format = "events"
    files = "landing/store/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
    email = "mail"
    order_id = "order"
    value = "amount"
"""
CALLS = """
    [[sources]]
    name = "calls"
    channel = "phone"
    format = "own"
    files = "landing/calls/*"
    max_rejected_rate = 0.9
"""
CUSTOMERS = """
    [segments]
    file = "customers.csv"
    column = "persona"
"""
RATES = """
    [rates]
    file = "rates.csv"
"""
LINEAGE = """
    [lineage]
    file = "lineage.ndjson"
"""
LESS_KEPT = """
    [warehouse]
    keep_raw_days = 30
    vault = false
"""
ANA = ("erase", "--id", "user_id=ana")
NEW_RULE = """
    [[stages.rules]]
    event = "store_visit"
    stage = "need"
"""
ADAPTER = "select record_no, {time} as occurred_at, 'call' as event, who as user_id from records\n"
NAIVE = "parse_time(moment, 'UTC')"
MENDED = "coalesce(parse_time(moment, 'UTC'), formatted_time(moment, '%d.%m.%Y %H:%M', 'UTC'))"
PEOPLE = ("ana", "bob", "cleo", "dan", "eva", "fay")
EVENTS = ("ad_click", "page_view", "search", "view_item", "add_to_cart", "begin_checkout")
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Scene:
    """A command, and what a user does before typing it.

    `then` is what is typed next, after a fault as well: the command itself, if that may come twice.
    A scene that `makes_key` begins without
    the project's key; where it `draws_page`, report and graph are never left out. One
    that `comes_again` does its work a second time, which makes a run more.
    """

    name: str
    argv: tuple[str, ...]
    prepare: Callable[[Project, Random], None]
    then: tuple[tuple[str, ...], ...] = ()
    makes_key: bool = False
    draws_page: bool = False
    comes_again: bool = False

    @property
    def recovery(self) -> tuple[tuple[str, ...], ...]:
        """The commands that are typed after a fault."""
        return self.then or (self.argv,)


def _as_it_is(project: Project, draw: Random) -> None:
    """Leave everything as it is."""


def _keyed(project: Project, draw: Random) -> None:
    project.write("secrets/pseudonym.key", b"k" * 32)
    _first(project, draw)


def _first(project: Project, draw: Random) -> None:
    _configure(project)
    project.write("queries/clean/own.sql", ADAPTER.format(time=NAIVE))
    project.write("customers.csv", "user_id,persona\nana,loyal\nbob,new\n")
    project.write("rates.csv", "day,currency,rate\n2026-01-01,CLP,0.001\n")
    # A blank line and a byte order mark: such a file is copied cleanly before it is read.
    web = "\ufeff" + _web(draw, "a", 12, PEOPLE[:4], days=40) + "\n\n"
    project.write("landing/web/1.csv", web)
    project.write("landing/store/1.csv", _store(draw, 6, PEOPLE[:4]))
    project.write(
        "landing/calls/1.csv", "moment,who\n2026-01-09T09:00Z,ana\n09.01.2026 10:00,bob\n"
    )


def _second(project: Project, draw: Random) -> None:
    """Bring late touches, a repeat, a conflict, a merge of two people, and a file that is cut."""
    first = (project.dir / "landing/web/1.csv").read_text(encoding="utf-8-sig").splitlines()
    repeat, told = first[1], first[2].split(",")
    conflict = ",".join([*told[:2], "2025-12-31T00:00:00Z", "login", *told[4:]])
    late = _web(draw, "b", 8, PEOPLE, days=80)
    project.write("landing/web/2.csv", f"{late}{repeat}\n{conflict}\n")
    for left in ("runs/killed.part", ".vault/vault.duckdb"):
        project.write(f"warehouse/{left}", "cut off")
    project.write("landing/store/cut.csv.gz", b"\x1f\x8b cut off")
    merge = f"{_at(draw, 60)},purchase,bob,dan@x.org,o-merge,9\n"
    project.write("landing/store/2.csv", _store(draw, 4, PEOPLE) + merge)


def _new_rule(project: Project, draw: Random) -> None:
    _configure(project, NEW_RULE)
    project.write("landing/store/3.csv", _store(draw, 2, PEOPLE))


def _mend(project: Project, draw: Random) -> None:
    project.write("queries/clean/own.sql", ADAPTER.format(time=MENDED))


def _more(project: Project, draw: Random) -> None:
    project.write("landing/web/4.csv", _web(draw, "d", 5, PEOPLE, days=90))


def _keep_less(project: Project, draw: Random) -> None:
    _configure(project, NEW_RULE, LESS_KEPT)
    project.write("landing/web/5.csv", _web(draw, "e", 3, PEOPLE, days=95))


def _configure(project: Project, *more: str) -> None:
    project.configure(SHOP_WITH_VAULT, *more, WEB, STORE, CALLS, CUSTOMERS, RATES, LINEAGE)


def _web(draw: Random, prefix: str, count: int, people: tuple[str, ...], *, days: int) -> str:
    rows = ["id,at,received,event,who,cookie,page"]
    for number in range(count):
        at, who = _at(draw, days), draw.choice(people)
        named = who if draw.random() < 0.5 else ""
        cookie = f"cookie-{who}" if draw.random() < 0.9 else "cookie-shared"
        event, page = draw.choice(EVENTS), f"https://x.org/{draw.randint(1, 9)}"
        rows.append(f"{prefix}{number},{at},{at},{event},{named},{cookie},{page}")
    return "\n".join(rows) + "\n"


def _store(draw: Random, count: int, people: tuple[str, ...]) -> str:
    rows = ["at,event,who,mail,order,amount"]
    for _ in range(count):
        at, who = _at(draw, 70), draw.choice(people)
        if draw.random() < 0.5:
            mail = f"{who}@x.org" if draw.random() < 0.5 else ""
            rows.append(
                f"{at},purchase,{who},{mail},o-{draw.getrandbits(32)},{draw.randint(1, 90)}"
            )
        else:
            rows.append(f"{at},store_visit,{who},,,")
    return "\n".join(rows) + "\n"


def _at(draw: Random, days: int) -> str:
    return f"{BEGIN + timedelta(minutes=draw.randrange(days * 24 * 60)):%Y-%m-%dT%H:%M:%SZ}"


HISTORIES = (
    (
        Scene("a new project", ("init",), _as_it_is, makes_key=True),
        Scene("the night after", ("run",), _as_it_is, makes_key=True),
    ),
    (Scene("a night that makes its key", ("run",), _first, makes_key=True),),
    (
        Scene("a first night", ("run",), _keyed),
        Scene("a second night", ("run",), _second),
        Scene("a changed rule", ("run",), _new_rule),
        Scene("a replay", ("rejects", "--replay"), _mend, comes_again=True),
        Scene("a rehearsal", ("run", "--dry-run"), _more),
        Scene("another night", ("run",), _as_it_is, draws_page=True),
        Scene("a page", ("report",), _as_it_is),
        Scene("an export", ("export", "out"), _as_it_is),
        Scene("a log of objects", ("graph", "--format", "ocel", "--out", "log.json"), _as_it_is),
        Scene("trials of settings", ("sensitivity",), _as_it_is),
        Scene("an audience", ("audience", "--out", "audience.csv"), _as_it_is),
        Scene("an erasure", ANA, _as_it_is, then=(("run",), ANA, ("run",)), comes_again=True),
        Scene("less kept", ("run",), _keep_less),
        Scene("a way back", ("rollback",), _as_it_is, then=(("run",),)),
    ),
)
