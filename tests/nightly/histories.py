"""Histories drawn at random: few people, few identifiers, times near the edges."""

from hypothesis import strategies as st

from tests.nightly.shop import ADAPTERS, ALL_CHOICES, READINGS, SOURCES
from tests.nightly.world import KEPT, Action

# Silences end after 10, 30 and 120 minutes, 1, 30, 60, 90 and 180 days: exactly, and just after.
# At d89+670m a clock in Santiago shows an hour that comes twice.
_DAYS = (0, 1, 2, 30, 31, 60, 89, 90, 91, 120, 150, 180, 181, 270, 271, 360)
_MINUTES = (
    *("", "", "+1m", "+10m", "+11m", "+30m", "+30m+1u", "+60m", "+120m"),
    *("+670m", "+720m", "+900m"),
)
_USERS = ("u1", "u2", "u3", "u4")
_MAILS = ("ana@a.org", "bob@a.org", "cleo@a.org")
_ORDERS = ("o1", "o2", "o3")
_COOKIES = ("k1", "k2", "k3")
_CLICKS = ("g1", "g2")
_CAMPAIGNS = ("c1", "c2", "flores")
_MONEY = ("EUR", "EUR", "USD", "GBP")
_VALUES = ("10", "7.5", "20", "-5")
_CONSENTS = ("granted", "denied")
# What a word may say; a record has a few of its source's words.
_SAYS: dict[str, tuple[str, ...]] = {
    "id": ("i1", "i2", "i3", "i4", "i5"),
    "object": ("b1", "b2"),
    "version": ("d0", "d1", "d2", "d200"),
    "got": ("d0", "d1", "d300"),
    "user": _USERS,
    "mail": _MAILS,
    "card": ("l1", "l2"),
    "order": _ORDERS,
    "cookie": _COOKIES,
    "net": ("n1", "n2"),
    "click": _CLICKS,
    "session": ("s1", "s2"),
    "traffic": ("push", "sms"),
    "from": ("google", "guia"),
    "medium": ("cpc", "organic"),
    "term": ("flores", "roses"),
    "campaign": _CAMPAIGNS,
    "where": ("kiosk", "app"),
    "value": _VALUES,
    "money": _MONEY,
    "stars": ("1", "3", "5"),
    "analytics": ("denied", "granted", "granted"),
    "ads": _CONSENTS,
    "mails": _CONSENTS,
    "bot": ("true",),
    "machine": ("true",),
    "test": ("true",),
    "seq": ("1", "2"),
    "page": ("https://flores.org/a?utm_source=guia&gclid=g1", "https://flores.org/b#x"),
    "topic": ("a", "b"),
    "phone": ("+34600111222", "+34600333444"),
    "shopper": ("h1", "h2"),
    "device": ("t1", "t2"),
    "basket": ("k1", "k2"),
    "line": ("1", "1", "2", "3"),
    "store_id": ("s",),
    "terminal_id": ("t",),
    "receipt_id": ("r1", "r2"),
    "local_time": ("12:00", "23:10"),
    "line_no": ("1", "1", "2", "3"),
    "line_total": ("10", "7.5", "-10", "none"),
    "user_id": _USERS,
    "loyalty_id": ("l1", "l2"),
    "original_receipt_id": ("s/t/2025-01-06/r1", "s/t/2025-01-07/r2"),
    "uploaded_at": ("d1", "d300"),
    "part": ("p1", "p2"),
    "currency": ("EUR", "USD"),
    "campaign_name": _CAMPAIGNS,
    "click_view_keyword_info_text": ("flores", "roses"),
}
# Words of which most records have one, for nobody has met who is not named.
_NAMES = ("user", "mail", "cookie", "net", "card", "user_id", "loyalty_id")
# Words that a source's record always has; the others it may have.
_ALWAYS = {
    "orders": ("object", "id", "version", "mail"),
    "spend": ("cost", "currency"),
    "reviews": ("user",),
    "keywords": ("campaign_name",),
    "desk": ("basket", "line", "version"),
    "pos": ("store_id", "terminal_id", "receipt_id", "local_time", "line_no", "line_total"),
}
_SHOP_EVENTS = (
    *("page_view", "page_view", "view_item", "view_item", "add_to_cart", "begin_checkout"),
    *("purchase", "purchase", "refund", "support_contact", "mystery", "ad_impression", "login"),
    *("usage", "order_delivered", "complaint"),
)
_EVENTS = {
    "web": _SHOP_EVENTS,
    "app": _SHOP_EVENTS,
    "mail": (
        "email_open",
        "email_open",
        "email_click",
        "email_unsubscribe",
        "mailing_received",
        "service_email_open",
    ),
    "ads": ("ad_impression", "ad_click", "ad_click"),
    "orders": ("purchase", "purchase", "order_cancelled", "order_delivered", "refund"),
    "reviews": ("review", "return", "recommend", "renewal"),
    "till": ("purchase", "purchase", "return", "store_visit", "link", "link"),
    "desk": ("purchase", "purchase", "purchase", "return", "void"),
    "pos": ("SALE", "SALE", "SALE", "RETURN", "VOID", "TENDER", "LOYALTY"),
}


