"""Event funnels over the published warehouse: what is asked, held against what there is."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ConfigError
from pipeline.journey.event_funnel import Funnel, add_names, find_chains, fits
from pipeline.queries import read_sql, shipped_dir
from pipeline.setting_values import Duration
from pipeline.warehouse import Warehouse, reading

Count = Literal["customers", "journeys", "sessions"]
By = Literal["channel", "traffic", "campaign", "device", "segment", "month"]

_MOST_STEPS = 32
# `purchse` is like `purchase`; `nope` is not like `open`.
_ALIKE = 0.8
_MOST_EVENTS = 20  # that a message lists


@dataclass(frozen=True, slots=True)
class Asked:
    """A funnel, and of whom; chains begin on the days from one to the other, both included."""

    funnel: Funnel
    count: Count = "customers"
    by: By | None = None
    from_day: date | None = None
    to_day: date | None = None


def ask_funnel(warehouse: Path, asked: Asked) -> pl.DataFrame:
    """Tell how many came to each step, what share of those before them, and how soon.

    One row per step, and value of `by`: an attribute of the chain's first touch, or the customer's
    segment. Columns as in queries/funnels/steps.sql.
    """
    _expect_sense(asked)
    with reading(warehouse) as published:
        published.set_variable("funnel_count", asked.count)
        published.set_variable("funnel_by", asked.by)
        published.run(f"create temp view counted_touches as {_query('counted_touches')}")
        kinds = _named(published.frame(_query("kinds")), asked)
        with published.view_of(kinds, "named_kinds"):
            touches = published.frame(_query("touches"))
        zone = ZoneInfo(published.value("select time_zone from ops.project"))
        chains = find_chains(touches, _in_days(asked, zone))
        of_first = touches.select("unit", "touch_no", "value")
        return _summed(published, chains.join(of_first, on=["unit", "touch_no"]), asked)


def length_of(text: str, option: str = "--within") -> timedelta:
    """Read a length of time as the config writes it: 14d."""
    try:
        length: timedelta = TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        expected = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{option}: {expected}, found {text!r}") from None
    return length


def for_people(steps: pl.DataFrame) -> pl.DataFrame:
    """Write shares as per cent, lengths of time in words, and a dash for an unknown value."""
    shares = [name for name, kind in steps.schema.items() if kind == pl.Float64]
    return steps.with_columns(
        (pl.col(shares) * 100).round(1), pl.col(pl.String).fill_null("-")
    ).select(
        pl.Series(
            name.removesuffix("_ms"),
            [_in_words(length) for length in steps[name]],
            dtype=pl.String,
        )
        if name.endswith("_ms")
        else pl.col(name)
        for name in steps.columns
    )


def _expect_sense(asked: Asked) -> None:
    funnel = asked.funnel
    if not funnel.steps:
        raise ConfigError(
            "expected at least one event, such as: "
            "recorrido funnel view_item add_to_cart purchase --within 14d"
        )
    if len(funnel.steps) > _MOST_STEPS:
        raise ConfigError(f"expected at most {_MOST_STEPS} steps, found {len(funnel.steps)}")
    if funnel.is_open and funnel.mode != "ordered":
        raise ConfigError(f"--open goes with --mode ordered alone, found --mode {funnel.mode}")
    if funnel.strict_increase and funnel.mode == "unordered":
        raise ConfigError("--strict-increase needs an order of steps; --mode unordered has none")
    if asked.from_day and asked.to_day and asked.from_day > asked.to_day:
        raise ConfigError(f"--from {asked.from_day} comes after --to {asked.to_day}")


def _named(kinds: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Say what each kind of touch is in the funnel, and keep those that it reads."""
    funnel = asked.funnel
    excluded = [name for name in funnel.exclusions if name not in funnel.names]
    meant = {name: kinds.filter(fits(name)) for name in (*funnel.names, *excluded)}
    for name, found in meant.items():
        if found.is_empty():
            raise ConfigError(
                f"among the touches of {asked.count} there is no '{name}'; {_mend(name, kinds)}"
            )
    for number, name in enumerate(funnel.names):
        for other in (*funnel.names[number + 1 :], *funnel.exclusions):
            _expect_apart(name, other, kinds)
    named = add_names(kinds, funnel).with_columns(is_other=pl.col("name") == funnel.other)
    return named if funnel.mode == "strict" else named.filter(~pl.col("is_other"))


def _expect_apart(name: str, other: str, kinds: pl.DataFrame) -> None:
    if name == other:
        raise ConfigError(f"'{name}' is a step and cannot be excluded too")
    both = kinds.filter(fits(name), fits(other))
    if not both.is_empty():
        channel, event, _ = both.row(0)
        raise ConfigError(
            f"'{name}' and '{other}' both mean {channel}/{event}: expected names of which a touch "
            "fits one at most"
        )


def _mend(name: str, kinds: pl.DataFrame) -> str:
    """Give names that are like it; where there are none, the most frequent."""
    events = kinds["event"].unique(maintain_order=True).to_list()
    places = kinds.select(pl.format("{}/{}", "channel", "event")).to_series().to_list()
    if close := get_close_matches(name, [*events, *places], n=3, cutoff=_ALIKE):
        return f"did you mean {', '.join(close)}?"
    if not events:
        return "there are none at all"
    listed = ", ".join(events[:_MOST_EVENTS])
    return f"there are {listed}{' …' if len(events) > _MOST_EVENTS else ''}"


def _in_days(asked: Asked, zone: ZoneInfo) -> Funnel:
    """Let chains begin on the days that are asked for, as the project's clocks have them."""

    def start(day: date, *, plus: timedelta = timedelta()) -> datetime:
        try:
            midnight = datetime.combine(day + plus, time(), tzinfo=zone)
            return midnight.astimezone(UTC)
        except OverflowError:
            raise ConfigError(f"expected a day that a log could hold, found {day}") from None

    return replace(
        asked.funnel,
        from_at=start(asked.from_day) if asked.from_day else None,
        before_at=start(asked.to_day, plus=timedelta(days=1)) if asked.to_day else None,
    )


def _summed(published: Warehouse, chains: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Sum chains up by step."""
    steps = pl.DataFrame({"event": _labels(asked.funnel)}).with_row_index("step", offset=1)
    with published.view_of(chains, "chains"), published.view_of(steps, "funnel_steps"):
        found = published.frame(_query("steps"))
    if not asked.funnel.is_open:
        found = found.drop("entered")
    found = found.rename({"units": asked.count})
    return found.rename({"value": asked.by}) if asked.by else found.drop("value")


def _labels(funnel: Funnel) -> list[str]:
    """Name the steps; unordered, step k is whichever was filled as the k-th."""
    if funnel.mode != "unordered":
        return list(funnel.steps)
    count = len(funnel.steps)
    return [f"any {number} of {count}" for number in range(1, count)] + [f"all {count}"]


def _in_words(milliseconds: int | None) -> str | None:
    """Write a length of time by its two largest units."""
    if milliseconds is None:
        return None
    if 0 < milliseconds < 1000:
        return "<1s"
    parts, left = [], milliseconds // 1000
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, seconds)
        parts.append(f"{count}{unit}")
    first = next((place for place, part in enumerate(parts) if part[0] != "0"), len(parts) - 1)
    return " ".join(parts[first : first + 2])


def _query(name: str) -> str:
    return read_sql(shipped_dir() / "funnels" / f"{name}.sql")
