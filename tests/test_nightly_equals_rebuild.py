"""A history of nights ends in the tables of one rebuild, whatever happened in it.

`make test` tells a few histories, `make nights` a thousand, a fifth of them with all threads. A
history that fails is printed as short as it could be made, as a call of `hold`.
"""

import os
import tempfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.nightly.histories import histories
from tests.nightly.shrink import shortened
from tests.nightly.told import TOLD
from tests.nightly.world import History, tell
from tests.threads import one_thread

EXAMPLES = int(os.environ.get("RECORRIDO_EXAMPLES", "1"))
# Each part draws by itself, so that parts may run side by side.
PARTS = max(EXAMPLES // 25, 1)
# In memory, where there is such a place: a night is mostly small files.
ROOM = Path("/dev/shm") if Path("/dev/shm").is_dir() else None


def hold(history: History) -> None:
    with tempfile.TemporaryDirectory(dir=ROOM) as room:
        tell(history, Path(room))


@pytest.mark.long
@pytest.mark.parametrize("name", TOLD)
def test_histories_told_by_hand_end_in_the_tables_of_one_rebuild(name: str) -> None:
    hold(TOLD[name])


@pytest.mark.parametrize("part", range(PARTS))
@settings(
    max_examples=max(EXAMPLES // PARTS, 1),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(history=histories())
def test_nights_end_in_the_tables_of_one_rebuild(part: int, history: History) -> None:
    try:
        with one_thread() if part % 5 else nullcontext():
            hold(history)
    except Exception as trouble:
        raise AssertionError(shortened(history, hold, trouble)) from trouble
