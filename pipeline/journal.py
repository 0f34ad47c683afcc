"""What a run tells of itself while it works: its steps, how long each took, and how many rows."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Step:
    """One step of a run; `rows` is what it handled, where that can be counted."""

    name: str
    seconds: float = 0.0
    rows: int | None = None


@dataclass
class Journal:
    """The steps of one run, told as they begin to whoever listens."""

    say: Callable[[str], None] = print
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Tell of a step, and measure it."""
        self.say(name)
        step = Step(name)
        began = time.monotonic()
        try:
            yield step
        finally:
            step.seconds = time.monotonic() - began
            self.steps.append(step)
