"""Every spec test holds for the plain loops and for the fast kernels."""

from functools import partial

import pytest

from tests import kernels, reference
from tests.drawn import Engine, Holds, assert_drawn

ENGINES: list[Engine] = [reference.rebuild, kernels.rebuild]


def name_of(engine: Engine) -> str:
    """Give the name of an engine in the reports of tests: reference or kernels."""
    return engine.__module__.rpartition(".")[2]


@pytest.fixture(params=ENGINES, ids=name_of)
def holds(request: pytest.FixtureRequest) -> Holds:
    """Give the check of a drawn world, for one of the engines."""
    check: Holds = partial(assert_drawn, request.param)
    return check
