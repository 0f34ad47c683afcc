"""recorrido.toml as text: parsed, its ${NAMES} filled in, and every key's line known."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.errors import ConfigError

_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*=""")


def read_config(file: Path) -> tuple[dict[str, object], str]:
    """Read a config file: its tables, and its text for `line_of`."""
    try:
        text = file.read_text(encoding="utf-8-sig")  # as Windows writes it, with a mark
    except FileNotFoundError:
        raise ConfigError(
            f"there is no config file {file}. Make one with 'recorrido init', "
            "or name yours with --config FILE."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as UTF-8 text: {error}") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None
    filled = _fill(tables, file, text, ())
    assert isinstance(filled, dict)
    return filled, text


def line_of(text: str, location: Sequence[str | int]) -> int | None:
    """Find the line of a key, or of the nearest table around it; None where there is none."""
    wanted = tuple(str(part) for part in location)
    for depth in range(len(wanted), 0, -1):
        found = _lines(text).get(wanted[:depth])
        if found:
            return found
    return None


def key_of(location: Sequence[str | int]) -> str:
    """Spell a place in the config; of several tables of one name the first is 1."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    lines: dict[tuple[str, ...], int] = {}
    counts: dict[str, int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            brackets, name = header.group(1), header.group(2)
            parts = [part.strip().strip("\"'") for part in name.split(".")]
            if brackets == "[[":
                counts[name] = counts.get(name, -1) + 1
            table = tuple(_with_indexes(parts, counts))
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, next(filter(None, key.groups()))), number)
    return lines


def _with_indexes(parts: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """Put the number of each array of tables behind its name: sources → sources, 2."""
    indexed: list[str] = []
    for depth, part in enumerate(parts, start=1):
        indexed.append(part)
        name = ".".join(parts[:depth])
        if name in counts:
            indexed.append(str(counts[name]))
    return indexed


def _fill(value: object, file: Path, text: str, location: tuple[str | int, ...]) -> object:
    if isinstance(value, dict):
        return {key: _fill(item, file, text, (*location, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, file, text, (*location, at)) for at, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def environment(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(
                f"{file}, line {line_of(text, location)}: "
                f"{key_of(location)} asks for ${{{name}}}, "
                "which is not set in the environment."
            )
        return os.environ[name]

    return _ENVIRONMENT.sub(environment, value)