def moments(last: int) -> st.SearchStrategy[str]:
    """Draw a moment on the grid, of one of the days up to the `last`: it, or as late as can be."""
    days = st.sampled_from(_DAYS[: last + 1]) | st.just(_DAYS[last])
    return st.builds(lambda day, minute: f"d{day}{minute}", days, st.sampled_from(_MINUTES))


@st.composite
def records(draw: st.DrawFn, source: str, last: int) -> str:
    """Draw a record of a source."""
    at = draw(moments(last))
    always = _ALWAYS.get(source, ())
    optional = [word for word in SOURCES[source].words if word not in always]
    some = draw(st.permutations(optional))[: draw(st.integers(0, 3))]
    if named := [word for word in _NAMES if word in optional]:
        some += draw(st.lists(st.sampled_from(named), min_size=1, max_size=1) | st.just([]))
    says = {word: draw(_said(word)) for word in SOURCES[source].words if word in (*always, *some)}
    if source == "orders":
        # What becomes of a touch that goes to another object hangs on the order of nights.
        says["id"] = f"{says['object']}-{says['id']}"
    words = " ".join(f"{word}={said}" for word, said in says.items())
    if source == "spend":
        return f"{at.split('+')[0]} {draw(st.sampled_from(_CAMPAIGNS))} {words}"
    if source == "keywords":
        return f"{draw(st.sampled_from(_CLICKS))} {at.split('+')[0]} {words}"
    if source == "till" and draw(st.integers(0, 5)) == 0:
        at = f"{at}!"
    if source == "app" and draw(st.booleans()):
        at = f"{at}~"
    return f"{at} {draw(st.sampled_from(_EVENTS[source]))} {words}".strip()


