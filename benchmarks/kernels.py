"""Each kernel on millions of touches: seconds, memory, and the ratio to sorting the touches.

The kernels run as in a night, through `rebuild`, on one frame of invented touches, and an event
funnel after them. A line tells what each took, and how high memory stood above the frame while it
ran (on Linux; elsewhere a dash). The sort is Polars sorting the same touches by customer and time.
"""

import argparse
import functools
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

import polars as pl

from benchmarks.night import invent
from pipeline.journey import rebuild as night
from pipeline.journey.event_funnel import Funnel, find_chains
from pipeline.journey.kinds import describe_kinds
from pipeline.rulebook import Rulebook

Given = ParamSpec("Given")
Made = TypeVar("Made")
_KIND = ["event", "channel", "source", "is_machine"]
_CLEAR_PEAK = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class Stopwatch:
    """Measures calls, and prints a line of each."""

    def __init__(self) -> None:
        self.sort_seconds = 0.0
        self.base = 0.0

    def timed(self, name: str, call: Callable[Given, Made]) -> Callable[Given, Made]:
        """Wrap a call so that each run of it is told."""

        @functools.wraps(call)
        def wrapper(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            if _CLEAR_PEAK.exists():
                _CLEAR_PEAK.write_text("5", encoding="ascii")
            started = time.perf_counter()
            made = call(*args, **kwargs)
            self._tell(name, time.perf_counter() - started)
            return made

        return wrapper

    def _tell(self, name: str, seconds: float) -> None:
        if not self.sort_seconds:
            self.sort_seconds = seconds
        peak = _gigabytes("VmHWM")
        memory = f"{peak - self.base:5.2f} GB" if peak else "-"
        print(f"{name:<24} {seconds:6.2f} s  {memory}  {seconds / self.sort_seconds:5.2f}")


def main() -> None:
    """Measure, and print what was measured."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--touches", type=int, default=10_000_000)
    touches, kinds, rulebook = _read(wanted.parse_args().touches)
    cut_off: datetime = touches["occurred_at"].max()  # type: ignore[assignment]
    stopwatch = Stopwatch()
    stopwatch.base = _gigabytes("VmRSS")
    print(f"{touches.height} touches, {stopwatch.base:.2f} GB with the frame")
    stopwatch.timed("sort", _sort)(touches)
    kernels = {
        name: part
        for name, part in vars(night).items()
        if callable(part) and getattr(part, "__module__", "").startswith("pipeline.journey.")
    }
    for name, kernel in kernels.items():
        if kernel.__module__ != night.__name__ and name not in _BRICKS:
            setattr(night, name, stopwatch.timed(name, kernel))
    stopwatch.timed("all together", night.rebuild)(touches, kinds, rulebook, cut_off=cut_off)
    named = touches.select(
        pl.int_range(pl.len()).alias("touch_no"),
        "occurred_at",
        unit="customer",
        name=pl.col("kind").cast(pl.UInt8),
    )
    stopwatch.timed("find_chains, 5 steps", find_chains)(named.filter(pl.col("name") < 5), _FUNNEL)


_FUNNEL = Funnel(("0", "1", "2", "3", "4"), timedelta(days=60))
# What kernels are built of, rather than a step of the way.
_BRICKS = {"last_row", "row_numbers", "scattered", "starts_run"}


def _sort(touches: pl.DataFrame) -> pl.DataFrame:
    return touches.select("customer", "occurred_at").sort("customer", "occurred_at")


def _read(count: int) -> tuple[pl.DataFrame, pl.DataFrame, Rulebook]:
    """Read invented touches as the kernels take them, the kinds of touch, and their rulebook."""
    rulebook = Rulebook(sources=("touches",))
    told = pl.scan_parquet(invent(count) / "*.parquet").with_columns(
        source=pl.lit("touches"), is_machine=pl.col("is_machine").fill_null(value=False)
    )
    kinds = told.select(_KIND).unique().sort(_KIND).collect()
    touches = (
        told.join(kinds.with_row_index("kind").lazy(), on=_KIND)
        .with_columns(
            customer=pl.col("customer").rank("dense"),
            touchpoint_id=pl.col("native_id").str.slice(0, 12),
            received_at=None,
            source_seq=None,
            value=(pl.col("value").cast(pl.Float64) * 10_000).cast(pl.Int64),
            sentiment=None,
            source_session_id=None,
        )
        .select(TOUCHES_READ)
        .collect()
        .cast(night.TOUCHES)  # type: ignore[arg-type]
    )
    return touches, describe_kinds(kinds, rulebook), rulebook


TOUCHES_READ = list(night.TOUCHES)


def _gigabytes(line: str) -> float:
    """Read a line of the process's status, 0 where there is none."""
    if not _STATUS.exists():
        return 0.0
    found = [text for text in _STATUS.read_text(encoding="ascii").splitlines() if line in text]
    return int(found[0].split()[1]) * 1024 / 1e9


if __name__ == "__main__":
    main()
