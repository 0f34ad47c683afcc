"""What analysts ask: queries with parameters, run read-only on the published warehouse."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from pipeline.errors import ConfigError, QueryError
from pipeline.queries import read_sql, shipped, shipped_dir
from pipeline.warehouse import Warehouse, expect_one_select, reading

_DAYS = ("from_date", "to_date", "from_month", "to_month")
_COUNTS = ("top", "steps", "longest", "months", "at_least")
_MOST = 10**15
# What may be asked for by name, and where its names stand.
_NAMED = {
    "channel": "core.journeys.first_channel",
    "traffic": "core.journeys.first_traffic",
    "campaign": "core.journeys.first_campaign",
    "segment": "core.customers.segment",
}
# -- param: top = 20  -- how many paths
_PARAM = re.compile(r"^-- param: (\w+) = (.*?)(?:[ \t]+--[ \t].*)?$", re.MULTILINE)


def list_questions() -> list[str]:
    """List the shipped questions, each with the sentence that opens its file."""
    files = shipped("questions")
    width = max(len(file.stem) for file in files)
    return [f"{file.stem:<{width}}  {_first_sentence(read_sql(file))}" for file in files]


def ask(
    warehouse: Path,
    project_dir: Path,
    name: str,
    given: Sequence[str],
    *,
    memory: int | None = None,
) -> pl.DataFrame:
    """Run a question: one of the project's or the shipped ones by name, or a file of one's own."""
    file = _find(name, project_dir)
    sql = read_sql(file)
    params = _values(sql, name, given)
    with reading(warehouse, for_analysts=True, memory=memory) as published:
        if file in shipped("questions"):
            for named in _NAMED:
                expect_known(published, f"--param {named}", named, params.get(named))
        expect_one_select(published, sql)
        try:
            return published.frame(sql, params or None)
        except QueryError as error:
            if not error.is_of_text or file not in shipped("questions"):
                raise
            raise QueryError(
                f"{warehouse} does not know all that the question asks, as one that another "
                f"version wrote: 'recorrido run' writes it anew. ({error})",
                is_of_text=True,
            ) from None


def ask_shipped(
    warehouse: Path, name: str, params: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """Run a shipped query, with the parameters that it needs, on a publication of any version."""
    with reading(warehouse, for_analysts=True, any_layout=True) as published:
        return published.frame(read_sql(shipped_dir() / f"{name}.sql"), params)


def expect_known(warehouse: Warehouse, option: str, named: str, name: object) -> None:
    """Refuse a name that nobody has; what is empty by a slip looks like an answer that is true.

    `named` is what it names: a channel, traffic, campaign or segment.
    """
    if name is None:
        return
    table, _, column = _NAMED[named].rpartition(".")
    known = [one for (one,) in warehouse.rows(f"select distinct {column} from {table} order by 1")]
    if name not in known:
        close = get_close_matches(str(name), [one for one in known if one], n=3)
        there = f"did you mean {', '.join(close)}?" if close else "nobody has one like it"
        raise ConfigError(f"{option}: there is no {named} '{name}'; {there}")


def _find(name: str, project_dir: Path) -> Path:
    if name.endswith(".sql"):
        if Path(name).is_file():
            return Path(name)
        raise ConfigError(f"there is no file {name}")
    for folder in (project_dir / "queries" / "questions", shipped_dir() / "questions"):
        if (file := folder / f"{name}.sql").is_file():
            return file
    known = ", ".join(file.stem for file in shipped("questions"))
    raise ConfigError(f"there is no question '{name}'; there are {known}, or name a FILE.sql")


def _values(sql: str, name: str, given: Sequence[str]) -> dict[str, object]:
    """Give each parameter that the query declares its value; a default's type holds for it."""
    defaults = {key: _literal(text.strip()) for key, text in _PARAM.findall(sql)}
    used = set(re.findall(r"\$([A-Za-z_]\w*)", sql))
    values = {key: value for key, value in defaults.items() if key in used}
    for pair in given:
        key, equals, text = pair.partition("=")
        if not equals:
            raise ConfigError(f"--param: expected NAME=VALUE, found {pair!r}")
        if key not in used:
            known = ", ".join(sorted(used)) or "none"
            raise ConfigError(f"{name} has no parameter '{key}'; it has: {known}")
        values[key] = _typed(key, text, defaults)
    if missing := sorted(used - set(values)):
        raise ConfigError(f"{name} needs --param {missing[0]}=…")
    return values


def _typed(key: str, text: str, defaults: Mapping[str, object]) -> object:
    default = defaults.get(key)
    if isinstance(default, int | float):
        return _number(key, text, type(default))
    if key in _DAYS:
        try:
            # Python takes more forms of a day than DuckDB does, such as 20261031.
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ConfigError(
                f"--param {key}: expected a day such as 2026-10-31, found {text!r}"
            ) from None
    return text


def _number(key: str, text: str, kind: type[int] | type[float]) -> int | float:
    try:
        number = kind(text)
    except ValueError:
        raise ConfigError(f"--param {key}: expected a number, found {text!r}") from None
    least = 0 if key in _COUNTS else -_MOST
    if not least <= number <= _MOST:
        raise ConfigError(
            f"--param {key}: expected a number from {least} to {_MOST}, found {text!r}"
        )
    return number


def _literal(text: str) -> object:
    if text == "null":
        return None
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text.strip("'\"")


def _first_sentence(sql: str) -> str:
    return sql.splitlines()[0].removeprefix("--").strip()
