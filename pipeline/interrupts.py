"""SIGINT, SIGTERM and SIGHUP end a command once, cleanly, and never in the middle of a swap."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

_HEEDED = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
NOTHING = "nothing was published, all stands as before"


class Interrupted(KeyboardInterrupt):
    """The process was asked to end; `exit_code` is what shells expect: 130 for SIGINT, 143, 129."""

    def __init__(self, number: int, stands: str) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}; {stands}")
        self.exit_code = 128 + number

    def telling(self, stands: str) -> "Interrupted":
        """Give the same that tells of something else that stands."""
        return Interrupted(self.exit_code - 128, stands)


@dataclass
class Heard:
    """Which signals came so far, whether an exception has told of it, and what then stands."""

    signals: list[int] = field(default_factory=list)
    is_told: bool = False
    undisturbed: int = 0
    stands: str = NOTHING

    def end(self) -> Interrupted:
        """Make the exception that tells of the first signal, once."""
        self.is_told = True
        return Interrupted(self.signals[0], self.stands)

    def heed(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal in, and raise what tells of it, unless that has to wait."""
        self.signals.append(number)
        # Polars ends a kernel by a KeyboardInterrupt of its own, and this comes on top of it:
        # a second exception would cut short the cleaning up that the first one began.
        self.is_told |= isinstance(sys.exception(), KeyboardInterrupt)
        if not (self.is_told or self.undisturbed):
            raise self.end()


_heard = Heard()


@contextmanager
def heeding_signals() -> Iterator[Heard]:
    """Let the first of SIGINT, SIGTERM and SIGHUP raise Interrupted; later ones do nothing.

    Gives what was heard, and what stands when it ends.

    It is raised in the main thread. To be entered before Polars is imported: it listens to SIGINT
    too, behind whoever came first.
    A signal that the process was started to ignore stays ignored.
    """
    global _heard  # noqa: PLW0603 - signals are the process's, and so is what was heard of them
    heard, outer = Heard(), _heard
    is_main = threading.current_thread() is threading.main_thread()
    heeded = _HEEDED if is_main else ()  # Python lets no other thread say what signals do
    wanted = [number for number in heeded if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, heard.heed) for number in wanted}
    _heard = heard
    try:
        yield heard
    except BaseException as error:
        # Whatever a library made of it, it was the signal.
        if heard.signals and not isinstance(error, Interrupted):
            raise heard.end() from error
        raise
    finally:
        # After one that came, the process still has to say so, and Python takes its own handlers
        # away before it is done: one more would kill it, and be its exit code.
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if heard.signals else handler)
        _heard = outer


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let a signal wait until the block is done: for short steps that belong together."""
    heard = _heard
    heard.undisturbed += 1
    try:
        yield
    finally:
        heard.undisturbed -= 1
    if heard.signals and not heard.is_told and not heard.undisturbed:
        raise heard.end()


def now_stands(told: str) -> None:
    """Say what an interruption or an error from now on finds done already."""
    _heard.stands = told


def is_published() -> bool:
    """Tell whether the swap was made that this process was to make."""
    return _heard.stands != NOTHING
