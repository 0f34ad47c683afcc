"""The command: flags become settings and calls, errors a bare message and an exit code."""

import os
import sys
from importlib.util import find_spec
from typing import cast

import typer

from pipeline.cli.command import app, end_usage

# isort: off
# In the order in which the help lists their commands.
from pipeline.cli import projects as projects
from pipeline.cli import nights as nights
from pipeline.cli import answers as answers
from pipeline.cli import audiences as audiences
from pipeline.cli import erasing as erasing

# isort: on
from pipeline.cli.voice import Voice, forget_stdout, spell_what_stdout_cannot
from pipeline.errors import FAILED, ConfigError, may_be_told
from pipeline.permissions import keep_to_ourselves

# Typer hands out the exceptions of its own copy of Click by this one alone.
_UsageError = cast("type[Exception]", typer.BadParameter.__base__)


def main() -> None:
    """Run the command as it was typed, and end the process with its exit code."""
    speak_utf8()
    keep_to_ourselves()
    leave_out_pandas()
    spell_what_stdout_cannot()
    try:
        code = app(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # or else Python says in its own words that it could not
    except _UsageError as error:
        code = end_usage(error)
    except OSError as error:  # commands tell of theirs themselves
        forget_stdout()
        if not isinstance(error, BrokenPipeError):
            Voice().wrong(f"stdout: {error.strerror}; what was to be told is not told whole")
        code = FAILED
    except MemoryError as error:
        Voice().wrong(may_be_told(error))
        code = FAILED
    sys.exit(code if isinstance(code, int) else 0)


def speak_utf8() -> None:
    """Start the process again in UTF-8, where the locale has Python spell names in other letters.

    DuckDB knows no others: a file with an accent in its name, or in its config, would be refused.
    """
    letters = sys.getfilesystemencoding()
    if letters == "utf-8":
        return
    # Python may have been told to heed no environment (-I): once has to be enough.
    if not sys.executable or os.environ.get("PYTHONUTF8") == "1":
        code = ConfigError.exit_code
        told = f"expected a locale of UTF-8, such as C.UTF-8, found one of {letters}. Set LC_ALL"
        Voice().wrong(told, kind="ConfigError", exit_code=code)
        sys.exit(code)
    command = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, command, {**os.environ, "PYTHONUTF8": "1"})


class _NoPandas:
    """Says at once that pandas is not there."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def leave_out_pandas() -> None:
    """Say at once, for the whole process, that pandas is not there, if it is not.

    DuckDB looks for it with each value that is bound, on the whole path: a fifth of a millisecond.
    """
    is_left_out = any(isinstance(finder, _NoPandas) for finder in sys.meta_path)
    if not is_left_out and find_spec("pandas") is None:
        # Not by a None among the modules: Arrow would take that for pandas.
        sys.meta_path.insert(0, _NoPandas())
