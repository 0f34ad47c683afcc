"""A trial: a command is disturbed by faults, and what it leaves is held to an undisturbed one."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import duckdb

from tests.canonical import hashes_of
from tests.faults.commands import BALLAST, Done, Driver, Fault
from tests.faults.disks import Disk
from tests.faults.worlds import HISTORIES, Scene
from tests.projects import Project

KILLED = -9
# How a command ends that a signal or an error of the disk has stopped: its exit code.
CODES = {
    "SIGKILL": {KILLED},
    "SIGTERM": {143},
    "SIGINT": {130},
    "ENOSPC": {1},
    "EIO": {1},
    # What comes after may need no room.
    "full": {0, 1},
}
# Parts whose trouble is told, and stops nothing.
_STOP_NOTHING = ("manifest", "lineage")
# Files are named for the run or the moment that made them.
_RUN = re.compile(r"\d{8}T\d{6}(\.\d+)?Z?(-[0-9a-f]{6})?")
# What one lock is held by, and who held it last.
_MAY_STAY = re.compile(r"\.lock(\.pid)?$")
_PAGES = ("warehouse/report/report.html", "warehouse/graph/stage.json")
_AMPLE = 400 << 20
Tables = dict[str, str]


@dataclass(frozen=True)
class Ready:
    """A scene made ready: where it begins, what stands before it, after it and in the end."""

    scene: Scene
    seed: int
    begin: Path
    before: Tables | None
    after: Tables | None
    end: Tables | None
    files: dict[str, str]
    passed: tuple[str, ...]


@dataclass
class Verdict:
    """What a trial found wrong, if anything; and how its disturbed command ended."""

    ready: Ready
    faults: tuple[Fault, ...]
    wrong: list[str] = field(default_factory=list)
    told: str = ""

    def __str__(self) -> str:
        faults = ", then ".join(map(str, self.faults))
        wrong = "; ".join(self.wrong) or "whole"
        return f"{self.ready.scene.name}, seed {self.ready.seed}, {faults}: {wrong}"


def play(
    driver: Driver, base: Path, seed: int, histories: Iterable[tuple[Scene, ...]] = HISTORIES
) -> list[Ready]:
    """Play histories undisturbed, and keep where each of their scenes begins and ends."""
    ready = []
    for number, history in enumerate(histories):
        world = base / f"seed_{seed}_{number}" / "shop"
        world.mkdir(parents=True)
        project = Project(world)
        for scene in history:
            scene.prepare(project, Random(f"{seed} {scene.name}"))
            begin = world.parent / f"before {scene.name}"
            _copy(world, begin)
            before = tables_of(project, scene)
            done = driver.run(world, scene.argv, with_page=scene.draws_page)
            assert done.code == 0, (scene.name, done)
            after = tables_of(project, scene)
            for argv in scene.then:
                assert driver.run(world, argv, with_page=scene.draws_page).code == 0, scene.name
            end, files = tables_of(project, scene), _files_of(project)
            ready.append(Ready(scene, seed, begin, before, after, end, files, done.passed))
    return ready


def disturb(driver: Driver, room: Path, ready: Ready, *faults: Fault) -> Verdict:
    """Run a scene under the first fault, recover under the others, and recover undisturbed.

    A recovery may end before it comes to its fault.
    """
    verdict, scene = Verdict(ready, faults), ready.scene
    shutil.rmtree(room, ignore_errors=True)
    project = Project(room / "shop")
    _copy(ready.begin, project.dir)
    first, *others = faults
    done = driver.run(project.dir, scene.argv, first, with_page=scene.draws_page)
    verdict.told = done.err
    verdict.wrong += judge_end(done, first) + judge_publication(project, ready)
    (room / BALLAST).unlink(missing_ok=True)
    for fault in others:
        done = driver.run(project.dir, scene.recovery[0], fault, with_page=scene.draws_page)
        if done.code:
            verdict.wrong += judge_end(done, fault)
        verdict.wrong += judge_publication(project, ready)
    verdict.wrong += recover(driver, project, ready)
    shutil.rmtree(room)
    return verdict


def squeeze(driver: Driver, disk: Disk, ready: Ready, free: int) -> Verdict:
    """Run a scene on a disk with so many bytes free, and again when there is room."""
    verdict = Verdict(ready, (Fault("full", f"{free >> 20} MB free"),))
    project = Project(disk.folder / "room" / "shop")
    disk.leave(_AMPLE)
    _copy(ready.begin, project.dir)
    disk.leave(free)
    done = driver.run(project.dir, ready.scene.argv, with_page=ready.scene.draws_page)
    verdict.told = done.err
    verdict.wrong += _judge_stop(done, CODES["full"]) + judge_publication(project, ready)
    disk.leave(_AMPLE)
    verdict.wrong += recover(driver, project, ready)
    shutil.rmtree(disk.folder / "room")
    return verdict


def recover(driver: Driver, project: Project, ready: Ready) -> list[str]:
    """Type what is typed the next night; list what is then not as an undisturbed run has it."""
    for argv in ready.scene.recovery:
        done = driver.run(project.dir, argv, with_page=ready.scene.draws_page)
        if done.code:
            return [f"the next '{' '.join(argv)}' ended with {done.code}: {done.err[-500:]}"]
    tables = _differences(tables_of(project, ready.scene) or {}, ready.end or {})
    files = _differences(_files_of(project), ready.files)
    wrong = [f"other tables than undisturbed: {tables}"] if tables else []
    wrong += [f"other files than undisturbed: {files}"] if files else []
    return wrong + _stale_pages(project, ready)


def judge_end(done: Done, fault: Fault) -> list[str]:
    """List what is wrong with the way in which a disturbed command ended."""
    if fault.point not in done.passed:
        return [f"'{fault.point}' was not passed: {done.code}: {done.err[-300:]}"]
    stops_nothing = fault.kind in ("ENOSPC", "EIO") and fault.point.startswith(_STOP_NOTHING)
    return _judge_stop(done, CODES[fault.kind] | ({0} if stops_nothing else set()))


def _judge_stop(done: Done, codes: set[int]) -> list[str]:
    wrong = []
    if done.code not in codes:
        wrong.append(f"it ended with {done.code}: {done.err[-500:]}")
    if "Traceback" in done.err or "this is a bug" in done.err:
        wrong.append(f"a bug: {done.err[-500:]}")
    if done.code not in (0, KILLED) and not done.err.strip():
        wrong.append("it said nothing")
    return wrong


def judge_publication(project: Project, ready: Ready) -> list[str]:
    """List what is wrong with what readers find: the last publication or the new one, whole."""
    try:
        found = tables_of(project, ready.scene)
    except duckdb.Error as error:
        return [f"the publication cannot be read: {error}"]
    wrong = []
    if found not in (ready.before, ready.after, ready.end):
        wrong.append("the publication is neither the last nor the new one")
    if Path(f"{project.published}.wal").exists():
        wrong.append("a log was left beside the publication")
    return wrong


def tables_of(project: Project, scene: Scene) -> Tables | None:
    """Hash the published tables, and count the runs; none if nothing is published.

    Under a key of its own each publication has other pseudonyms, so only rows are counted then.
    """
    if not project.published.exists():
        return None
    tables = hashes_of(project.published, with_files=True)
    if scene.makes_key:
        tables = {name: told.split()[-3] for name, told in tables.items()}
    if not scene.comes_again:
        tables["ops.runs"] = str(project.column("select count(*) from ops.runs"))
    return tables


def _files_of(project: Project) -> dict[str, str]:
    """Tell of each file of a project its name, and whether it holds anything."""
    return {
        _RUN.sub("…", str(file.relative_to(project.dir))): "something" if size else "nothing"
        for file in sorted(project.dir.rglob("*"))
        if file.is_file() and not _MAY_STAY.search(file.name)
        for size in [file.stat().st_size]
    }


def _differences(found: dict[str, str], expected: dict[str, str]) -> str:
    """Name what is more, less or other than expected."""
    more = [f"+{name}" for name in sorted(found.keys() - expected.keys())]
    less = [f"-{name}" for name in sorted(expected.keys() - found.keys())]
    both = sorted(found.keys() & expected.keys())
    return ", ".join(more + less + [name for name in both if found[name] != expected[name]])


def _stale_pages(project: Project, ready: Ready) -> list[str]:
    """List the pages that tell of an older publication than there is."""
    pages = [project.dir / name for name in _PAGES if name in ready.files]
    return [
        f"{page.name} is older than the publication"
        for page in pages
        if page.exists() and page.stat().st_mtime_ns < project.published.stat().st_mtime_ns
    ]


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with its times, by which files are known."""
    shutil.copytree(source, target, symlinks=True)
