"""Failing histories, made short: what can be left out without mending the failure is."""

from collections.abc import Callable, Iterator
from time import process_time

from tests.nightly.world import Action, DiffersError, History

# In seconds of work. A try costs some of them, and a longer history is better than none.
_PATIENCE = 150.0
# Of these actions single parts may go, but for the first so many.
_KEPT = {"start": 1, "land": 2, "again": 2, "people": 1, "rates": 1}


def shortened(history: History, hold: Callable[[History], None], trouble: Exception) -> str:
    """Tell a failing history as short as it can be made in some minutes, and what fails in it."""
    until = process_time() + _PATIENCE
    shortest = list(history)
    is_shorter = True
    while is_shorter and process_time() < until:
        is_shorter = False
        for shorter in _shorter_than(shortest):
            if process_time() > until:
                break
            if still := _fails_alike(shorter, hold, trouble):
                shortest, trouble, is_shorter = shorter, still, True
                break
    lines = "\n".join(f"    {action!r}," for action in shortest)
    return f"{type(trouble).__name__}: {trouble}\n\nhold([\n{lines}\n])"


def _fails_alike(
    history: list[Action], hold: Callable[[History], None], trouble: Exception
) -> Exception | None:
    """Give the failure of a history, if it is of the same kind, and seen in a table of both."""
    try:
        hold(history)
    except Exception as still:  # noqa: BLE001 - whatever it is, it is looked at
        if isinstance(still, DiffersError) and isinstance(trouble, DiffersError):
            return still if still.tables & trouble.tables else None
        return still if type(still) is type(trouble) else None
    return None


def _shorter_than(history: list[Action]) -> Iterator[list[Action]]:
    """Leave out halves, quarters … and single actions, the last ones first; then parts of them."""
    size = len(history) // 2
    while size:
        for first in range(len(history) - size, 0, -size):
            yield [*history[:first], *history[first + size :]]
        size //= 2
    for place, action in enumerate(history):
        kept = _KEPT.get(action[0], len(action))
        for part in range(kept, len(action) if len(action) > kept + 1 else kept):
            shorter = (*action[:part], *action[part + 1 :])
            yield [*history[:place], shorter, *history[place + 1 :]]
