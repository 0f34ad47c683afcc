"""Where every bar of the path-flow picture stands: columns are steps, upward is deeper.

A column holds the nodes of one position, and those who ended after the position before it. From
the top: good ends, the stages from the deepest to the shallowest, whatever has no name of its own,
and below them who is open, unhappy or lost. So advancing leads up, leaving leads down, and every
ribbon crosses one gap. Within that order each bar stands as near as it can to where its ribbons
come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.report.path_links import OTHER, TRUNCATED, PathLink, PathNode, journeys_through
from pipeline.vocabulary import STAGE_NUMBER

_GOOD_ENDS = ("repurchased", "advocated", "kept")
_OTHER_ENDS = ("open", "detracted", "returned", "dropped")
_LEAST_LABELLED = 0.005


@dataclass(frozen=True)
class PathShape:
    """How much a picture shows, and its measures in pixels.

    `steps` columns of at most `top` names each; `breadth` is that of all journeys together,
    `label_pitch` the height of a label, `tail` the room for labels behind the last column.
    """

    steps: int
    top: int
    step: float
    breadth: float
    gap: float
    label_pitch: float
    tail: float
    thickness: float = 12


@dataclass(frozen=True)
class PathBar:
    """A node in its place: `along` is its middle, `top` its upper edge.

    An end of very few journeys has no label: there would be more of these than of all others.
    """

    node: PathNode
    journeys: int
    along: float
    top: float
    size: float
    has_label: bool

    @property
    def middle(self) -> float:
        """The middle of the bar across."""
        return self.top + self.size / 2


@dataclass(frozen=True)
class PathPicture:
    """Bars, and links in the order in which they leave and enter them, with both their ends."""

    bars: tuple[PathBar, ...]
    links: tuple[PathLink, ...]
    ends: tuple[tuple[int, int], ...]
    journeys: int
    length: float
    breadth: float
    scale: float


def lay_out_paths(links: Sequence[PathLink], shape: PathShape) -> PathPicture:
    """Place every bar of a flow. What flows into a node must flow out of it."""
    ordered = sorted(
        links, key=lambda link: (link.origin.column, _rank(link.origin), _rank(link.target))
    )
    passing = journeys_through(ordered)
    began = sum(journeys for node, journeys in passing.items() if node.column == 1)
    scale = shape.breadth / began
    placed: dict[PathNode, PathBar] = {}
    for column in sorted({node.column for node in passing}):
        bars = [
            PathBar(
                node=node,
                journeys=passing[node],
                along=_along(column, shape),
                top=_wanted(node, ordered, placed, scale) - passing[node] * scale / 2,
                size=passing[node] * scale,
                has_label=not node.is_end or passing[node] >= _LEAST_LABELLED * began,
            )
            for node in sorted((each for each in passing if each.column == column), key=_rank)
        ]
        placed |= {bar.node: bar for bar in _spread(bars, shape)}
    highest = min(_upper_edge(bar, shape) for bar in placed.values())
    settled = tuple(replace(bar, top=bar.top - highest) for bar in placed.values())
    number = {bar.node: place for place, bar in enumerate(settled)}
    return PathPicture(
        bars=settled,
        links=tuple(ordered),
        ends=tuple((number[link.origin], number[link.target]) for link in ordered),
        journeys=began,
        length=max(bar.along for bar in settled) + shape.tail,
        breadth=max(2 * bar.middle - _upper_edge(bar, shape) for bar in settled),
        scale=scale,
    )


def _along(column: int, shape: PathShape) -> float:
    """Place a column, the first a little inside: on narrow pages bars keep their thickness."""
    return (column - 1) * shape.step + shape.thickness * 0.75


def _rank(node: PathNode) -> tuple[int, int, str]:
    """Say where a node stands in its column, from the top."""
    if node.channel is not None:
        return (1, -STAGE_NUMBER[node.meaning], node.channel)
    if node.meaning in _GOOD_ENDS:
        return (0, _GOOD_ENDS.index(node.meaning), "")
    if node.meaning in (TRUNCATED, OTHER):
        return (2, 0, node.meaning)
    known = node.meaning in _OTHER_ENDS
    return (3, _OTHER_ENDS.index(node.meaning) if known else len(_OTHER_ENDS), node.meaning)


def _wanted(
    node: PathNode,
    links: Sequence[PathLink],
    placed: Mapping[PathNode, PathBar],
    scale: float,
) -> float:
    """Give the middle of where a node's ribbons leave their bars; the first column has none."""
    total = weighed = 0.0
    for origin, bar in placed.items():
        leaves = bar.top
        for link in links:
            if link.origin != origin:
                continue
            size = link.journeys * scale
            if link.target == node:
                total += size
                weighed += size * (leaves + size / 2)
            leaves += size
    return weighed / total if total else 0.0


def _spread(bars: Sequence[PathBar], shape: PathShape) -> list[PathBar]:
    """Move the bars of a column apart until none is too near, and none farther than it must.

    Those that touch stand together where their weight wants them (pool adjacent violators).
    """
    offsets = [0.0]
    for above, below in pairwise(bars):
        offsets.append(offsets[-1] + _room(above, below, shape))
    blocks: list[tuple[float, float, int]] = []
    for bar, offset in zip(bars, offsets, strict=True):
        block = (bar.middle - offset, max(bar.size, 1.0), 1)
        while blocks and blocks[-1][0] >= block[0]:
            (here, weight, count), (above_it, its_weight, its_count) = block, blocks.pop()
            both = weight + its_weight
            block = ((here * weight + above_it * its_weight) / both, both, count + its_count)
        blocks.append(block)
    starts = [start for start, _, count in blocks for _ in range(count)]
    return [
        replace(bar, top=start + offset - bar.size / 2)
        for bar, start, offset in zip(bars, starts, offsets, strict=True)
    ]


def _room(above: PathBar, below: PathBar, shape: PathShape) -> float:
    """Tell how far apart two middles must be for bars and labels."""
    labels = (above.has_label + below.has_label) * shape.label_pitch / 2
    return max((above.size + below.size) / 2 + shape.gap, labels)


def _upper_edge(bar: PathBar, shape: PathShape) -> float:
    return min(bar.top, bar.middle - (shape.label_pitch / 2 if bar.has_label else 0))
