"""A chain with a memory: where one goes next depends on the last few names that one came by."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from pipeline.figures.chain import CONVERTED, DROPPED, Numbers, Truths

# Beside what was summed up already: what adds less changes nothing that a double can tell.
_NOTHING = 1e-17


@dataclass(frozen=True, eq=False)
class LongChain:
    """A chain whose states are the last few names; `last` is the number of each state's last one.

    `gains` has two columns: the chance to convert next, and what that earns on average.
    """

    names: tuple[str, ...]
    last: NDArray[np.int64]
    start: Numbers
    moves: sparse.csr_array
    gains: Numbers


def long_chain_of(moves: pl.DataFrame, *, order: int) -> LongChain:
    """Make the chain that remembers the last `order` names, one to three, and forgets the others.

    In: third_last, second_last (null: none), origin, target, moves, value, as in
    marts.visit_moves: of whole journeys, each from the start to `converted` or `dropped`. `value`
    is what all the moves of a row to `converted` earned together.
    """
    targets = moves["target"].unique()
    names = targets.filter(~targets.is_in([CONVERTED, DROPPED])).sort().to_list()
    counts = _between_states(moves, names, order)
    state, following = counts["state"].to_numpy(), counts["following"].to_numpy()
    is_end = counts["end"].is_not_null().to_numpy()
    converts = (counts["end"] == CONVERTED).fill_null(False).to_numpy()

    states = np.unique(following[~is_end])
    size = len(states)
    # The start is no state that one comes to: its row is the last.
    row = np.where(state == 0, size, np.searchsorted(states, state))
    column = np.searchsorted(states, following)
    left = _summed(row, counts["moves"].to_numpy(), size + 1)
    chance = counts["moves"].to_numpy() / left[row]
    earned = counts["value"].to_numpy() / left[row]
    begins, goes_on = ~is_end & (row == size), ~is_end & (row < size)
    return LongChain(
        names=tuple(names),
        last=states % (len(names) + 1) - 1,
        start=_summed(column[begins], chance[begins], size),
        moves=sparse.csr_array(
            (chance[goes_on], (row[goes_on], column[goes_on])), shape=(size, size)
        ),
        gains=np.column_stack(
            [_summed(row[converts], each[converts], size) for each in (chance, earned)]
        ),
    )


def losses(chain: LongChain) -> Numbers:
    """Give what is lost, of the chance to convert and of the earnings, without each name.

    Without a name every move into one of its states drops. What comes to such a state is lost with
    all that follows, so it is counted where it comes to one for the first time.
    """
    is_own = chain.last[:, None] == np.arange(len(chain.names))
    backwards = chain.moves.T.tocsr()
    start = np.broadcast_to(chain.start[:, None], is_own.shape)
    visits_before = _solved(backwards, start, ~is_own)
    comes_first = (start + backwards @ visits_before) * is_own
    from_there = _solved(chain.moves, chain.gains, np.ones_like(chain.gains, dtype=np.bool_))
    lost: Numbers = comes_first.T @ from_there
    return lost


def _between_states(moves: pl.DataFrame, names: list[str], order: int) -> pl.DataFrame:
    """Sum moves up by state, the one that follows, and the end; states are numbers, the start is 0.

    A state's digits are the numbers of its names, from 1, to a base that is one more than there are
    names: the last name is its last digit.
    """
    digit_of = {name: number for number, name in enumerate(names, start=1)}
    way = [
        pl.col(column).replace_strict(digit_of, default=0, return_dtype=pl.Int64)
        for column in ("third_last", "second_last", "origin", "target")
    ]

    def number_of(digits: list[pl.Expr]) -> pl.Expr:
        number = pl.lit(0, dtype=pl.Int64)
        for digit in digits:
            number = number * (len(names) + 1) + digit
        return number

    is_end = pl.col("target").is_in([CONVERTED, DROPPED])
    return (
        moves.select(
            "moves",
            "value",
            state=number_of(way[3 - order : 3]),
            following=number_of(way[4 - order : 4]),
            end=pl.when(is_end).then("target"),
        )
        .group_by("state", "following", "end")
        .agg(pl.col("moves", "value").sum().cast(pl.Float64))
        .sort("state", "following", "end")
    )


def _summed(rows: NDArray[np.int64], values: Numbers, size: int) -> Numbers:
    return np.bincount(rows, values, minlength=size).astype(np.float64)


def _solved(moves: sparse.csr_array, source: Numbers, inside: Truths) -> Numbers:
    """Solve x = source + moves x, inside the given states, to the last digit of a double.

    Summed move by move, how often one stays in a state taken at once: every journey ends, so ever
    less is added. A factorisation of thousands of states would fill up and take a hundred times as
    long.
    """
    stays = moves.diagonal()
    leaves = (moves - sparse.diags_array(stays)).tocsr()
    scale = inside / (1 - stays)[:, None]
    added: Numbers = source * scale
    solution = added.copy()
    while (np.abs(added) > _NOTHING * np.abs(solution).max(axis=0, initial=0)).any():
        added = (leaves @ added) * scale
        solution += added
    return solution
