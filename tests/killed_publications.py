"""Kill a publication at each of its steps, in a fork; see what readers find, and the next start.

A script: it prints what was wrong, and at the end how often it killed.
"""

import os
import signal
import sys
from collections.abc import Callable
from errno import EPERM
from pathlib import Path
from shutil import copytree, rmtree

from pipeline import publication
from pipeline.faults import arm
from pipeline.publication import (
    former_publications,
    publish,
    put_back,
    tidy,
    withdraw,
    withdrawn_publications,
)
from tests.publications import make_shadow, read

Step = Callable[[Path], None]


def publish_third(published: Path) -> None:
    publish(published.parents[1] / "shadow.duckdb", published, keep=1)


def roll_back(published: Path) -> None:
    withdraw(published, former_publications(published.parent)[0])


def roll_forward(published: Path) -> None:
    put_back(published, withdrawn_publications(published.parent)[0])


# What is done, and what stands before and after it; whatever was there before, the former ones.
STEPS: dict[str, tuple[list[Step], Step, tuple[int, int]]] = {
    "publish": ([], publish_third, (2, 3)),
    "roll back": ([], roll_back, (2, 1)),
    "undo": ([roll_back], roll_forward, (1, 2)),
}


def make_template(base: Path, done: list[Step]) -> Path:
    """Make a warehouse with a publication and a former one, and two shadows beside it."""
    published = base / "warehouse" / "journeys.duckdb"
    published.parent.mkdir(parents=True)
    for generation in (1, 2):
        publish(make_shadow(base / "shadow.duckdb", generation, rows=10), published, keep=1)
    make_shadow(base / "shadow.duckdb", 3, rows=10)
    make_shadow(base / "next.duckdb", 4, rows=10)
    for step in done:
        step(published)
    return base


def begin(base: Path, template: Path) -> Path:
    """Begin anew with a template, whose files keep the times by which they are known."""
    rmtree(base, ignore_errors=True)
    copytree(template, base)
    return base / "warehouse" / "journeys.duckdb"


def killed_at(passage: int, step: Step, published: Path) -> bool:
    """Do a step in a fork that a kill -9 ends at some fault point; tell whether it came so far."""
    child = os.fork()
    if child == 0:
        passed = 0

        def die(_name: str) -> None:
            nonlocal passed
            passed += 1
            if passed == passage:
                os.kill(os.getpid(), signal.SIGKILL)

        arm(die)
        step(published)
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def judge(published: Path, stand: tuple[int, int]) -> list[str]:
    """List what is wrong after a kill, with readers, with what is kept, and with the next start."""
    folder, wrong = published.parent, []
    generation = read(published).generation
    if generation not in stand:
        wrong.append(f"{generation} stands")
    tidy(published, keep=1)
    kept = sorted(folder.rglob("*"))
    aside = [*former_publications(folder), *withdrawn_publications(folder)]
    expected = {published, folder / "previous", *aside}
    if {*kept} != expected:
        wrong.append(f"left behind: {[file.name for file in {*kept} - expected]}")
    if generation != read(published).generation:
        wrong.append("the next start changed what stands")
    others = [read(file).generation for file in aside]
    if generation in others or len(others) != len({*others}) or not others:
        wrong.append(f"kept beside {generation}: {others}")
    if any(file.stat().st_nlink > 1 for file in (published, *former_publications(folder))):
        wrong.append("one publication under two names")
    publish(folder.parent / "next.duckdb", published, keep=1)
    after = [read(file).generation for file in (published, *former_publications(folder))]
    if after != [4, generation]:
        wrong.append("the next publication does not follow")
    return wrong


def no_links(_source: Path, _target: Path) -> None:
    raise OSError(EPERM, "this file system has no links")


def main() -> None:
    base, kills = Path(sys.argv[1]), 0
    for name, (done, step, stand) in STEPS.items():
        template = make_template(base / name, done)
        for links in (os.link, no_links):
            publication.os.link = links  # type: ignore[attr-defined]
            passage = 1
            while killed_at(passage, step, published := begin(base / "room", template)):
                for wrong in judge(published, stand):
                    sys.stdout.write(f"{name}, {links.__name__}, step {passage}: {wrong}\n")
                passage += 1
                kills += 1
            assert read(published).generation == stand[1], name
    sys.stdout.write(f"{kills} kills\n")


if __name__ == "__main__":
    main()
