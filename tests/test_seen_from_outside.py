"""A night seen from outside: who may read what it wrote, and whether it spoke to anybody."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.permissions import make_shared
from tests.command import ROOT, recorrido, typed
from tests.projects import SHOP_WITH_VAULT, WEB, Project

SHARED = {
    "warehouse": 0o750,
    "warehouse/journeys.duckdb": 0o640,
    "warehouse/report": 0o750,
    "warehouse/report/report.html": 0o640,
    "warehouse/graph": 0o750,
    "warehouse/graph/stage.json": 0o640,
}


SILENT = """
import sys

sys.path.insert(0, sys.argv.pop(1))


def listen(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        print("spoke:", event, arguments, file=sys.stderr)
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        print("started:", event, arguments[0], file=sys.stderr)


sys.addaudithook(listen)
from pipeline.cli import main

for command in ("run", "status", "report", "query top_paths --out paths.csv", "export out"):
    sys.argv[1:] = [*command.split(), "--config", sys.argv[-1]]
    try:
        main()
    except SystemExit as end:
        assert not end.code, command
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """Give a shop with a night, run by the commands as a user does, and what was overheard."""
    made = Project(tmp_path_factory.mktemp("shop"))
    made.configure(SHOP_WITH_VAULT, WEB)
    made.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,purchase,ana\n")
    done = subprocess.run(
        [sys.executable, "-c", SILENT, str(ROOT), made.config],
        cwd=made.dir,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return made, done.stderr


@pytest.fixture
def project(night: tuple[Project, str]) -> Project:
    """Give the shop."""
    return night[0]


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_the_group_reads_what_is_published(project: Project) -> None:
    assert {name: mode_of(project.dir / name) for name in SHARED} == SHARED


@pytest.mark.long
def test_what_the_group_may_read_is_of_the_group_of_the_folder_around_it(tmp_path: Path) -> None:
    made = Project(tmp_path / "srv")
    made.dir.mkdir()
    analysts = 4242 if os.getuid() == 0 else os.getgroups()[-1]
    os.chown(made.dir, -1, analysts)
    made.dir.chmod(0o2750)
    made.configure(SHOP_WITH_VAULT, WEB)
    made.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,purchase,ana\n")
    recorrido("run", cwd=made.dir)
    assert {name: mode_of(made.dir / name) & 0o777 for name in SHARED} == SHARED
    assert {(made.dir / name).stat().st_gid for name in SHARED} == {analysts}


def test_nobody_else_reads_anything_that_was_written(project: Project) -> None:
    # The folder, its config and landing files were the user's own before.
    written = [
        *(project.dir / "warehouse").rglob("*"),
        *(project.dir / "out").rglob("*"),
        project.dir / "out",
        project.dir / "paths.csv",
        *(project.dir / "secrets").rglob("*"),
    ]
    assert len(written) > 50
    assert [file for file in written if mode_of(file) & 0o007 and file.name != ".lock.json"] == []
    others = {file for file in written if mode_of(file) & 0o070}
    assert {file for file in others if "out" in file.parts or "secrets" in file.parts} == set()


def test_the_key_is_its_owners_alone(project: Project) -> None:
    assert mode_of(project.dir / "secrets") == 0o700
    assert mode_of(project.dir / "secrets" / "pseudonym.key") == 0o600


def test_a_new_project_is_its_owners_alone(tmp_path: Path) -> None:
    typed("init", tmp_path / "new")
    written = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert [file for file in written if mode_of(file) & 0o077] == []


def test_a_folder_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o700)
    for name in ("old", "new", "deep/new"):
        make_shared(tmp_path / name)
    assert [mode_of(tmp_path / name) for name in ("old", "new", "deep/new")] == [
        0o700,
        0o750,
        0o750,
    ]


def test_a_night_its_page_and_its_answers_speak_to_nobody(night: tuple[Project, str]) -> None:
    assert "spoke:" not in night[1]
    assert "started:" not in night[1]
