"""Chains told again in plain dicts, and solved by walking on until nobody is left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

State = tuple[str, ...]
# From each state: how likely one goes on to each other.
Ways = dict[State, dict[State, float]]
# What is earned on average by converting next, from each state.
Gains = dict[State, float]
# A journey's names, and what it earned; None: it dropped.
Journey = tuple[Sequence[str], float | None]

BEGIN: State = ("(begin)",)


def chain_of_journeys(journeys: Iterable[Journey], order: int) -> tuple[Ways, Gains, Gains]:
    """Count the journeys' moves between states of the last names: ways, chances, earnings."""
    moves: dict[State, dict[State, float]] = defaultdict(lambda: defaultdict(float))
    converted: Gains = defaultdict(float)
    earned: Gains = defaultdict(float)
    left: Gains = defaultdict(float)
    for names, value in journeys:
        states = [BEGIN] + [tuple(names[: end + 1][-order:]) for end in range(len(names))]
        for state, following in pairwise(states):
            moves[state][following] += 1
            left[state] += 1
        left[states[-1]] += 1
        if value is not None:
            converted[states[-1]] += 1
            earned[states[-1]] += value
    ways = {
        state: {to: count / left[state] for to, count in tos.items()}
        for state, tos in moves.items()
    }
    chances = {state: count / left[state] for state, count in converted.items()}
    means = {state: amount / left[state] for state, amount in earned.items()}
    return ways, chances, means


def without(ways: Ways, name: str) -> Ways:
    """Build the chain again in which every move into a state of that name drops."""
    return {
        state: {to: chance for to, chance in tos.items() if to[-1] != name}
        for state, tos in ways.items()
        if state[-1] != name
    }


def only(ways: Ways, names: Iterable[str]) -> Ways:
    """Build the chain again in which only states of these names are possible."""
    everyone = {state[-1] for tos in ways.values() for state in tos}
    for name in everyone - set(names):
        ways = without(ways, name)
    return ways


def walked(ways: Ways, gains: Gains, begin: State = BEGIN) -> float:
    """Send one walker off, split at every parting, and sum what its parts gain."""
    gained = 0.0
    walkers: Gains = {begin: 1.0}
    while sum(walkers.values()) > 1e-13:
        onward: Gains = defaultdict(float)
        for state, weight in walkers.items():
            gained += weight * gains.get(state, 0.0)
            for to, chance in ways.get(state, {}).items():
                onward[to] += weight * chance
        walkers = onward
    return gained
