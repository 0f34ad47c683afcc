"""Moments, told again in plain loops over journeys: what SQL and Polars have to match."""

import math
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from pipeline.vocabulary import CONVERTING_EVENT, PASSING_EVENTS, STAGE_NUMBER

# A class of lengths begins here.
CLASSES = (0, 1, 2, 3, 5, 9, 17, 33)

Kind = tuple[str, str]


@dataclass(frozen=True)
class Touch:
    """A touch of a journey."""

    stage: str
    event: str
    channel: str = "web"
    sentiment: int | None = None

    @property
    def kind(self) -> Kind | None:
        """What kind of touch it is; none if it only passes, or buys."""
        if self.event in PASSING_EVENTS or self.event == CONVERTING_EVENT:
            return None
        return self.channel, self.event


@dataclass(frozen=True)
class Journey:
    """A journey: its touches in their order, and how it ended."""

    touches: tuple[Touch, ...]
    state: str = "kept"
    segment: str | None = None

    def steps(self) -> list[list[int]]:
        """Give the places of each step's touches."""
        places = range(len(self.touches))
        return [list(run) for _, run in groupby(places, key=lambda at: self.touches[at].stage)]


def class_of(length: int) -> int:
    """Give where the class of a length begins."""
    return max(least for least in CLASSES if least <= length)


def outcome_of(journey: Journey, step_no: int) -> str | None:
    """Tell what came of a step; nothing that is looked at, or nothing yet."""
    stages = [journey.touches[step[0]].stage for step in journey.steps()]
    numbers = [STAGE_NUMBER[stage] for stage in stages]
    if step_no + 1 < len(stages):
        if numbers[step_no + 1] > max(numbers[: step_no + 1]):
            return "advanced"
        return "back" if numbers[step_no + 1] < numbers[step_no] else None
    if journey.state == "repurchased" and stages[step_no] != "outcome":
        return "advanced"
    return "left" if journey.state == "dropped" else None


def answer_of(journey: Journey, step_no: int, place: int) -> str | None:
    """Tell how the customer felt next after a touch, unless its stage is come to again before."""
    steps = journey.steps()
    for later in range(place + 1, len(journey.touches)):
        touch = journey.touches[later]
        if touch.sentiment is not None:
            return "negative" if touch.sentiment < 0 else "not negative"
        is_other_step = later > steps[step_no][-1]
        is_back = is_other_step and touch.stage == journey.touches[place].stage
        if is_back and touch.kind is not None:
            return None
    return None


def count_steps(journeys: list[Journey]) -> dict[tuple, Counter[str]]:
    """Count steps with and without each kind, by segment, stage, classes of lengths and kind."""
    units = []
    for journey in journeys:
        before = 0
        steps = journey.steps()
        for step_no, step in enumerate(steps):
            places = [at for at in step if journey.touches[at].kind is not None]
            is_unknown = journey.state == "open" and step_no == len(steps) - 1
            if places and not is_unknown:
                units.append((journey, step_no, places, before))
            before += len(places)
    counts: dict[tuple, Counter[str]] = {}
    for journey, _, places, before in units:
        for kind in {journey.touches[at].kind for at in places}:
            stratum = _stratum(journey, places, before)
            counts[*stratum, kind] = Counter()
    for key, counter in counts.items():
        for journey, step_no, places, before in units:
            if _stratum(journey, places, before) == key[:-1]:
                _count_step(counter, journey, step_no, places, key[-1])
    return counts


def _stratum(journey: Journey, places: list[int], before: int) -> tuple:
    stage = journey.touches[places[0]].stage
    return journey.segment, stage, class_of(before), class_of(len(places))


def _count_step(
    counter: Counter[str], journey: Journey, step_no: int, places: list[int], kind: Kind
) -> None:
    of_kind = [at for at in places if journey.touches[at].kind == kind]
    group = "exposed" if of_kind else "others"
    counter[group] += 1
    outcome = outcome_of(journey, step_no)
    if outcome is not None:
        counter[f"{group}_{outcome}"] += 1
    answer = answer_of(journey, step_no, (of_kind or places)[0])
    if answer is not None:
        counter[f"{group}_answered"] += 1
        counter[f"{group}_negative"] += answer == "negative"


def compare(strata: list[tuple[int, int, int, int]]) -> dict[str, float | None]:
    """Compare exposed and others over strata of (exposed, with, others, with), one by one."""
    up = down = spread = excess = variance = below = above = 0.0
    for exposed, exposed_with, others, others_with in strata:
        size, having = exposed + others, exposed_with + others_with
        if exposed == 0 or others == 0:
            continue
        up += exposed_with * others / size
        down += others_with * exposed / size
        spread += (having * exposed * others - exposed_with * others_with * size) / size**2
        expected = having * exposed / size
        excess += exposed_with - expected
        variance += exposed * others * having * (size - having) / (size**2 * (size - 1))
        below += expected - max(0, having - others)
        above += min(having, exposed) - expected
    is_tested = min(below, above) >= 5
    bounds: tuple[float | None, float | None] = (None, None)
    if up and down:
        deviation = math.sqrt(spread / (up * down))
        bounds = (
            math.exp(math.log(up / down) - 1.959964 * deviation),
            math.exp(math.log(up / down) + 1.959964 * deviation),
        )
    return {
        "lift": up / down if down else None,
        "low": bounds[0],
        "high": bounds[1],
        # The square of a standard normal deviate has one degree of freedom.
        "p_value": math.erfc(abs(excess) / math.sqrt(2 * variance)) if is_tested else None,
    }
