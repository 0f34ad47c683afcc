"""What all commands have in common: their options, their errors, and their exit codes."""

import inspect
import sys
import time
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from pipeline import __version__
from pipeline.cli.options import expect_text
from pipeline.cli.voice import Manner, Voice
from pipeline.errors import SIGNALLED, exit_code_of, is_bug, may_be_told
from pipeline.interrupts import NOTHING, heeding_signals
from pipeline.permissions import way_in

Body = TypeVar("Body", bound=Callable[..., None])

app = typer.Typer(
    help="Rebuild customer journeys from touchpoint logs, every night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_LogOption = Annotated[
    Manner, typer.Option("--log", help="How to speak on stderr: text, or json, an object a line.")
]
_QuietOption = Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")]
_DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
_COMMON: dict[str, tuple[Any, object]] = {
    "log": (_LogOption, "text"),
    "quiet": (_QuietOption, False),
    "debug": (_DebugOption, False),
}


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False,
) -> None:
    if version:
        typer.echo(f"recorrido {__version__}")
        raise typer.Exit


def command(body: Body) -> Body:
    """Make a function a command of its name, with --log, --quiet and --debug besides its own.

    A body that has a parameter `voice` is given what to speak with. Whatever it raises becomes one
    message and an exit code; a traceback is shown only with --debug.
    """
    wants_voice = "voice" in inspect.signature(body).parameters

    @wraps(body)
    def run(*, log: Manner, quiet: bool, debug: bool, **options: object) -> None:
        voice = Voice(log, quiet, {"command": body.__name__})
        began = time.monotonic()
        given = {**options, "voice": voice} if wants_voice else options

        def obey() -> None:
            for told in options.values():
                expect_text(*(told if isinstance(told, list) else [told]))
            body(**given)

        code = _code_of(obey, voice, debug=debug)
        seconds = round(time.monotonic() - began, 3)
        ending = {"outcome": _outcome_of(code), **voice.ending}
        voice.log("info", "ended", exit_code=code, seconds=seconds, **ending)
        if code:
            raise typer.Exit(code)

    _sign(run, body)
    app.command(name=body.__name__)(run)
    return body


def _sign(run: Any, body: Body) -> None:
    """Let the command show the options of its body, without its voice, and the common ones."""
    own = [one for one in inspect.signature(body).parameters.values() if one.name != "voice"]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _COMMON.items()
    ]
    own = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    run.__signature__ = inspect.Signature([*own, *common])
    run.__annotations__ = {one.name: one.annotation for one in [*own, *common]}


def _code_of(run: Callable[[], None], voice: Voice, *, debug: bool) -> int:
    """Run a command; give its exit code, once what went wrong has been told."""
    try:
        with heeding_signals() as heard:
            run()
    except (typer.Exit, BrokenPipeError):
        raise
    except (SystemExit, GeneratorExit):
        raise
    # Also what descends from BaseException alone, as a panic of Polars does.
    except BaseException as error:  # noqa: BLE001 - the last door
        code = exit_code_of(error)
        told = told_of(error)
        if heard.stands != NOTHING and not isinstance(error, KeyboardInterrupt):
            told += f" ({heard.stands}.)"
        voice.wrong(told, kind=type(error).__name__, exit_code=code)
        if debug:
            traceback.print_exc()
        return code
    return 0


def told_of(error: BaseException) -> str:
    """Say what went wrong; of a file that we may not open, also whose it is."""
    if isinstance(error, PermissionError) and isinstance(error.filename, str | Path):
        return f"{may_be_told(error)}. {way_in(Path(error.filename))}"
    return _as_bug(error) if is_bug(error) else may_be_told(error)


def _outcome_of(code: int) -> str:
    if code > SIGNALLED:
        return "interrupted"
    return "failed" if code else "done"


def _as_bug(error: BaseException) -> str:
    """Tell of a bug: where it is, and not what it says, for that may quote personal data."""
    kept = "".join(f" {note}." for note in getattr(error, "__notes__", ()))
    return (
        f"this is a bug: {may_be_told(error)}. What it says may quote your data, so it is not "
        f"shown; --debug shows it, with the traceback.{kept}"
    )


def end_usage(error: Any) -> int:
    """Tell of a command line that cannot be understood, in the manner that it asks for."""
    asked = " ".join(sys.argv[1:]).replace("=", " ")
    if "--log json" in asked:
        Voice("json").wrong(error.format_message(), kind="UsageError", exit_code=error.exit_code)
    else:
        error.show()
    return int(error.exit_code)
