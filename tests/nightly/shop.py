"""The shop of the nightly histories: its sources, its settings, and how a record is written down.

A record is one line of words: when, what, and whatever else it tells.

    d90+30m purchase user=u1 order=o1 value=10 money=EUR
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A Monday, at noon: days before and after are near months' ends, and silences end on the grid.
BEGINNING = datetime(2025, 1, 6, 12, tzinfo=UTC)
_MOMENT = re.compile(r"d(?P<days>\d+)(\+(?P<minutes>\d+)m)?(\+(?P<us>\d+)u)?(?P<how>[!~]?)")

# How the words of a record are called in files (and in [sources.columns]), by contract column.
WORDS = {
    "native_id": "id",
    "object_id": "object",
    "updated_at": "version",
    "received_at": "got",
    "source_seq": "seq",
    "user_id": "user",
    "email": "mail",
    "phone": "phone",
    "loyalty_id": "card",
    "order_id": "order",
    "shop_customer_id": "shopper",
    "anonymous_id": "cookie",
    "device_id": "device",
    "network_user_id": "net",
    "click_id": "click",
    "session_id": "session",
    "traffic": "traffic",
    "utm_source": "from",
    "utm_medium": "medium",
    "utm_term": "term",
    "campaign": "campaign",
    "page_url": "page",
    "channel": "where",
    "value": "value",
    "currency": "money",
    "rating": "stars",
    "consent_analytics": "analytics",
    "consent_ads": "ads",
    "consent_email": "mails",
    "is_bot": "bot",
    "is_machine": "machine",
    "is_test": "test",
}
# Of these too the value is a moment.
_MOMENTS = frozenset({"version", "got", "uploaded_at"})


def moment(told: str) -> datetime:
    """Read a moment such as d90+30m: days, minutes and microseconds (+1u) from the beginning."""
    found = _MOMENT.fullmatch(told)
    assert found, f"no moment: {told}"
    days, minutes, microseconds = (int(found[part] or 0) for part in ("days", "minutes", "us"))
    return BEGINNING + timedelta(days=days, minutes=minutes, microseconds=microseconds)


def written(told: str) -> str:
    """Write a moment as files have it.

    With a mark (d1!) in a way that a till reads once mended; with another (d1~) as clocks show it.
    """
    if not _MOMENT.fullmatch(told):
        return told
    if told.endswith("!"):
        return f"{moment(told):%d.%m.%Y %H:%M}"
    if told.endswith("~"):
        return f"{moment(told):%Y-%m-%d %H:%M:%S}"
    return moment(told).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Source:
    """A source of the shop: the tables of its config, and what its files may tell."""

    name: str
    words: tuple[str, ...]
    config: str
    head: tuple[str, ...] = ("at", "event")

    def toml(
        self, renamed: Mapping[str, str], channels: Mapping[str, str], reading: str = ""
    ) -> str:
        """Give its part of the config, with the words of events and channels as they are now.

        `reading` is what else it says of how its files are read.
        """
        known = [word for word in self.words if word in WORD_OF]
        columns = "".join(f'{WORD_OF[word]} = "{word}"\n' for word in known)
        spoken = "".join(
            f"[sources.{table}]\n" + "".join(f'{one} = "{other}"\n' for one, other in words.items())
            for table, words in (("events", renamed), ("channels", channels))
            if words
        )
        of_events = f'[sources.columns]\noccurred_at = "at"\nevent = "event"\n{columns}{spoken}'
        return (
            f'[[sources]]\nname = "{self.name}"\nfiles = "landing/{self.name}/*"\n'
            f"max_rejected_rate = 1\n{self.config}\n{reading}\n"
            + (of_events if self.is_of_events else "")
        )

    @property
    def is_of_events(self) -> bool:
        """Tell whether the source is a table of events whose columns the config names."""
        return 'format = "events"' in self.config

    def file(self, records: Iterable[str]) -> str:
        """Write records as a CSV file."""
        header = (*self.head, *self.words)
        lines = [",".join(self._cells(record)) for record in records]
        return "\n".join([",".join(header), *lines]) + "\n"

    def _cells(self, record: str) -> list[str]:
        first, *others = record.split(" ")
        placed = others[: len(self.head) - 1]
        told = dict(word.split("=", 1) for word in others[len(self.head) - 1 :])
        assert not told.keys() - set(self.words), f"{self.name} does not tell {told}"
        cells = [told.get(word, "") for word in self.words]
        return [
            self._when(first),
            *(self._when(one) for one in placed),
            *(written(c) if w in _MOMENTS else c for w, c in zip(self.words, cells, strict=True)),
        ]

    def _when(self, told: str) -> str:
        """Write a word as it is, but a moment as files do: sums and look-ups have its day only."""
        at = written(told)
        return at if self.head[0] == "at" else at.split("T", maxsplit=1)[0]


WORD_OF = {word: column for column, word in WORDS.items()}

# A till of its own make, whose lines may name people and touch nobody.
_TILL = """
-- One row per line of the till.
select
    record_no,
    event <> 'link' as is_touch,
    {time} as occurred_at,
    event,
    {id} as native_id,
    nullif("user", '') as user_id,
    nullif(mail, '') as email,
    {card} as loyalty_id,
    nullif("order", '') as order_id,
    nullif(mails, '') as consent_email,
    {times} * try_cast(nullif(value, '') as decimal(18, 4)) as value,
    'EUR' as currency
