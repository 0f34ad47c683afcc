"""How the command speaks: results to stdout; to stderr what went wrong, and how far it is."""

import codecs
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import typer

from pipeline.printable import printable, printable_json

Manner = Literal["text", "json"]
_SPELT = "recorrido.spelt"
_LOUD = ("warning", "error")


@dataclass
class Voice:
    """What a command says beside its result.

    As text for people: progress on a terminal, and errors. As JSON for machines: one object a line
    on stderr, with its time, level and event, and what all lines are `about`; the last one tells
    the `ending`, too. Quiet, it says only what went wrong.
    """

    manner: Manner = "text"
    quiet: bool = False
    about: dict[str, object] = field(default_factory=dict)
    ending: dict[str, object] = field(default_factory=dict)
    _is_deaf: bool = field(default=False, init=False)

    def tell(self, result: str) -> None:
        """Tell a person how it ended, on stdout.

        What was done is done, though whoever was to read of it has gone, or the log's disk is full.
        """
        if self.quiet or self._is_deaf:
            return
        try:
            typer.echo(printable(result, keep="\n"))
        except OSError as error:
            self._is_deaf = True
            forget_stdout()
            if not isinstance(error, BrokenPipeError):
                self.log("warning", "not_told", message=f"stdout: {error.strerror}; all was done")

    def progress(self, step: str) -> None:
        """Tell a person at a terminal what begins."""
        if self.manner == "text" and not self.quiet and sys.stderr and sys.stderr.isatty():
            _aside(f"  {printable(step)} …")

    def log(self, level: str, event: str, **facts: object) -> None:
        """Tell a machine what happened; a person hears of it where it is a warning.

        Facts that are not known are left out.
        """
        if self.manner == "text":
            if level == "warning":
                _aside(_as_words(facts["message"]))
            return
        if self.quiet and level not in _LOUD:
            return
        told = {"time": _now(), "level": level, "event": event, **self.about, **facts}
        _aside(_as_line(told))

    def wrong(self, message: str, **facts: object) -> None:
        """Tell what went wrong, in whichever manner."""
        if self.manner == "text":
            _aside(_as_words(message))
        else:
            self.log("error", "error", message=message, **facts)


def forget_stdout() -> None:
    """Write to nobody from now on, or else Python says at its end that it could not."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def spell_what_stdout_cannot() -> None:
    """Write letters that the encoding of stdout lacks as JSON escapes them: `\\u00f1`."""
    codecs.register_error(_SPELT, _spelt)
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.encoding.startswith("utf"):
        sys.stdout.reconfigure(errors=_SPELT)


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _aside(line: str) -> None:
    """Write a line to stderr; that nobody hears it, or the log's disk is full, stops nothing."""
    with suppress(OSError, ValueError):
        typer.echo(line, err=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_words(message: object) -> str:
    return f"recorrido: {printable(message, keep=chr(10))}"


def _as_line(facts: Mapping[str, object]) -> str:
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return printable_json(json.dumps(known, default=str, ensure_ascii=False))
