"""Small logs for event funnels: drawn in a line, or at random with few words and many ties."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.journey.event_funnel import Funnel, add_names, find_chains
from tests.funnel_reference import Row

EXAMPLES = int(os.environ.get("RECORRIDO_EXAMPLES", "40"))
thorough = settings(max_examples=EXAMPLES)
brief = settings(max_examples=max(EXAMPLES // 4, 1))

NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "unit": pl.String,
    "occurred_at": pl.Datetime("us", "UTC"),
    "touch_no": pl.Int64,
    "event": pl.String,
    "channel": pl.String,
}
Asked = dict[str, Any]


def chains_of(touches: list[Row], **asked: Any) -> list[Row]:
    """Ask the kernel; its rows by unit."""
    funnel = Funnel(**asked)
    named = add_names(pl.DataFrame(touches, schema=SCHEMA), funnel)
    return find_chains(named, funnel).sort("unit").to_dicts()


def depths(chains: list[Row]) -> dict[str, int]:
    return {chain["unit"]: chain["deepest_step"] for chain in chains}


def touches_of(log: str, unit: str = "ana") -> list[Row]:
    """Read a log such as `a0 app/b5`: events, each with the minute after nine."""
    touches = []
    for touch_no, word in enumerate(log.split(), start=1):
        channel, _, told = word.rpartition("/")
        touches.append(
            {
                "unit": unit,
                "occurred_at": NINE + int(told[1:]) * MINUTE,
                "touch_no": touch_no,
                "event": told[0],
                "channel": channel or "web",
            }
        )
    return touches


WORDS = (*"aaabbbccx", "app/a", "app/b")
UNITS = ("ana", "bob", "cleo", "dora", "eva", "fay")


@st.composite
def logs(draw: st.DrawFn) -> list[Row]:
    """Draw a few touches of some units: few words, many ties."""
    touches = []
    for unit in UNITS:
        minutes = sorted(draw(st.lists(st.integers(0, 4), max_size=7)))
        words = [draw(st.sampled_from(WORDS)) for _ in minutes]
        log = zip(words, minutes, strict=True)
        touches += touches_of(" ".join(f"{word}{at}" for word, at in log), unit)
    return touches
