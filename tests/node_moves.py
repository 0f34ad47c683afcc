"""Journeys over nodes, drawn or invented, as counts of moves from node to node."""

from collections import Counter
from itertools import pairwise

import polars as pl
from hypothesis import strategies as st

from tests.core_tables import rows_of

# Of two who begin at a, one converts over b; so does the one who begins at c.
WALK = """
    origin | target    | transitions
    -------+-----------+------------
    start  | a         | 2
    start  | c         | 1
    a      | b         | 2
    a      | dropped   | 1
    b      | a         | 1
    b      | converted | 1
    c      | converted | 1
"""

MOVES = {"origin": pl.String, "target": pl.String, "transitions": pl.Int64}

names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=6)
ways_drawn = st.lists(
    st.tuples(names, st.sampled_from(["converted", "dropped"])), min_size=1, max_size=12
)


def moves_in(drawing: str) -> pl.DataFrame:
    rows = [(origin, target, int(count)) for origin, target, count in rows_of(drawing)]
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def moves_of(ways: list[tuple[list[str], str]]) -> pl.DataFrame:
    """Count the moves of journeys as marts.conversion_chain does."""
    counts = Counter(pair for nodes, end in ways for pair in pairwise(["start", *nodes, end]))
    rows = [(*pair, count) for pair, count in counts.items()]
    return pl.DataFrame(rows, schema=MOVES, orient="row")