def _said(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from(("3", "4.5") if word == "cost" else _SAYS[word])


def landings(sources: tuple[str, ...], last: int) -> st.SearchStrategy[Action]:
    """Draw a new file, of touches up to the `last` of the days."""
    return st.tuples(st.sampled_from(sources), st.integers(1, 6)).flatmap(
        lambda file: _several(records(file[0], last), file[1]).map(
            lambda told: ("land", file[0], *told)
        )
    )


def _several(one: st.SearchStrategy[str], count: int) -> st.SearchStrategy[list[str]]:
    """Draw so many: lists of hypothesis's own length are mostly short."""
    return st.lists(one, min_size=count, max_size=count)


_SMALL = st.integers(0, 9)
_ERASED = (
    *("user_id=u1", "user_id=u2", "email=ana@a.org", "order_id=o1", "loyalty_id=l1"),
    "phone=+34600111222",
)
_PERSON = st.builds(
    lambda *cells: ",".join(cells),
    st.sampled_from(("", *_USERS)),
    st.sampled_from(("", *_MAILS)),
    st.sampled_from(("", "l1", "l2")),
    st.sampled_from(("", "gold", "blue")),
    st.sampled_from(("", "young", "old")),
)


def _file_actions(sources: tuple[str, ...]) -> dict[str, st.SearchStrategy[Action]]:
    some = st.sampled_from(sources)
    return {
        "again": st.builds(
            lambda source, picks: ("again", source, *picks),
            some,
            st.lists(_SMALL, min_size=1, max_size=4),
        ),
        "split": st.builds(lambda file, at: ("split", file, at), _SMALL, _SMALL),
        "merge": st.builds(
            lambda source, one, other: ("merge", source, one, other), some, _SMALL, _SMALL
        ),
        "rename": st.builds(lambda file: ("rename", file), _SMALL),
        "copy": st.builds(lambda file: ("copy", file), _SMALL),
        "reorder": st.builds(lambda file: ("reorder", file), _SMALL),
    }


def _settings(names: tuple[str, ...]) -> st.SearchStrategy[Action]:
    return st.sampled_from(sorted(names)).flatmap(
        lambda name: st.sampled_from((*range(1, ALL_CHOICES[name]), 0)).map(
            lambda choice: ("set", name, choice)
        )
    )


def _happenings(sources: tuple[str, ...]) -> dict[str, st.SearchStrategy[Action]]:
    return {
        **_file_actions(sources),
        "set": _settings(tuple(ALL_CHOICES)),
        "read": _settings(tuple(f"reading {source}" for source in READINGS)),
        "turn": st.just(("turn",)),
        "add": st.sampled_from(sorted(SOURCES)).map(lambda source: ("add", source)),
        "people": st.lists(_PERSON, max_size=3).map(lambda rows: ("people", *rows)),
        "rates": st.lists(
            st.builds(
                lambda day, rate: f"d{day},USD,{rate}",
                st.sampled_from((0, 30, 90)),
                st.sampled_from(("0.5", "2")),
            ),
            max_size=2,
            unique_by=lambda row: row.split(",")[0],
        ).map(lambda rows: ("rates", *rows)),
        "away": st.sampled_from(sorted(KEPT)).map(lambda source: ("away", source)),
        "back": st.just(("back",)),
        "adapter": st.integers(0, len(ADAPTERS) - 1).map(lambda choice: ("adapter", choice)),
        "rollback": st.just(("rollback",)),
        "erase": st.sampled_from(_ERASED).map(lambda one: ("erase", one)),
        "replay": st.just(("replay",)),
        "killed": st.integers(1, 250).map(lambda point: ("killed", point)),
        "compare": st.just(("compare",)),
    }


@st.composite
def nights(draw: st.DrawFn, sources: tuple[str, ...], kinds: list[str], last: int) -> list[Action]:
    """Draw what happens up to the next morning: mostly new files, at times something rarer."""
    happenings = _happenings(sources)
    files = draw(st.sampled_from((0, 1, 1, 1, 2, 2, 3)))
    actions = [draw(landings(sources, last)) for _ in range(files)]
    actions += [
        draw(happenings[draw(st.sampled_from(kinds))])
        for _ in range(draw(st.sampled_from((0, 1, 1, 2, 3))))
    ]
    # Most nights are as of their latest touch: a cut-off that goes back rebuilds everybody.
    today = f"d{_DAYS[last]}"
    as_of = draw(st.sampled_from((None,) * 16 + (today, f"{today}+720m", "d30", "d400")))
    how = draw(st.sampled_from(("night",) * 19 + ("full",)))
    return [*actions, (how, as_of)]


@st.composite
def histories(draw: st.DrawFn, most_nights: int = 6) -> list[Action]:
    """Draw a history: a few sources, some kinds of things that may happen in it, and nights."""
    others = draw(st.permutations(sorted(SOURCES.keys() - {"web"})))[: draw(st.integers(1, 3))]
    sources = tuple(draw(st.permutations(["web", *others])))
    kinds = draw(st.permutations(sorted(_happenings(sources))))[: draw(st.integers(2, 6))]
    start: list[Action] = [("start", *sources)]
    start += [draw(_settings(tuple(ALL_CHOICES))) for _ in range(draw(st.integers(0, 4)))]
    start += [("people", "u1,ana@a.org,l1,gold,young", "u2,,,blue,"), ("rates", "d0,USD,0.5")]
    # Time goes on from night to night, by leaps: so silences end, and what is late is late.
    last, told = draw(st.integers(0, 4)), []
    for _ in range(draw(st.integers(3, most_nights))):
        told.append(draw(nights(sources, kinds, last)))
        last = min(last + draw(st.integers(0, 5)), len(_DAYS) - 1)
    # Without any touch the cut-off would be the moment at which a night is run.
    start.append(("land", "web", "d0 page_view user=u4"))
    return [*start, *(action for night in told for action in night)]
