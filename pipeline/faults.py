"""Points at which a test may break the world; they do nothing unless a fault has been armed.

`python -m pipeline.faults` lists them all.
"""

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Fault = Callable[[str], None]
_armed: list[Fault] = []


def fault_point(name: str) -> None:
    """Stand where a run is about to change the world; `name` says which part, and what it does."""
    for fault in _armed:
        fault(name)


def arm(fault: Fault) -> None:
    """Call `fault` with the name of every point that this process passes from now on."""
    _armed.append(fault)


@dataclass(frozen=True, order=True)
class FaultPoint:
    """A point, and where it stands in the package's text."""

    file: str
    line: int
    name: str


def list_points(package: Path = Path(__file__).parent) -> list[FaultPoint]:
    """Find every point of a package in its text, so that none can be left out of a list.

    Raises ValueError where a name is not a plain string: nobody could find it.
    """
    points = []
    for file in sorted(package.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _called(call.func) == fault_point.__name__:
                name = call.args[0] if call.args else None
                if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
                    raise ValueError(f"{file}:{call.lineno}: a fault point is named by a string")
                points.append(FaultPoint(str(file.relative_to(package)), call.lineno, name.value))
    return sorted(points)


def _called(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


if __name__ == "__main__":
    for point in list_points():
        sys.stdout.write(f"{point.name:<60} {point.file}:{point.line}\n")
