"""Seeded chance: streams of their own for each idea, weighted picks, and ids that look random."""

import zlib

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.int64]


def chance_for(idea: str, *, seed: int, chunk: int) -> np.random.Generator:
    """Give the stream of one idea: to change how one thing is drawn moves nothing else."""
    return np.random.default_rng([seed, chunk, zlib.crc32(idea.encode())])


def pick(weights: npt.NDArray[np.float64], chance: np.random.Generator) -> Numbers:
    """Pick a column number for each row of weights, in proportion to the weights of that row."""
    ladder = np.cumsum(weights, axis=1)
    mark = chance.random(len(ladder))[:, None] * ladder[:, -1:]
    picked: Numbers = (mark >= ladder).sum(axis=1).clip(max=weights.shape[1] - 1)
    return picked


def scramble(numbers: Numbers, *, salt: int) -> npt.NDArray[np.uint64]:
    """Turn numbers into others that look random, the same every time and no two alike."""
    mixed = numbers.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def digits(numbers: Numbers, *, salt: int, places: int, name: str) -> pl.Series:
    """Give each number a decimal id of so many places, not led by a zero."""
    lowest = 10 ** (places - 1)
    drawn = scramble(numbers, salt=salt) % np.uint64(9 * lowest) + np.uint64(lowest)
    return pl.Series(name, drawn).cast(pl.String)


def words(choice: Numbers, vocabulary: tuple[str, ...]) -> pl.Series:
    """Give the words that stand at these places of a vocabulary, as an Enum of it."""
    return pl.Series(vocabulary, dtype=pl.Enum(vocabulary)).gather(choice)
