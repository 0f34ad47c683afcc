"""The product and the plain loops give the same touches to one customer, on any log."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import identity_door, identity_reference
from tests.identity_reference import (
    Customers,
    Identifier,
    Row,
    Stitching,
    Touch,
    numbered,
    pseudonyms_under,
)
from tests.logs import MICROSECOND, one_of
from tests.projects import SHOP, Project

EXAMPLES = int(os.environ.get("RECORRIDO_EXAMPLES", "40"))
thorough = settings(max_examples=EXAMPLES, deadline=None)
# Each example runs two nights, too slow to look for a smaller one: that is for the test above it.
few = settings(
    max_examples=max(EXAMPLES // 50, 1),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

KEY = b"k" * 32
BEGINNING = datetime(2026, 1, 5, 9, tzinfo=UTC)
SOURCES = ("web", "app")
# Few of each, so that they meet.
STRONG = {
    "user_id": ("ana", "bob", "cleo"),
    "email": ("ana@a.org", "bob@a.org", "cleo@a.org"),
    "phone": ("600", "601"),
    "loyalty_id": ("l1", "l2"),
    "order_id": ("o1", "o2"),
}
WEAK = ("anonymous_id", "device_id", "network_user_id")
DEVICES = [
    *(Identifier("anonymous_id", source, value) for source in SOURCES for value in ("c1", "c2")),
    Identifier("device_id", "app", "c1"),
    *(Identifier("network_user_id", source, "n1") for source in SOURCES),
    Identifier("network_user_id", "web", "n2"),
]


# ---- Logs --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Log:
    """What happened, in no order, and what the customer file and the config say."""

    touches: list[Touch]
    known_customers: list[Row]
    stitching: Stitching


@st.composite
def strong_identifiers(draw: st.DrawFn, count: int) -> Row:
    """Draw some strong identifiers that are told together, each of another kind."""
    kinds = draw(st.permutations(sorted(STRONG)))[:count]
    return tuple(Identifier(kind, "", draw(st.sampled_from(STRONG[kind]))) for kind in kinds)


@st.composite
def touches_at(
    draw: st.DrawFn, moments: list[datetime], devices: list[Identifier], tells: tuple[int, ...]
) -> Touch:
    """Draw a touch, which tells one of some numbers of strong identifiers."""
    weak = draw(one_of(None, *devices, *devices))
    return Touch(
        touch_id="unnumbered",
        source=weak.namespace if weak else draw(one_of(*SOURCES)),
        occurred_at=draw(st.sampled_from(moments)),
        strong=draw(strong_identifiers(draw(st.sampled_from(tells)))),
        weak=weak,
        click_id=draw(one_of(None, "k1", "k2")),
        is_denied=draw(one_of(*[False] * 9, True)),
    )


@st.composite
def logs(draw: st.DrawFn, stitchings: st.SearchStrategy[Stitching], least: int = 1) -> Log:
    """Draw a log of few devices and few moments, about a backfill apart."""
    stitching = draw(stitchings)
    edges = [stitching.backfill + off for off in (-MICROSECOND, 0 * MICROSECOND, MICROSECOND)]
    moments = [BEGINNING]
    for gap in draw(st.lists(one_of(MICROSECOND, MICROSECOND, *edges), min_size=2, max_size=4)):
        moments.append(moments[-1] + gap)
    devices = draw(st.lists(st.sampled_from(DEVICES), min_size=1, max_size=4, unique=True))
    # Where most sign in nothing is pulled in, and where most tell much all are one person.
    tells = draw(one_of((0, 0, 1), (0, 0, 1), (0, 1, 1, 1, 2), (0, 1, 2, 2, 3)))
    touch, least = touches_at(moments, devices, tells), max(least, draw(one_of(1, 6, 12)))
    touches = draw(st.lists(touch, min_size=least, max_size=20))
    return Log(
        [replace(touch, touch_id=f"t{number:02}") for number, touch in enumerate(touches)],
        draw(st.lists(one_of(1, 2, 3).flatmap(strong_identifiers), max_size=2)),
        stitching,
    )


any_stitching = st.builds(
    Stitching,
    mode=one_of("two_way", "two_way", "last_person", "device_only"),
    backfill=one_of(timedelta(days=30), timedelta(hours=1)),
    max_links=one_of(1, 2, 3, 4, 50),
)


# ---- Nights ------------------------------------------------------------------------------------

SOURCE = """
    [[sources]]
    name = "{name}"
    channel = "web"
    format = "events"
    files = "landing/{name}/*"
    max_rejected_rate = 1
    [sources.columns]
    native_id = "id"
    product = "id"
    occurred_at = "at"
    event = "event"
    user_id = "user"
    email = "mail"
    phone = "phone"
    loyalty_id = "card"
    order_id = "order"
    anonymous_id = "cookie"
    device_id = "device"
    network_user_id = "net"
    click_id = "click"
    consent_analytics = "consent"
