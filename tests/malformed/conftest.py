"""One folder for all test processes, for a night costs more than all that is asked of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

Shared = Callable[[str], AbstractContextManager[Path]]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Give a maker of folders that all test processes share, each held while it is open."""
    # Under pytest-xdist each worker has a folder of its own below the session's.
    base = tmp_path_factory.getbasetemp()
    base = base if base.name.startswith("pytest-") else base.parent

    @contextmanager
    def hold(name: str) -> Iterator[Path]:
        with FileLock(base / f"{name}.lock"):
            (base / name).mkdir(exist_ok=True)
            yield base / name

    return hold