from records
"""
# A desk whose sales are of lines, and told anew as they change.
_DESK = """
-- One row per line of a sale.
select
    record_no,
    event <> 'void' as is_touch,
    nullif(basket, '') as basket_id,
    nullif(basket, '') as native_id,
    nullif(basket, '') as object_id,
    parse_time(version, 'UTC') as updated_at,
    try_cast(line as bigint) as source_seq,
    parse_time("at", 'UTC') as occurred_at,
    event,
    nullif("user", '') as user_id,
    nullif("order", '') as order_id,
    try_cast(nullif(value, '') as decimal(18, 4)) as value,
    'EUR' as currency
from records
"""
_NAIVE = {
    "time": "parse_time(\"at\", 'UTC')",
    "id": "nullif(id, '')",
    "card": "nullif(card, '')",
    "times": "1",
}
_MENDED = _NAIVE | {
    "time": f"coalesce({_NAIVE['time']}, formatted_time(\"at\", '%d.%m.%Y %H:%M', 'UTC'))"
}
# The first reads but one of the two ways in which the till writes a time; others read otherwise.
ADAPTERS = tuple(
    _TILL.format(**parts)
    for parts in (
        _NAIVE,
        _MENDED,
        _MENDED | {"times": "2"},
        _MENDED | {"id": "null::varchar"},
        _MENDED | {"card": "null::varchar"},
    )
)
# The other queries of the shop's own, by their formats.
QUERIES = {"desk": _DESK}

SOURCES = {
    source.name: source
    for source in (
        Source(
            "web",
            (
                *("id", "got", "user", "cookie", "order", "session", "click", "from", "medium"),
                *("term", "campaign", "where", "value", "money", "analytics", "ads", "bot"),
                *("seq", "page", "machine", "test", "topic"),
            ),
            'channel = "web"\nformat = "events"\nnamespace = "site"\nprops = ["topic"]',
        ),
        Source(
            "app",
            (
                *("id", "user", "cookie", "mail", "campaign", "traffic", "mails"),
                *("phone", "shopper", "device", "seq"),
            ),
            'channel = "app"\nformat = "events"\nnamespace = "site"',
        ),
        Source(
            "mail",
            ("id", "got", "mail", "campaign", "order", "mails"),
            'channel = "email"\nformat = "events"',
        ),
        Source(
            "ads",
            ("id", "click", "net", "campaign", "user"),
            'channel = "ads"\nformat = "events"',
        ),
        Source(
            "orders",
            ("object", "id", "version", "mail", "order", "value", "money"),
            'channel = "store"\nformat = "events"\nmutable = true',
        ),
        Source(
            "reviews",
            ("user", "order", "stars", "value"),
            'channel = "reviews"\nformat = "events"',
        ),
        Source(
            "till",
            ("id", "user", "mail", "card", "order", "mails", "value"),
            'channel = "store"\nformat = "till"',
        ),
        Source(
            "desk",
            ("basket", "line", "version", "user", "order", "value"),
            'channel = "store"\nformat = "desk"\nnamespace = "site"\nmutable = true',
        ),
        Source(
            "pos",
            (
                *("store_id", "terminal_id", "receipt_id", "local_time", "line_no", "line_total"),
                *("user_id", "loyalty_id", "original_receipt_id", "uploaded_at"),
            ),
            'channel = "store"\nformat = "pos"\nnamespace = "site"',
            head=("business_date", "line_type"),
        ),
        Source(
            "spend",
            ("part", "currency", "cost"),
            'channel = "ads"\nformat = "spend"',
            head=("day", "campaign"),
        ),
        Source(
            "keywords",
            ("campaign_name", "click_view_keyword_info_text"),
            'channel = "ads"\nformat = "google_ads_clicks"',
            head=("click_view_gclid", "segments_date"),
        ),
    )
}
ENDS_DETAILS = "keep_raw_days = 60"
# Each setting, and what it may be; the first is what holds where nothing else is said.
SETTINGS: dict[str, Sequence[str]] = {
    # The vault is another file, and a tenth of a small night.
    "warehouse": ("vault = false", "vault = true", "vault = false\n" + ENDS_DETAILS),
    "project": ("timezone = 'UTC'", "timezone = 'America/Santiago'"),
    "sessions": (
        "",
        "silence = '10m'",
        "silence = '2h'\nstore_silence = '2h'\ncontact_silence = '2h'",
        "break_on = ['midnight']",
        "break_on = ['campaign']",
        "use_source = true",
    ),
    "journeys": (
        "",
        "silence = '30d'",
        "after_silence = '60d'",
        "silence = '180d'\nafter_silence = '90d'",
    ),
    "identity": (
        "",
        "mode = 'device_only'",
        "mode = 'last_person'",
        "backfill = '1d'",
        "max_links = 1",
        "max_links = 2",
        "max_links = 2\nbackfill = '400d'",
    ),
    "places": ("", "store = 'online'", "app = 'contact'"),
    "paths": ("", "steps = 2\ntop = 1", "listed = 1"),
    "attribution": ("", "lookback = '30d'", "half_life = '1d'"),
    "orders": ("", "amount_rank = ['{last}']", "amount_rank = ['{first}']"),
    "goals": ("", "research = { advance_rate = 0.5 }", "evaluation = { goal_rate = 0.1 }"),
    "segments": (
        "-",
        "file = 'customers.csv'\ncolumn = 'kind'",
        "file = 'customers.csv'\ncolumn = 'age'",
        "file = 'customers.csv'\nattributes = ['kind', 'age']",
    ),
    "rates": ("-", "file = 'rates.csv'"),
    "traffic": ("", "brand = ['flores']"),
    "traffic.rules": (
        "-",
        "traffic = 'partners'\nsource = ['guia']",
        "traffic = 'ours'\ncampaign = ['c1']",
        "traffic = 'branded'\nbrand = true",
    ),
    "stages.rules": (
        "-",
        "event = 'mystery'\nstage = 'evaluation'\ngoal = true",
        "event = 'view_item'\nchannel = 'web'\nstage = 'need'",
        "event = 'page_view'\nstage = 'ignored'\nstage_after = 'experience'",
        "event = 'purchase'\nchannel = 'web'\nstage = 'ignored'",
        "event = 'complaint'\nstage = 'outcome'\nsentiment = 1",
        "event = 'page_view'\nstage = 'evaluation'\nprops = { topic = ['a'] }",
    ),
}
# How files of two sources are read. They are read again where it changes, so they are never moved.
READINGS: Mapping[str, Sequence[str]] = {
    "app": (
        "",
        "timezone = 'America/Santiago'",
        "timezone = 'America/Santiago'\nambiguous_time = 'later'",
        "timezone = 'America/Santiago'\nambiguous_time = 'refuse'",
        "order_space = 'apart'",
    ),
    "pos": ("", "timezone = 'America/Santiago'", "mutable = true"),
}
# Words of the sources' own: events and channels, told anew of what is stored.
RENAMED: Sequence[Mapping[str, str]] = (
    {},
    {"mystery": "add_to_cart"},
    {"page_view": "search", "mystery": "refund"},
    {"view_item": "unheard_of"},
)
CHANNELS: Sequence[Mapping[str, str]] = ({}, {"kiosk": "store"}, {"kiosk": "support"})
_LISTS = frozenset({"traffic.rules", "stages.rules"})


@dataclass(frozen=True)
class Config:
    """The config as it stands: its sources in their order, and what was set."""

    sources: tuple[str, ...]
    chosen: tuple[tuple[str, int], ...] = ()

    def having(self, name: str, choice: int) -> "Config":
        """Give the config with one setting changed."""
        return Config(
            self.sources, (*(one for one in self.chosen if one[0] != name), (name, choice))
        )

    def has_orders_apart(self) -> bool:
        """Tell whether a source's orders are told apart from those of the others."""
        return "order_space" in self.toml()

    def toml(self) -> str:
        """Write it as recorrido.toml."""
        chosen = dict(self.chosen)
        parts = []
        for name, choices in SETTINGS.items():
            told = choices[chosen.get(name, 0)]
            told = (
                told.format(first=self.sources[0], last=self.sources[-1])
                if "{l" in told or "{f" in told
                else told
            )
            bracket = f"[[{name}]]" if name in _LISTS else f"[{name}]"
            if told not in ("", "-"):
                parts.append(f"{bracket}\n{told}\n" + ("currency = 'EUR'\n" * (name == "project")))
        events = RENAMED[chosen.get("events", 0)]
        channels = CHANNELS[chosen.get("channels", 0)]
        for source in map(SOURCES.__getitem__, self.sources):
            spoken = channels if "where" in source.words else {}
            readings = READINGS.get(source.name, ("",))
            reading = readings[chosen.get(f"reading {source.name}", 0)]
            parts += [source.toml(events, spoken, reading)]
        return "\n".join(parts)


ALL_CHOICES: dict[str, int] = {
    **{name: len(choices) for name, choices in SETTINGS.items()},
    "events": len(RENAMED),
    "channels": len(CHANNELS),
    **{f"reading {name}": len(choices) for name, choices in READINGS.items()},
}
