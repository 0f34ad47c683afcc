"""What a run tells of itself while it works: its steps, how long each took, and how many rows."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Step:
    """One step of a run; `rows` is what it handled, where that can be counted."""

    name: str
    seconds: float = 0.0
    rows: int | None = None


def _silent(*_told: object, **_facts: object) -> None:
    """Listen, and say nothing."""


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return f"{_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"


@dataclass
class Journal:
    """The record of one run: told as it happens to whoever listens, and kept in its manifest.

    `say` hears in words what begins, for people; `log` hears each event with its facts: its level,
    its name, and the rest by name.
    """

    say: Callable[[str], None] = _silent
    log: Callable[..., None] = _silent
    run_id: str = field(default_factory=_new_id)
    started_at: datetime = field(default_factory=_now)
    steps: list[Step] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, told: str | None = None) -> Iterator[Step]:
        """Tell of a step, and measure it; `name` stays the same for ever, `told` is for people."""
        self.say(told or name)
        self.log("info", "step_started", step=name)
        step = Step(name)
        began = time.monotonic()
        try:
            yield step
        finally:
            step.seconds = time.monotonic() - began
            self.steps.append(step)
            seconds = round(step.seconds, 3)
            self.log("info", "step_ended", step=name, seconds=seconds, rows=step.rows)

    def note(self, **facts: object) -> None:
        """Keep facts about the run for its manifest; a later word on one replaces an earlier."""
        self.facts.update(facts)

    def warn(self, event: str, message: str, **facts: object) -> None:
        """Tell of something odd that stops nothing."""
        self.log("warning", event, message=message, **facts)
