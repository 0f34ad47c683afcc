"""Everything that can go wrong on purpose.

PipelineError
├── ConfigError       exit 2: usage, or recorrido.toml
├── LawError          exit 3: a law is broken, nothing was published
├── LockedError       exit 4: another run holds the lock
├── SourceError       exit 5: a source cannot be trusted tonight, nothing was published
├── DiskError         exit 1: a disk is full, or the machine does not read or write
├── QueryError        exit 2: a query that an analyst or an adapter wrote does not run
└── RefusedFile       one file is refused whole; the others load

A message says what was expected, what was found, and where to mend it. What goes wrong besides is a
bug or an error of the machine (exit 1), or an interruption (exit 128 and the signal's number).
"""

import re
import traceback

FAILED, INTERRUPTED = 1, 130
# What shells add to a signal's number.
SIGNALLED = 128


class PipelineError(Exception):
    """The base of all that the command reports as a bare message."""

    exit_code = FAILED


class ConfigError(PipelineError):
    """A wrong option, key or value, or a file that the config names and that is not there."""

    exit_code = 2


class LawError(PipelineError):
    """A law of the published tables does not hold."""

    exit_code = 3


class LockedError(PipelineError):
    """Another run is at work on the same warehouse, or has changed what was read of it."""

    exit_code = 4


class SourceError(PipelineError):
    """A source has no readable file, or too many refused records."""

    exit_code = 5


class DiskError(PipelineError):
    """A disk is full, or the machine does not do what was asked of it.

    `errno` is the system's number for it, and `file` what it says it of, where that is known.
    """

    def __init__(self, message: str, *, errno: int | None = None, file: str | None = None) -> None:
        super().__init__(message)
        self.errno = errno
        self.file = file


class QueryError(PipelineError):
    """A query cannot be read, bound or run; `is_of_text` if no data could make it run.

    `about_value` names the kind of an error about a value, whose message may quote the value.
    """

    exit_code = 2

    def __init__(
        self, message: str, *, is_of_text: bool = False, about_value: str | None = None
    ) -> None:
        super().__init__(message)
        self.is_of_text = is_of_text
        self.about_value = about_value


class RefusedFile(PipelineError):  # noqa: N818 - it is an outcome of loading, counted and listed
    """One file cannot be loaded; `reason` is its code in ops.rejects."""

    exit_code = 5

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def exit_code_of(error: BaseException) -> int:
    """Give the code with which a command ends that this has stopped."""
    if isinstance(error, PipelineError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return getattr(error, "exit_code", INTERRUPTED)
    return FAILED


def is_bug(error: BaseException) -> bool:
    """Tell whether nobody foresaw this: neither we, nor the machine, nor who interrupted it."""
    return not isinstance(error, PipelineError | OSError | MemoryError | KeyboardInterrupt)


def may_be_told(error: BaseException) -> str:
    """Say what went wrong without a value of the data; of a bug only where it is."""
    if isinstance(error, QueryError) and error.about_value:
        return (
            f"a query cannot read a value ({error.about_value}). Which one is not told, for it may "
            "name a person; --debug shows it, with the traceback"
        )
    if isinstance(error, PipelineError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or type(error).__name__}"
    if isinstance(error, MemoryError):
        return (
            "the machine has no memory left for this; end what else needs it, or lift the limit "
            "(ulimit -v, MemoryMax), and run again"
        )
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "interrupted"
    return _where(error)


def _where(error: BaseException) -> str:
    """Say what kind of error it is, and in which line it came up."""
    stack = traceback.extract_tb(error.__traceback__)
    if not stack:
        return type(error).__name__
    file = re.split(r"[\\/]", stack[-1].filename)[-1]
    return f"{type(error).__name__} in {file}, line {stack[-1].lineno}"
