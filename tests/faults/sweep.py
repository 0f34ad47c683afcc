"""Every fault at every point: `make faults`. Prints each failure, and the figures as a table."""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from random import Random

from pipeline.faults import list_points
from tests.faults.commands import Driver, Fault, driver
from tests.faults.disks import NoDiskError, small_disk
from tests.faults.trials import Ready, Verdict, disturb, play, squeeze

KINDS = ("SIGKILL", "SIGKILL twice", "SIGTERM", "SIGINT", "ENOSPC", "EIO", "full")
_DISK = 400 << 20
_SQUEEZED = ("a first night", "a second night", "a changed rule")
_FREE = (0, 1, 3, 10, 20, 30, 40, 60)  # MB
Trial = tuple[Ready, tuple[Fault, ...]]


@dataclass(frozen=True)
class Worker:
    """A driver, and the room in which it tries."""

    driver: Driver
    room: Path


def plan(ready: Sequence[Ready], kind: str) -> Iterator[Trial]:
    """Give every trial of a kind: each scene under a fault at each point that it passes.

    Kills and signals come at the last passage as well; those come twice at points drawn at random.
    """
    for scene in ready:
        points = list(dict.fromkeys(scene.passed))
        draw = Random(f"{scene.seed} {scene.scene.name}")
        for point in points:
            last = scene.passed.count(point)
            if kind == "SIGKILL twice":
                again = draw.choice(points)
                passage = draw.randint(1, scene.passed.count(again))
                yield scene, (Fault("SIGKILL", point), Fault("SIGKILL", again, passage))
                continue
            yield scene, (Fault(kind, point),)
            if last > 1 and kind == "SIGKILL":
                yield scene, (Fault(kind, point, last),)


def drawn(trials: Sequence[Trial], each: int, kind: str) -> list[Trial]:
    """Draw at most `each` trials of every point, in scenes and at passages as they come."""
    draw, of_point = Random(kind), defaultdict[str, list[Trial]](list)
    for trial in trials:
        of_point[trial[1][0].point].append(trial)
    chosen = [draw.sample(some, min(each, len(some))) for some in of_point.values()]
    return [trial for some in chosen for trial in some]


def sweep(trials: Sequence[Trial], workers: "SimpleQueue[Worker]", jobs: int) -> list[Verdict]:
    """Try them, as many at once as there are workers; print what is wrong as it is found."""

    def attempt(trial: Trial) -> Verdict:
        worker = workers.get()
        try:
            verdict = disturb(worker.driver, worker.room, trial[0], *trial[1])
        finally:
            workers.put(worker)
        if verdict.wrong:
            _say(f"WRONG {verdict}")
        return verdict

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(attempt, trials))


def _squeeze_all(driver: Driver, ready: Sequence[Ready]) -> int:
    """Run nights on disks that are too small by more or less; give how many went wrong."""
    nights = [one for one in ready if one.scene.name in _SQUEEZED and one.seed == ready[0].seed]
    try:
        with small_disk(_DISK) as disk:
            verdicts = [squeeze(driver, disk, one, mb << 20) for one in nights for mb in _FREE]
    except NoDiskError as reason:
        _say(f"| small disks | 0 | | not tried | {reason} |")
        return 1
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    for verdict in wrong:
        _say(f"WRONG {verdict}")
    _say(f"| small disks | {len(verdicts)} | | {len(wrong)} | |")
    return len(wrong)


def main() -> None:
    """Sweep what is asked for; end with 1 if anything was wrong, or no scene passes a point."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=2, help="how many histories of each kind")
    asked.add_argument("--first-seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--each", type=int, help="try each point but so many times")
    asked.add_argument("--scenes", default="", help="only scenes whose name has this in it")
    asked.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    options = asked.parse_args()
    wrong = 0
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        drivers = [stack.enter_context(driver()) for _ in range(options.jobs)]
        seeds = range(options.first_seed, options.first_seed + options.seeds)
        ready = [
            scene
            for seed in seeds
            for scene in play(drivers[0], base, seed)
            if options.scenes in scene.scene.name
        ]
        points = {point.name for point in list_points()}
        _say(f"{len(points)} points, {len(ready)} scenes of {len(seeds)} seed(s)")
        if missed := points - {point for scene in ready for point in scene.passed}:
            _say(f"no scene passes {', '.join(sorted(missed))}")
            wrong += not options.scenes
        _say("| fault | trials | points | wrong | minutes |\n|---|---|---|---|---|")
        for kind in options.kinds:
            workers: SimpleQueue[Worker] = SimpleQueue()
            try:
                for number, one in enumerate(drivers):
                    room = base / f"room_{number}"
                    if kind == "full":
                        room = stack.enter_context(small_disk(_DISK)).folder / "room"
                    workers.put(Worker(one, room))
            except NoDiskError as reason:
                _say(f"| {kind} | 0 | 0 | not tried | {reason} |")
                wrong += 1
                continue
            began = time.monotonic()
            # What differs by seed is which touches come which night: of errors one seed tells all.
            are_killed = kind.startswith("SIGKILL")
            scenes = [one for one in ready if are_killed or one.seed == seeds[0]]
            trials = list(plan(scenes, kind))
            if options.each:
                trials = drawn(trials, options.each, f"{kind} {options.first_seed}")
            verdicts = sweep(trials, workers, options.jobs)
            broken = {fault.point for verdict in verdicts for fault in verdict.faults[:1]}
            failed = sum(bool(verdict.wrong) for verdict in verdicts)
            wrong += failed
            minutes = (time.monotonic() - began) / 60
            _say(f"| {kind} | {len(verdicts)} | {len(broken)} | {failed} | {minutes:.1f} |")
        wrong += _squeeze_all(drivers[0], ready)
    sys.exit(wrong > 0)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
