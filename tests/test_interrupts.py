"""SIGINT and SIGTERM end a night cleanly, whatever it does just then.

`make readers` sends them to more nights, at any moment, on a longer log.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from pipeline.interrupts import Interrupted, heeding_signals, now_stands, undisturbed
from tests.projects import SHOP, WEB, Project

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
NIGHTS = int(os.environ.get("RECORRIDO_INTERRUPTS", "0"))
TOUCHES = 300_000
STEPS = ("find", "load", "stitch", "tell", "rebuild", "sum", "check", "publish", "report")
PATIENCE = 30  # seconds until a night has ended, on a machine that does other things as well
LONG = (
    "select record_no, '2026-01-05T09:00:00Z'::timestamptz as occurred_at, 'search' as event, "
    "who as user_id from records where (select count(distinct a.i * b.i) "
    "from range(100000) as a (i) cross join range(100000) as b (i)) > 0"
)


@dataclass(frozen=True)
class Ended:
    """How an interrupted night ended: its code, what it said, and how long after the signal."""

    code: int
    message: str
    seconds: float


@contextmanager
def night(project: Project, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a night in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", "--log", "json", *options],
        cwd=project.dir,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(
    project: Project, step: str, number: signal.Signals, *, after: float, again: bool = False
) -> Ended:
    """Send a signal to a night some time after a step of it began, and perhaps once more."""
    with night(project, "--full") as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(line)
            event = json.loads(line)
            if (event["event"], event.get("step")) == ("step_started", step):
                break
        time.sleep(after)
        sent_at = time.monotonic()
        for _ in range(1 + again):
            process.send_signal(number)
            time.sleep(0.02 * again)
        told += process.stderr.readlines()
        code = process.wait(PATIENCE)
    assert "Traceback" not in "".join(told)
    errors = [json.loads(line)["message"] for line in told if '"event": "error"' in line]
    return Ended(code, " ".join(errors), time.monotonic() - sent_at)


def left_over(project: Project) -> list[str]:
    """List what a night is to take away again; the empty lock file stays."""
    names = {file.name for file in (project.dir / "warehouse").rglob("*")}
    return sorted(name for name in names if name.startswith(".") or name.endswith(".part"))


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.long)]
)
def test_a_long_query_ends_at_once_and_nothing_is_published(
    project: Project, number: signal.Signals
) -> None:
    project.configure(SHOP, WEB.replace('"events"', '"long"').partition("[sources.columns]")[0])
    project.write("queries/clean/long.sql", LONG)
    project.write("landing/web/a.csv", "who\nana\n")
    ended = interrupt(project, "load", number, after=0.5)
    assert ended.code == CODES[number]
    assert f"interrupted by {number.name}; nothing was published" in ended.message
    assert ended.seconds < PATIENCE
    assert left_over(project) == [".lock"]
    assert not project.published.exists()


@pytest.mark.long
def test_after_the_swap_an_interrupted_night_says_that_it_was_published(project: Project) -> None:
    project.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n")
    ended = interrupt(project, "report", signal.SIGINT, after=0, again=True)
    assert ended.code == 130
    assert "the night was published already; 'recorrido report'" in ended.message
    assert left_over(project) == [".lock"]
    assert project.column("select count(*) from core.touchpoints") == [1]


@pytest.mark.skipif(not NIGHTS, reason="make readers interrupts whole nights at any moment")
def test_a_night_interrupted_at_any_moment_leaves_the_last_publication(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(5)
    log = pl.select(number=pl.int_range(TOUCHES)).select(
        at=1_767_225_600 + pl.col("number").hash(1) % (86_400 * 120),
        event=pl.Series(["view_item", "search", "purchase"]).gather(pl.int_range(TOUCHES) % 3),
        who="u" + (pl.col("number").hash(2) % (TOUCHES // 8)).cast(pl.String),
    )
    project.write("landing/web/a.csv", log.write_csv())
    began = time.monotonic()
    with night(project) as process:
        process.communicate(timeout=600)
    whole = time.monotonic() - began
    before, slowest, codes = project.published.stat(), 0.0, []
    for _ in range(NIGHTS):
        step, number = chance.choice(STEPS), chance.choice(list(CODES))
        after = chance.random() * whole / 6
        ended = interrupt(project, step, number, after=after, again=chance.random() < 0.5)
        stands, before = before, project.published.stat()
        is_new = before.st_ino != stands.st_ino
        assert left_over(project) == [".lock"]
        assert project.column("select count(*) from core.touchpoints") == [TOUCHES]
        codes.append(ended.code)
        if ended.message:
            assert ended.code == CODES[number]
            assert ("published already" in ended.message) == is_new, ended
            slowest = max(slowest, ended.seconds)
        else:  # the night was done already
            assert is_new
    with capsys.disabled():
        counts = {code: codes.count(code) for code in sorted({*codes})}
        sys.stdout.write(f" {NIGHTS} nights, codes {counts}, slowest end {slowest:.1f} s ")


def test_only_the_first_signal_interrupts_so_that_cleaning_up_is_not_cut_short() -> None:
    done = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            done.append("cleaned")

    told = interruption_of(work)
    assert "SIGTERM; nothing was published" in str(told)
    assert told.exit_code == 143
    assert done == ["cleaned"]


def test_a_signal_waits_for_what_belongs_together() -> None:
    done = []

    def work() -> None:
        with undisturbed():
            signal.raise_signal(signal.SIGINT)
            with undisturbed():
                done.append("inner")
            done.append("outer")
            now_stands("the swap was made")
        done.append("later")

    assert "SIGINT; the swap was made" in str(interruption_of(work))
    assert done == ["inner", "outer"]


def test_a_signal_on_top_of_an_interruption_of_polars_does_not_cut_short_the_cleaning_up() -> None:
    done = []

    def work() -> None:
        try:
            raise KeyboardInterrupt
        finally:
            signal.raise_signal(signal.SIGINT)
            done.append("cleaned")

    assert interruption_of(work).exit_code == 130
    assert done == ["cleaned"]


def test_whatever_a_library_makes_of_a_signal_is_told_as_an_interruption() -> None:
    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None

    assert interruption_of(work).exit_code == 143


def interruption_of(work: Callable[[], None]) -> Interrupted:
    with pytest.raises(Interrupted) as caught, heeding_signals():
        work()
    return caught.value


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Give back what signals did before: after one that came, a command leaves that as it is."""
    before = {number: signal.getsignal(number) for number in CODES}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
