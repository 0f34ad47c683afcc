"""The links of the path flow as the page reads them, and how it shows fewer of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

OTHER, TRUNCATED = "other", "truncated"


@dataclass(frozen=True)
class PathNode:
    """A bar: a stage in a channel, `other`, an end state or `truncated`, in a column of its own.

    An end stands in the column behind the last step of the journeys that came to it.
    """

    column: int
    meaning: str
    channel: str | None = None

    @property
    def is_end(self) -> bool:
        """Tell whether nothing leads on from here."""
        return self.channel is None and self.meaning != OTHER


@dataclass(frozen=True)
class PathLink:
    """Journeys that went from a node to one in the next column."""

    origin: PathNode
    target: PathNode
    journeys: int
    value: float


def path_links(path_flow: pl.DataFrame) -> list[PathLink]:
    """Read the flow's links; its start is the first column, and one without journeys no ribbon."""
    rows = path_flow.filter((pl.col("position") > 0) & (pl.col("journeys") > 0))
    return [
        PathLink(
            PathNode(row["position"], row["origin_stage"] or OTHER, row["origin_channel"]),
            _target(row),
            row["journeys"],
            float(row["value"] or 0),
        )
        for row in rows.iter_rows(named=True)
    ]


def _target(row: dict[str, Any]) -> PathNode:
    if row["target_position"] is None:
        return PathNode(row["position"] + 1, row["target"])
    return PathNode(row["target_position"], row["target_stage"] or OTHER, row["target_channel"])


def fold_links(links: Iterable[PathLink], *, steps: int, top: int) -> list[PathLink]:
    """Show fewer steps and names: what goes on is truncated, and what has no name is `other`.

    At each step the names with most journeys keep theirs; of equal ones the first by name.
    """
    links = [link for link in links if link.origin.column <= steps]
    named = _top_nodes(links, top)
    folded: dict[tuple[PathNode, PathNode], PathLink] = {}
    for link in links:
        origin, target = _folded(link.origin, named), _folded(link.target, named)
        if target.column > steps and not target.is_end:
            target = PathNode(target.column, TRUNCATED)
        before = folded.get((origin, target), PathLink(origin, target, 0, 0.0))
        folded[origin, target] = replace(
            before, journeys=before.journeys + link.journeys, value=before.value + link.value
        )
    return list(folded.values())


def _top_nodes(links: Sequence[PathLink], top: int) -> set[PathNode]:
    passing = journeys_through(links)
    columns: dict[int, list[PathNode]] = {}
    for node in passing:
        if node.channel is not None:
            columns.setdefault(node.column, []).append(node)
    return {
        node
        for nodes in columns.values()
        for node in sorted(
            nodes, key=lambda node: (-passing[node], f"{node.meaning}/{node.channel}")
        )[:top]
    }


def _folded(node: PathNode, named: set[PathNode]) -> PathNode:
    has_name = node.channel is None or node in named
    return node if has_name else PathNode(node.column, OTHER)


def journeys_through(links: Sequence[PathLink]) -> dict[PathNode, int]:
    """Count the journeys of every node: those that come, or in the first column those that go."""
    passing: dict[PathNode, int] = {}
    for link in links:
        passing[link.target] = passing.get(link.target, 0) + link.journeys
        if link.origin.column == 1:
            passing[link.origin] = passing.get(link.origin, 0) + link.journeys
    return passing
