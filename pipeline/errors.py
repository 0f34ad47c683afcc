"""Everything that can go wrong on purpose.

PipelineError
├── ConfigError       exit 2: usage, or recorrido.toml
├── LawError          exit 3: a law is broken, nothing was published
├── LockedError       exit 4: another run holds the lock
├── SourceError       exit 5: a source cannot be trusted tonight, nothing was published
├── QueryError        exit 2: a query that an analyst or an adapter wrote does not run
└── RefusedFile       one file is refused whole; the others load

A message says what was expected, what was found, and where to mend it.
"""


class PipelineError(Exception):
    """The base of all that the command reports as a bare message."""

    exit_code = 1


class ConfigError(PipelineError):
    """A wrong option, key or value, or a file that the config names and that is not there."""

    exit_code = 2


class LawError(PipelineError):
    """A law of the published tables does not hold."""

    exit_code = 3


class LockedError(PipelineError):
    """Another run is at work on the same warehouse."""

    exit_code = 4


class SourceError(PipelineError):
    """A source has no readable file, or too many refused records."""

    exit_code = 5


class QueryError(PipelineError):
    """A query cannot be read, bound or run; `is_of_text` if no data could make it run."""

    exit_code = 2

    def __init__(self, message: str, *, is_of_text: bool = False) -> None:
        super().__init__(message)
        self.is_of_text = is_of_text


class RefusedFile(PipelineError):  # noqa: N818 - it is an outcome of loading, counted and listed
    """One file cannot be loaded; `reason` is its code in ops.rejects."""

    exit_code = 5

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