"""
CUSTOMER_FILE = """
    [segments]
    file = "customers.csv"
"""
HEADER = "id,at,event,user,mail,phone,card,order,cookie,device,net,click,consent\n"


def customers_after(
    nights: list[list[Touch]], known_customers: list[Row], project: Project
) -> Customers:
    """Run nights, each of two files a source, and give the customer of each touch.

    A record that tells of nobody is refused: it has none.
    """
    project.configure(SHOP, *(SOURCE.format(name=name) for name in SOURCES), CUSTOMER_FILE)
    project.write("secrets/pseudonym.key", KEY)
    cells = [cells_of(row, tuple(STRONG)) for row in known_customers]
    project.write("customers.csv", "\n".join([",".join(STRONG), *cells]) + "\n")
    for night, touches in enumerate(nights):
        for name in SOURCES:
            lines = [line_of(touch) for touch in touches if touch.source == name]
            for number in range(2):
                file = f"landing/{name}/{night}_{number}.csv"
                project.write(file, HEADER + "".join(lines[number::2]))
        project.run()
    told = project.rows("select product, customer_id from core.touchpoints")
    customers: Customers = dict(told)
    return {touch.touch_id: customers.get(touch.touch_id) for night in nights for touch in night}


def line_of(touch: Touch) -> str:
    """Write a touch as a line of a file."""
    weak = () if touch.weak is None else (touch.weak,)
    told = cells_of((*touch.strong, *weak), (*STRONG, *WEAK))
    consent = "denied" if touch.is_denied else ""
    clock = touch.occurred_at.isoformat()
    return f"{touch.touch_id},{clock},view_item,{told},{touch.click_id or ''},{consent}\n"


def cells_of(identifiers: Row, kinds: tuple[str, ...]) -> str:
    value_of = {identifier.type: identifier.value for identifier in identifiers}
    return ",".join(value_of.get(kind, "") for kind in kinds)


# ---- Agreement ---------------------------------------------------------------------------------


@thorough
@given(log=logs(any_stitching))
def test_the_product_agrees_with_the_reference(log: Log) -> None:
    told = (log.touches, log.stitching, log.known_customers)
    fast, plain = identity_door.customers_of(*told), identity_reference.customers_of(*told)
    assert numbered(fast) == numbered(plain)


@few
@given(log=logs(st.just(Stitching()), least=10), data=st.data())
def test_the_nights_agree_with_the_reference_however_the_log_is_split(
    unadorned: None, log: Log, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(log.touches))
    first_night = data.draw(st.integers(0, len(shuffled)))
    nights = [shuffled[:first_night], shuffled[first_night:]]
    with TemporaryDirectory() as directory:
        found = customers_after(nights, log.known_customers, Project(Path(directory)))
    plain = identity_reference.customers_of(
        log.touches, log.stitching, log.known_customers, pseudonyms_under(KEY)
    )
    assert numbered(found) == numbered(plain)
