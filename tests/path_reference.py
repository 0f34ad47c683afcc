"""Paths in plain loops: what the path flow, the paths and their macros must agree with."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.vocabulary import STAGE_NUMBER


class Touch(NamedTuple):
    """What happened, where, and in which stage of the journey."""

    stage: str
    channel: str
    event: str

    @property
    def name(self) -> str:
        """The node of a touch."""
        return f"{self.channel}/{self.event}"


@dataclass(frozen=True)
class Journey:
    """A journey's touches in the total order, and what came of it; `bought_after` is in ms."""

    customer: str
    touches: tuple[Touch, ...]
    state: str
    value: int = 0
    bought_after: int | None = None

    @property
    def steps(self) -> list[list[Touch]]:
        """Neighbouring touches of one stage."""
        steps: list[list[Touch]] = []
        for touch in self.touches:
            if steps and steps[-1][0].stage == touch.stage:
                steps[-1].append(touch)
            else:
                steps.append([touch])
        return steps

    def nodes(self, grain: str) -> list[str]:
        """Name the journey's nodes in one grain."""
        if grain == "touchpoint":
            return [touch.name for touch in self.touches]
        return [step_name(step, grain) for step in self.steps]


def step_name(step: Sequence[Touch], grain: str) -> str:
    """Name a step: channel and stage are its first touch's."""
    return step[0].stage if grain == "stage" else f"{step[0].stage}/{step[0].channel}"


# ---- The path flow -----------------------------------------------------------------------------

Ends = tuple[int, str, int | None, str]


def path_flow(journeys: Iterable[Journey], *, limit: int, top: int) -> dict[Ends, tuple[int, int]]:
    """Count journeys and value by position, origin, target's position and target."""
    journeys = list(journeys)
    passed: dict[int, Counter[str]] = defaultdict(Counter)
    for journey in journeys:
        for position, name in enumerate(journey.nodes("stage_channel"), start=1):
            passed[position][name] += 1
    named = {
        position: sorted(names, key=lambda name: (-names[name], name))[:top]
        for position, names in passed.items()
    }
    flow: dict[Ends, tuple[int, int]] = {}
    for journey in journeys:
        at, node = 0, "start"
        names = journey.nodes("stage_channel")
        for position, name in enumerate(names[:limit], start=1):
            target = name if name in named[position] else "other"
            add(flow, (at, node, position, target), journey)
            at, node = position, target
        add(flow, (at, node, None, "truncated" if len(names) > limit else journey.state), journey)
    return flow


def add(flow: dict[Ends, tuple[int, int]], ends: Ends, journey: Journey) -> None:
    """Let a journey take a link."""
    journeys, value = flow.get(ends, (0, 0))
    flow[ends] = (journeys + 1, value + journey.value)


# ---- Paths -------------------------------------------------------------------------------------


def path_of(journey: Journey, *, grain: str, until: str, limit: int) -> tuple[str, int, bool]:
    """Tell a journey's path, how many steps it tells, and whether it was cut."""
    told = []
    for step in journey.steps:
        if until == "purchase" and STAGE_NUMBER[step[0].stage] >= STAGE_NUMBER["purchase"]:
            break
        told.append(step_name(step, grain))
    if not told:
        return "start", 0, False
    if len(told) > limit:
        return " → ".join([*told[:limit], "…"]), limit, True
    return " → ".join(told), len(told), False


class PathRow(NamedTuple):
    """What is counted of a path."""

    steps: int | None
    is_cut: bool | None
    journeys: int
    customers: int | None
    conversions: int
    dropped: int
    median_ms: int | None
    value: int


def paths(
    journeys: Iterable[Journey], *, grain: str, until: str, limit: int, listed: int
) -> dict[str, PathRow]:
    """Count journeys by path; those of paths beyond the listed ones are `other`."""
    by_path: dict[str, list[Journey]] = defaultdict(list)
    shapes: dict[str, tuple[int, bool]] = {}
    for journey in journeys:
        path, steps, is_cut = path_of(journey, grain=grain, until=until, limit=limit)
        by_path[path].append(journey)
        shapes[path] = (steps, is_cut)
    ranked = sorted(by_path, key=lambda path: (-len(by_path[path]), path))
    rows = {path: path_row(by_path[path], *shapes[path]) for path in ranked[:listed]}
    if rest := [journey for path in ranked[listed:] for journey in by_path[path]]:
        rows["other"] = path_row(rest, None, None)
    return rows


def path_row(journeys: Sequence[Journey], steps: int | None, is_cut: bool | None) -> PathRow:
    """Count the journeys of one path; of an even number of times the lower middle is meant."""
    times = sorted(each.bought_after for each in journeys if each.bought_after is not None)
    return PathRow(
        steps=steps,
        is_cut=is_cut,
        journeys=len(journeys),
        customers=len({journey.customer for journey in journeys}),
        conversions=len(times),
        dropped=sum(journey.state == "dropped" for journey in journeys),
        median_ms=times[(len(times) - 1) // 2] if times else None,
        value=sum(journey.value for journey in journeys),
    )


# ---- Before and after --------------------------------------------------------------------------


def before_and_after(
    journeys: Iterable[Journey],
    fits: Callable[[Touch], bool],
    *,
    anchor: str,
    steps: int,
    grain: str,
) -> Counter[tuple[int, str]]:
    """Count the nodes around each journey's first or last fitting touch, by place and name."""
    counted: Counter[tuple[int, str]] = Counter()
    for journey in journeys:
        nodes = journey.nodes(grain)
        fitting = [
            place for place, touches in enumerate(parts(journey, grain)) if any(map(fits, touches))
        ]
        if not fitting:
            continue
        here = fitting[-1] if anchor == "last" else fitting[0]
        for relative in range(-steps, steps + 1):
            place = here + relative
            if place < 0:
                counted[relative, "start"] += 1
            elif place >= len(nodes):
                counted[relative, journey.state] += 1
            else:
                counted[relative, nodes[place]] += 1
    return counted


def parts(journey: Journey, grain: str) -> list[list[Touch]]:
    """Give the touches of each node."""
    return [[touch] for touch in journey.touches] if grain == "touchpoint" else journey.steps
