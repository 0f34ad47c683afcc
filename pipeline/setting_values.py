"""What a value of recorrido.toml may be: lengths of time, sizes, zones, names, patterns."""

import re
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.contract import CLICKS, CONTRACT, SPEND
from pipeline.traffic_rules import words
from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS

Language = Literal["es", "en"]
TimeUnit = Literal["s", "ms", "us"]
AmbiguousTime = Literal["earlier", "later", "refuse"]
StitchingMode = Literal["two_way", "device_only", "last_person"]

CURRENCY = "^[A-Z]{3}$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
SOME_TEXT = r"\S"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_LONGEST = timedelta(days=36_500)
_LEAST_MEMORY, _MOST_MEMORY = 200 * 10**6, 1000 * 10**12
# Copies of the database of zones, and files of it that are none.
_ZONES_APART = ("posix/", "right/")
_NO_ZONES = ("localtime", "posixrules", "Factory")


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError("expected a length of time such as '30m', '24h' or '90d'")
    try:
        duration = timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})
    except OverflowError:
        duration = timedelta.max
    if duration > _LONGEST:
        raise ValueError(f"expected at most {_LONGEST.days}d")
    return duration


def _size(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*([KMGT]B)", value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError("expected a size such as '4GB' or '800MB'")
    size = int(match.group(1)) * _BYTES[match.group(2)]
    if size < _LEAST_MEMORY:
        raise ValueError(f"expected at least {_LEAST_MEMORY // 10**6}MB")
    if size > _MOST_MEMORY:
        raise ValueError(f"expected at most {_MOST_MEMORY // 10**12}TB")
    return size


def _zone(value: str) -> str:
    """Take a zone of the database of zones, under a name that DuckDB knows as well."""
    try:
        ZoneInfo(value)
        if value.startswith(_ZONES_APART) or value in _NO_ZONES:
            raise ValueError
    except (KeyError, ValueError, OSError):
        raise ValueError("expected a time zone such as 'America/Santiago' or 'UTC'") from None
    return value


def _field(value: str) -> str:
    if value not in (fields := {**CONTRACT, **SPEND, **CLICKS}):
        close = get_close_matches(value, fields, n=1)
        mend = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(CONTRACT)}"
        raise ValueError(f"expected a field of the input contract; {mend}")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression; {error}") from None
    return value


def _own_path(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("expected a path, or no such key where none is needed")
    if isinstance(value, str) and value.startswith("~"):
        raise ValueError("expected a path written out, for ~ is not expanded; ${HOME} is")
    return value


def _address(value: str) -> str:
    expected = "expected an address, such as 'https://catalogue.example.com/api/v1/lineage'"
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or not value.isascii() or re.search(r"\s", value):
        raise ValueError(expected)
    if "@" in parts.netloc:
        raise ValueError(f"{expected}, without user and password; a secret is the `token`")
    return value


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _brand(value: str) -> str:
    if not words(value):
        raise ValueError("expected a brand's name, in letters or digits")
    return value


def _channel(value: str) -> str:
    if "/" in value:
        raise ValueError(
            "expected a channel's name without a slash, for channel/event is the name of a "
            f"touchpoint: '{value.replace('/', '-')}', as one that a file brings is told"
        )
    return value


def _attribute(value: str) -> str:
    if _letters(value) in {_letters(name) for name in (*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS)}:
        raise ValueError(
            "expected a column that names nobody; this one is an identifier, and no raw identifier "
            "enters the warehouse"
        )
    return value


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


RegularExpression = Annotated[str, AfterValidator(_pattern)]
Currency = Annotated[str, Field(pattern=CURRENCY)]
FieldName = Annotated[str, AfterValidator(_field)]
Address = Annotated[str, AfterValidator(_address)]
Channel = Annotated[str, AfterValidator(_channel)]
AttributeName = Annotated[str, AfterValidator(_attribute)]
Brands = Annotated[tuple[Annotated[str, AfterValidator(_brand)], ...], BeforeValidator(_listed)]
Patterns = Annotated[tuple[Annotated[str, Field(pattern=SOME_TEXT)], ...], BeforeValidator(_listed)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
OwnPath = Annotated[Path, BeforeValidator(_own_path)]
FilePattern = Annotated[str, BeforeValidator(_own_path)]
Size = Annotated[int, BeforeValidator(_size)]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, Field(pattern=NAME)]
