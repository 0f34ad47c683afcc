"""The command as tests type it: what it wrote, once its exit code is the one expected."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli import main

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Told:
    """What the command wrote."""

    stdout: str
    stderr: str


def typed(*arguments: object, cwd: Path | None = None, answer: int = 0) -> Told:
    """Run the command in a process of its own, as a user does, and expect its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=cwd or ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == answer, done.stderr
    return Told(done.stdout, done.stderr)


def recorrido(*arguments: object, cwd: Path | None = None, answer: int = 0) -> Told:
    """Run the command in this process, which is quicker; what escapes it fails the test."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with pytest.MonkeyPatch.context() as here:
        here.setattr(sys, "argv", ["recorrido", *map(str, arguments)])
        here.setenv("COLUMNS", "200")
        here.chdir(cwd or ROOT)
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
    assert code == answer, err.getvalue()
    return Told(out.getvalue(), err.getvalue())
