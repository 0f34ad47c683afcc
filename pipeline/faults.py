"""Points at which a test may break the world; they do nothing unless a fault has been armed."""

from collections.abc import Callable

Fault = Callable[[str], None]
_armed: list[Fault] = []


def fault_point(name: str) -> None:
    """Stand where a run is about to change the world; `name` says which part, and what it does."""
    for fault in _armed:
        fault(name)


def arm(fault: Fault) -> None:
    """Call `fault` with the name of every point that this process passes from now on."""
    _armed.append(fault)
