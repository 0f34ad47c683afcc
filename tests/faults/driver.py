"""A process that has imported everything, and forks a child for each command that it is told.

An order is one line of JSON on stdin, its answer one on stdout: a small night takes less time than
importing what it needs, and a fork has imported it already.
"""

import errno
import importlib
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

NEEDED = ("run", "publish", "report", "sensitivity", "rehearsal", "questions", "show", "init")
FOREIGN = ("duckdb", "polars", "pyarrow", "networkx", "plotly", "scipy.sparse.csgraph")
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
# What ends a child that hangs.
_TIME_LIMIT = 300
_LARGEST_DISK = 1 << 30


class Breaking:
    """A fault: what happens when a point is passed for the n-th time."""

    def __init__(self, kind: str, point: str, passage: int, ballast: str) -> None:
        self._kind, self._point, self._left, self._ballast = kind, point, passage, ballast

    def __call__(self, name: str) -> None:
        """Break the world, if its time has come."""
        self._left -= name == self._point
        if self._left or name != self._point:
            return
        self._left = -1
        if self._kind in ERRORS:
            number = ERRORS[self._kind]
            raise OSError(number, os.strerror(number), "warehouse")
        if self._kind == "full":
            _fill(Path(self._ballast))
        else:
            os.kill(os.getpid(), SIGNALS[self._kind])


def _fill(ballast: Path) -> None:
    """Leave no free byte on the disk, which has to be one that was made for it."""
    assert shutil.disk_usage(ballast.parent).total <= _LARGEST_DISK, "this would fill a real disk"
    with ballast.open("ab", buffering=0) as out:
        size = 1 << 20
        while size:
            try:
                out.write(bytes(size))
            except OSError:
                size //= 2


def _run(order: dict[str, Any]) -> None:
    """Run the command in this process, a child's, and end it."""
    signal.alarm(_TIME_LIMIT)
    os.chdir(order["dir"])
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    log = os.open(order["passed"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    faults = importlib.import_module("pipeline.faults")
    faults.arm(lambda name: os.write(log, f"{name}\n".encode()))
    for kind, point, passage in order["faults"]:
        faults.arm(Breaking(kind, point, passage, order["ballast"]))
    # As if some thirty touches were too many to be counted at once, and counts worth moving.
    rebuild = vars(importlib.import_module("pipeline.rebuild"))
    rebuild |= {"COUNTED_BYTES_PER_TOUCH": 3 * 10**8, "WORTH_MOVING": 0}
    if order["without_page"]:
        for name in ("publish_report", "publish_graph"):
            setattr(importlib.import_module("pipeline.run"), name, lambda *_, **__: None)
    sys.argv = ["recorrido", *order["argv"]]
    code: object = 0
    try:
        importlib.import_module("pipeline.cli").main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - what escapes the command is a failure to report
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def main() -> None:
    """Answer orders until there are no more."""
    os.environ.update(COLUMNS="200", TERM="dumb")
    for name in NEEDED:
        importlib.import_module(f"pipeline.{name}")
    for name in FOREIGN:
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
