"""Event funnels in plain loops: every chain there is, and of each unit the one that counts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

Row = dict[str, Any]
# The touches of a chain, each with the number of the step that it fills.
Chain = list[tuple[int, Row]]


def tell_chains(
    touches: list[Row],
    *,
    steps: tuple[str, ...],
    within: timedelta | None = None,
    mode: str = "ordered",
    strict_increase: bool = False,
    exclusions: tuple[str, ...] = (),
    is_open: bool = False,
    from_at: datetime | None = None,
    before_at: datetime | None = None,
) -> list[Row]:
    """Tell of each unit with a chain how far its best one came, and when it filled each step."""
    told = []
    for unit in sorted({touch["unit"] for touch in touches}):
        own = sorted(
            (touch for touch in touches if touch["unit"] == unit),
            key=lambda touch: touch["touch_no"],
        )
        if mode == "unordered":
            chains = list(unordered_chains(own, steps))
        else:
            entries = range(1, len(steps) + 1) if is_open else [1]
            chains = [chain for entry in entries for chain in chains_from(entry, own, steps, mode)]
        kept = [
            chain
            for chain in chains
            if lasts_at_most(chain, within)
            and is_not_excluded(chain, own, exclusions)
            and (not strict_increase or grows_later(chain))
            and begins_between(chain, from_at, before_at)
        ]
        if kept:
            best = min(kept, key=worth)
            told.append(
                {
                    "unit": unit,
                    "entry_step": best[0][0],
                    "deepest_step": best[-1][0],
                    "touch_no": best[0][1]["touch_no"],
                    "reached_at": times_of(best),
                }
            )
    return told


def fits(touch: Row, name: str) -> bool:
    """Tell whether a name means a touch."""
    return name in (touch["event"], f"{touch['channel']}/{touch['event']}")


def times_of(chain: Chain) -> list[datetime]:
    """List when each step of a chain was filled."""
    return [touch["occurred_at"] for _, touch in chain]


def worth(chain: Chain) -> tuple[Any, ...]:
    """Say what makes a chain better than another, the first difference first; less is better."""
    times = times_of(chain)
    return (
        -chain[-1][0],  # deepest
        chain[0][0],  # most steps
        times[-1],  # ends earliest
        -times[0].timestamp(),  # starts latest
        times,  # every step between as early as can be
        [touch["touch_no"] for _, touch in chain],
    )


# ---- Chains ------------------------------------------------------------------------------------


def chains_from(entry: int, own: list[Row], steps: tuple[str, ...], mode: str) -> Iterator[Chain]:
    """Give every chain that begins at a step, whole and cut short."""
    sequence = in_sequence(own, steps)

    def grown(chain: Chain) -> Iterator[Chain]:
        yield chain
        step, last = chain[-1]
        if step == len(steps):
            return
        for touch in own:
            is_used = any(touch is used for _, used in chain)
            if is_used or not fits(touch, steps[step]):
                continue
            if mode == "ordered" and touch["occurred_at"] < last["occurred_at"]:
                continue
            if mode == "strict" and not follows(touch, last, sequence, steps[step - 1]):
                continue
            yield from grown([*chain, (step + 1, touch)])

    for touch in own:
        if fits(touch, steps[entry - 1]):
            yield from grown([(entry, touch)])


def in_sequence(own: list[Row], steps: tuple[str, ...]) -> list[Row]:
    """Lay touches in time; those of an instant by the step they fit first, what fits none last."""

    def place(touch: Row) -> tuple[datetime, int, int]:
        fitted = [number for number, name in enumerate(steps) if fits(touch, name)]
        return touch["occurred_at"], min(fitted, default=len(steps)), touch["touch_no"]

    return sorted(own, key=place)


def follows(touch: Row, last: Row, sequence: list[Row], name_of_last: str) -> bool:
    """Tell whether a touch comes after another, with but repetitions of that one between."""
    places = [row["touch_no"] for row in sequence]
    start, end = places.index(last["touch_no"]), places.index(touch["touch_no"])
    return start < end and all(fits(row, name_of_last) for row in sequence[start + 1 : end])


def unordered_chains(own: list[Row], steps: tuple[str, ...]) -> Iterator[Chain]:
    """Give every set of touches that fills steps, each one; the k-th in time counts as step k."""

    def grown(taken: list[Row], left: tuple[str, ...], rest: list[Row]) -> Iterator[Chain]:
        if taken:
            yield list(enumerate(taken, start=1))
        for number, touch in enumerate(rest):
            for name in left:
                if fits(touch, name):
                    free = list(left)
                    free.remove(name)
                    yield from grown([*taken, touch], tuple(free), rest[number + 1 :])
                    break

    yield from grown([], steps, own)


# ---- What a chain must keep --------------------------------------------------------------------


def lasts_at_most(chain: Chain, within: timedelta | None) -> bool:
    """Tell whether a chain ends within the window of its first touch, the window's end included."""
    times = times_of(chain)
    return within is None or times[-1] - times[0] <= within


def is_not_excluded(chain: Chain, own: list[Row], exclusions: tuple[str, ...]) -> bool:
    """Tell whether no excluded touch ended a chain; in an instant such a one stands last."""
    times = times_of(chain)
    return not any(
        times[0] <= touch["occurred_at"] < times[-1]
        for touch in own
        for name in exclusions
        if fits(touch, name)
    )


def grows_later(chain: Chain) -> bool:
    """Tell whether each step is strictly later than the one before."""
    times = times_of(chain)
    return all(one < other for one, other in pairwise(times))


def begins_between(chain: Chain, from_at: datetime | None, before_at: datetime | None) -> bool:
    """Tell whether a chain begins in the time asked for."""
    began = times_of(chain)[0]
    return (from_at is None or from_at <= began) and (before_at is None or began < before_at)
