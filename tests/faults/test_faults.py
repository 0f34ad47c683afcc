"""Whatever breaks wherever: readers have a whole publication, and the next run needs no help.

This is a small part of what `make faults` tries; its figures are in docs/reliability.md.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.faults import list_points
from tests.faults.commands import ROOT, Driver, Fault, driver
from tests.faults.disks import NoDiskError, small_disk
from tests.faults.sweep import plan
from tests.faults.trials import Ready, disturb, play
from tests.faults.worlds import HISTORIES

SEED = 1
NIGHTS = ("a first night", "a second night")
DISK = 200 << 20
# Which points are broken, and what comes after the kill, moves on with every point that is added.
POINTS = len(list_points())
STRIDE = 37
SECOND = ("SIGTERM", "ENOSPC", "SIGINT", "EIO", "SIGKILL")[POINTS % 5]


@dataclass(frozen=True)
class Stage:
    """A driver, where to try, and the scenes made ready."""

    driver: Driver
    dir: Path
    ready: list[Ready]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    nights = tuple(scene for history in HISTORIES for scene in history if scene.name in NIGHTS)
    folder = tmp_path_factory.mktemp("faults")
    with driver(quick=True) as started:
        yield Stage(started, folder, play(started, folder, SEED, [nights]))


def test_there_are_forty_points_and_each_has_a_name_of_its_own() -> None:
    names = Counter(point.name for point in list_points())
    assert [name for name, count in names.items() if count > 1] == []
    assert len(names) >= 40
    assert [name for name in names if ": " not in name] == []


def test_a_command_lists_the_points() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.faults"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    points = list_points()
    assert len(done.stdout.splitlines()) == len(points)
    assert points[0].name in done.stdout


def test_a_point_without_a_plain_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('fault_point(f"night: {step}")\n')
    with pytest.raises(ValueError, match=r"one\.py:1: a fault point is named by a string"):
        list_points(tmp_path)


@pytest.mark.long
def test_a_night_killed_and_broken_again_as_it_recovers_ends_in_the_tables_of_an_undisturbed_one(
    stage: Stage,
) -> None:
    trials = list(plan(stage.ready, "SIGKILL"))
    ready, (kill,) = trials[STRIDE * POINTS % len(trials)]
    again = Fault(SECOND, ready.passed[STRIDE * POINTS % len(ready.passed)])
    assert disturb(stage.driver, stage.dir / "room", ready, kill, again).wrong == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("SIGKILL", "publication: replace the publication"),
        Fault("EIO", "increment: write the touches anew"),
    ],
    ids=str,
)
def test_where_most_could_be_lost_a_night_is_broken_every_time(stage: Stage, fault: Fault) -> None:
    second = stage.ready[1]
    assert disturb(stage.driver, stage.dir / "room", second, fault).wrong == []


def test_a_disk_that_fills_up_stops_a_night_with_a_clear_word_and_the_next_is_whole(
    stage: Stage,
) -> None:
    fault = Fault("full", "loading: keep a file's records")
    try:
        with small_disk(DISK) as disk:
            verdict = disturb(stage.driver, disk.folder / "room", stage.ready[1], fault)
    except NoDiskError as reason:
        pytest.skip(str(reason))
    assert verdict.wrong == []
    assert "disk is full" in verdict.told
