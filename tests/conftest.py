"""What tests share: hypothesis's profile, small projects, and one night on the sample."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from jinja2 import Environment

from pipeline.cli import leave_out_pandas
from tests.projects import SHOP, WEB, Project, core_only, unadorned
from tests.threads import connect_with_one_thread

settings.register_profile(
    "house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from pipeline.report import Language, ReportData
    from tests.pages import Look, Opened

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


_compile = Environment.compile
_compiled: dict[tuple[object, ...], Any] = {}


def _compile_once(self: Environment, *template: Any) -> Any:
    """Compile a template of the page for all pages: half of what a page of drawn frames takes."""
    key = (*template, self.autoescape, self.trim_blocks, self.lstrip_blocks)
    if key not in _compiled:
        _compiled[key] = _compile(self, *template)
    return _compiled[key]


def pytest_configure() -> None:
    """Give each test process a core of its own, and DuckDB in it one thread.

    Tests are many small nights, and of a small night a second thread is a quarter: its work is too
    little to be parted, and threads wait for each other. Sweeps (of histories, a fifth) and
    commands that tests run have all threads: what hangs on which is first is to be found there.
    """
    if "RECORRIDO_EXAMPLES" not in os.environ:
        duckdb.connect = connect_with_one_thread
    Environment.compile = _compile_once  # type: ignore[assignment, method-assign]
    leave_out_pandas()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


@pytest.fixture(name="unadorned")
def _unadorned() -> Iterator[None]:
    """Leave page, graph and comments out of nights that commands run."""
    with unadorned():
        yield


@pytest.fixture(name="core_only", scope="module")
def _core_only() -> Iterator[None]:
    """Make core and ops alone in all nights of a module."""
    with core_only():
        yield


@pytest.fixture
def project(tmp_path: Path, unadorned: None) -> Project:
    """Give a small shop with one source, `web`: CSV files of at, event, who in landing/web."""
    made = Project(tmp_path)
    made.configure(SHOP, WEB)
    return made


@pytest.fixture
def new_project(tmp_path: Path, unadorned: None) -> Callable[[], Project]:
    """Give a maker of further shops like `project`, for tests that compare two."""

    def make() -> Project:
        directory = tmp_path / f"shop_{len(list(tmp_path.iterdir()))}"
        made = Project(directory)
        # One key, so that a customer has the same pseudonym in all of them.
        made.write("secrets/pseudonym.key", b"k" * 32)
        made.configure(SHOP, WEB)
        return made

    return make


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a copy of data/sample with one night run on it, one for all test processes."""
    # Under pytest-xdist each worker has a folder of its own below the session's.
    base = tmp_path_factory.getbasetemp()
    shared = base if base.name.startswith("pytest-") else base.parent
    made = Project(shared / "sample")
    with FileLock(shared / "sample.lock"):
        if not (made.dir / "warehouse" / "graph").is_dir():
            made.dir.mkdir(exist_ok=True)
            for name in ("recorrido.toml", "customers.csv"):
                shutil.copy(SAMPLE / name, made.dir)
            shutil.copytree(SAMPLE / "landing", made.dir / "landing", dirs_exist_ok=True)
            made.run(with_page=True)
    return made


@pytest.fixture(scope="session")
def sample_warehouse(sample_project: Project) -> Path:
    """Give the published warehouse of a night on the sample."""
    return sample_project.published


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Give the system's browser."""
    # Few tests need one, and to import what drives it takes time.
    from tests.pages import chromium

    with chromium() as launched:
        yield launched


@pytest.fixture(scope="session")
def look(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> "Look":
    """Give the page of drawn frames: to open one takes seconds, and most tests only look."""
    from tests.pages import open_page

    @cache
    def look_at(
        draw: "Callable[[], ReportData]", language: "Language", size: tuple[int, int]
    ) -> "Opened":
        folder = tmp_path_factory.mktemp("page")
        return open_page(browser, folder, draw(), language=language, size=size)

    return look_at
