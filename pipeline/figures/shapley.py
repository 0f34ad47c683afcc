"""Shapley's value of a chain's names: a set of names is worth what converts over them alone."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from pipeline.figures.chain import Numbers

EXACT_UP_TO = 14
# What takes about a second, but never fewer pairs of orders than a standard error can be told of.
_MOST_PAIRS = 16_384
_FEWEST_PAIRS = 64
_OPERATIONS = 400_000_000
_NUMBERS_AT_ONCE = 2_000_000


def shapley_values(
    start: Numbers, moves: Numbers, gains: Numbers, *, seed: int
) -> tuple[Numbers, Numbers | None]:
    """Give each name's value in the game of every column of gains, and its standard error.

    The worth of a set of names is the total of the chain in which every move to another name drops;
    of no names it is 0. The values sum to the total of the whole chain. Exact, without an error, up
    to 14 names; beyond, means over orders drawn at random. After Shapley, Contributions to the
    Theory of Games II, 1953; the sampling after Castro, Gómez and Tejada, Computers & Operations
    Research, 2009.
    """
    if len(start) <= EXACT_UP_TO:
        return _exact(start, moves, gains), None
    return _sampled(start, moves, gains, seed)


def _exact(start: Numbers, moves: Numbers, gains: Numbers) -> Numbers:
    size = len(start)
    worth = _worth_of_subsets(start, moves, gains)
    subsets = np.arange(2**size)
    members = np.bitwise_count(subsets)
    weights = np.array([1 / (size * comb(size - 1, count)) for count in range(size)])
    values = np.empty_like(gains)
    for name in range(size):
        without = subsets[subsets >> name & 1 == 0]
        marginals = worth[without | 1 << name] - worth[without]
        values[name] = weights[members[without]] @ marginals
    return values


def _worth_of_subsets(start: Numbers, moves: Numbers, gains: Numbers) -> Numbers:
    """Give the worth of each subset, in the order of the numbers whose bits are its members."""
    size = len(start)
    worth = np.empty((2**size, gains.shape[1]))
    at_once = _at_once(size)
    for first in range(0, 2**size, at_once):
        subsets = np.arange(first, min(first + at_once, 2**size))
        is_in = (subsets[:, None] >> np.arange(size) & 1).astype(np.float64)
        inside = np.eye(size) - is_in[:, :, None] * moves * is_in[:, None, :]
        totals = np.linalg.solve(inside, is_in[:, :, None] * gains)
        worth[subsets] = np.einsum("si,sij->sj", is_in * start, totals)
    return worth


def _sampled(start: Numbers, moves: Numbers, gains: Numbers, seed: int) -> tuple[Numbers, Numbers]:
    """Average over pairs of orders, each with its reverse, which errs the other way."""
    generator = np.random.default_rng(seed)
    size = len(start)
    pairs = max(_FEWEST_PAIRS, min(_MOST_PAIRS, _OPERATIONS // size**3))
    total, squares = np.zeros_like(gains), np.zeros_like(gains)
    for first in range(0, pairs, _at_once(size)):
        drawn = np.tile(np.arange(size), (min(_at_once(size), pairs - first), 1))
        orders = generator.permuted(drawn, axis=1)
        forth = _marginals(start, moves, gains, orders)
        means = (forth + _marginals(start, moves, gains, orders[:, ::-1])) / 2
        total += means.sum(axis=0)
        squares += (means**2).sum(axis=0)
    values = total / pairs
    variances = np.maximum(squares / pairs - values**2, 0)
    return values, np.sqrt(variances / (pairs - 1))


def _at_once(size: int) -> int:
    return max(1, _NUMBERS_AT_ONCE // size**2)


def _marginals(
    start: Numbers, moves: Numbers, gains: Numbers, orders: NDArray[np.int64]
) -> Numbers:
    """Give what each name adds to those before it, in every order; orders × names × gains.

    With the names in that order I − Q = L U, and the worth of the first k names is their part of
    (U'⁻¹ start) · (L⁻¹ gains), for the leading blocks of L and U are those of the first k names.
    So one elimination tells the marginals of all. It needs no pivots: chances sum to 1 at most.
    """
    count, size = orders.shape
    matrix = np.eye(size) - moves[orders[:, :, None], orders[:, None, :]]
    forward = gains[orders]
    backward = start[orders]
    for k in range(size):
        pivot = matrix[:, k, k]
        backward[:, k] /= pivot
        below = matrix[:, k + 1 :, k] / pivot[:, None]
        forward[:, k + 1 :] -= below[:, :, None] * forward[:, k, None]
        backward[:, k + 1 :] -= matrix[:, k, k + 1 :] * backward[:, k, None]
        matrix[:, k + 1 :, k + 1 :] -= below[:, :, None] * matrix[:, k, None, k + 1 :]
    marginals = np.empty_like(forward)
    marginals[np.arange(count)[:, None], orders] = backward[:, :, None] * forward
    return marginals
