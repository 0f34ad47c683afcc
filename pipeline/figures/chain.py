"""An absorbing Markov chain: from node to node until one converts or drops; solved exactly."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

START = "start"
CONVERTED = "converted"
DROPPED = "dropped"

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]

# What is missing from the sum of a row's chances by rounding alone.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Chain:
    """The chances of going on: from each node to each other, and to convert next; the rest drops.

    `start` has the chance to begin at each node, `start_gain` that to convert without any. Gains
    may be worths instead of chances (`chain_of`): then whatever is called a chance of conversion
    here is what is earned on average.
    """

    nodes: tuple[str, ...]
    start: Numbers
    moves: Numbers
    gain: Numbers
    start_gain: float = 0.0


def chain_of(moves: pl.DataFrame, *, worth: str | None = None) -> Chain:
    """Make the chain that counts of moves tell of; its nodes are sorted by name.

    In: origin, target, count; `start`, `converted` and `dropped` are no nodes. A node that nobody
    has left yet drops. With `worth`, the column of what all the moves to `converted` of a row
    earned together, gains are means of it.
    """
    names = pl.concat([moves["origin"], moves["target"]]).unique()
    nodes = names.filter(~names.is_in([START, CONVERTED, DROPPED])).sort().to_list()
    size = len(nodes)
    numbers = {node: number for number, node in enumerate(nodes)}
    origins = _numbered(moves["origin"], numbers | {START: size})
    targets = _numbered(moves["target"], numbers | {CONVERTED: size, DROPPED: size + 1})

    counts = np.zeros((size + 1, size + 2))
    np.add.at(counts, (origins, targets), moves["count"].to_numpy())
    left = counts.sum(axis=1, keepdims=True)
    left[left == 0] = 1
    chances = counts / left
    if worth is not None:
        is_gain = targets == size
        earned = np.zeros(size + 1)
        np.add.at(earned, origins[is_gain], moves[worth].cast(pl.Float64).to_numpy()[is_gain])
        chances[:, size] = earned / left[:, 0]
    return Chain(
        nodes=tuple(nodes),
        start=chances[size, :size],
        moves=chances[:size, :size],
        gain=chances[:size, size],
        start_gain=float(chances[size, size]),
    )


def total(chain: Chain) -> float:
    """Give the chance to convert from the start."""
    return float(np.dot(chain.start, conversion_chance(chain))) + chain.start_gain


def conversion_chance(chain: Chain) -> Numbers:
    """Give the chance to convert from each node; 0 from a loop that is never left."""
    ends = _can_end(chain)
    chances = np.zeros(len(chain.nodes))
    chances[ends] = np.linalg.solve(_one_less(chain.moves[np.ix_(ends, ends)]), chain.gain[ends])
    return chances


def expected_steps(chain: Chain) -> Numbers:
    """Give how many nodes one comes to on average until the end, from each node, itself counted.

    Infinite where one may come to a loop that is never left.
    """
    ends = _can_end(chain)
    surely = ends & ~_leads_to(chain, ~ends)
    steps = np.full(len(chain.nodes), np.inf)
    inside = _one_less(chain.moves[np.ix_(surely, surely)])
    steps[surely] = np.linalg.solve(inside, np.ones(int(surely.sum())))
    return steps


def visit_chance(chain: Chain) -> Numbers:
    """Give the chance from the start ever to come to each node; 0 where nothing leads."""
    ends = _can_end(chain)
    visits = _expected_visits(chain, ends)
    chances = np.zeros(len(chain.nodes))
    chances[ends] = (chain.start[ends] @ visits) / visits.diagonal()
    for node in np.flatnonzero(~ends).tolist():
        chances[node] = np.dot(chain.start, _chance_to_come(chain, node))
    return np.clip(chances, 0, 1)


def return_chance(chain: Chain) -> Numbers:
    """Give the chance to come to each node again, having been there; 1 in a loop never left."""
    ends = _can_end(chain)
    chances = np.zeros(len(chain.nodes))
    chances[ends] = 1 - 1 / _expected_visits(chain, ends).diagonal()
    for node in np.flatnonzero(~ends).tolist():
        chances[node] = np.dot(chain.moves[node], _chance_to_come(chain, node))
    return np.clip(chances, 0, 1)


def removal_effects(chain: Chain) -> Numbers:
    """Give the share of the total that is lost when every move to the node drops instead.

    What is lost without a node is what passes it: the chance to come there at all, times the
    total from there. All are 0 where the total is. After Anderl, Becker, von Wangenheim and
    Schumann, International Journal of Research in Marketing, 2016.
    """
    whole = total(chain)
    if whole == 0:
        return np.zeros(len(chain.nodes))
    effects: Numbers = visit_chance(chain) * conversion_chance(chain) / whole
    return effects


def _can_end(chain: Chain) -> Truths:
    """Tell the nodes from which an end can be reached: all but those of loops never left."""
    is_left = chain.moves.sum(axis=1) < 1 - _ROUNDING
    return _leads_to(chain, is_left)


def _leads_to(chain: Chain, goal: Truths) -> Truths:
    """Tell the nodes from which one may come to a node of the goal; its own among them."""
    leads = chain.moves > 0
    reached = goal
    while True:
        grown = reached | leads[:, reached].any(axis=1)
        if (grown == reached).all():
            return reached
        reached = grown


def _expected_visits(chain: Chain, nodes: Truths) -> Numbers:
    """Give how often one comes to each of the nodes, from each of them: the fundamental matrix."""
    inside = _one_less(chain.moves[np.ix_(nodes, nodes)])
    return np.asarray(np.linalg.inv(inside), dtype=np.float64)


def _chance_to_come(chain: Chain, node: int) -> Numbers:
    """Give the chance ever to come to one node, from each, itself 1."""
    goal = np.zeros(len(chain.nodes), dtype=np.bool_)
    goal[node] = True
    before = _leads_to(chain, goal) & ~goal
    chances = goal.astype(np.float64)
    inside = _one_less(chain.moves[np.ix_(before, before)])
    chances[before] = np.linalg.solve(inside, chain.moves[before, node])
    return chances


def _one_less(moves: Numbers) -> Numbers:
    """Give I - Q."""
    less = -moves
    np.fill_diagonal(less, 1 - moves.diagonal())
    return less


def _numbered(names: pl.Series, numbers: dict[str, int]) -> NDArray[np.int64]:
    return names.replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
