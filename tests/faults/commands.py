"""Commands run by the driver: in a child each, with the faults that are armed in it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a fault of the kind `full` fills a disk with, beside the project's folder.
BALLAST = "ballast"


@dataclass(frozen=True)
class Fault:
    """What happens at the n-th passage of a point."""

    kind: str
    point: str
    passage: int = 1

    def __str__(self) -> str:
        return f"{self.kind} at '{self.point}' ({self.passage})"


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, or minus a signal; what it wrote; the points passed."""

    code: int
    out: str
    err: str
    passed: tuple[str, ...]


class Driver:
    """The process that runs commands, one after the other.

    In a `quick` one, nights leave out report and graph, half of a small night, where they may.
    """

    def __init__(self, process: "subprocess.Popen[str]", notes: Path, *, quick: bool) -> None:
        self._process, self._notes, self._quick = process, notes, quick

    def run(
        self, directory: Path, argv: Sequence[str], *faults: Fault, with_page: bool = True
    ) -> Done:
        """Run a command in a directory; a disk to fill is the one that holds the directory."""
        files = {name: str(self._notes / name) for name in ("out", "err", "passed")}
        order = {
            **files,
            "dir": str(directory),
            "ballast": str(directory.parent / BALLAST),
            "argv": list(argv),
            "without_page": self._quick and not with_page,
            "faults": [(fault.kind, fault.point, fault.passage) for fault in faults],
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        out, err, passed = (Path(file).read_text(errors="replace") for file in files.values())
        return Done(code, out, err, tuple(passed.splitlines()))


@contextmanager
def driver(*, quick: bool = False) -> Iterator[Driver]:
    """Start a driver; it ends with the block."""
    with (
        tempfile.TemporaryDirectory() as notes,
        subprocess.Popen(
            [sys.executable, "-W", "ignore", str(Path(__file__).with_name("driver.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process,
    ):
        yield Driver(process, Path(notes), quick=quick)
        assert process.stdin
        process.stdin.close()
