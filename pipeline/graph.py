"""The only door to networkx: the transition graph, and the files that others read it from."""

import json
import re
from collections import Counter

import networkx as nx
import polars as pl

from pipeline.vocabulary import STATES

_ROUNDING = 1e-9  # by how much a sum of parts may miss the whole
START = "start"

_NOT_IN_XML = re.compile("[\x00-\x1f\ufffe\uffff]")


def build_graph(
    transitions: pl.DataFrame, figures: pl.DataFrame | None = None
) -> "nx.DiGraph[str]":
    """Build the graph of one grain of marts.transitions, the segments taken together.

    Edges carry `journeys`, `transitions`, `customers`, `value`, and the times `median_ms` and
    `p90_ms` where there are any: exact for one segment, over several the mean of the segments'
    weighted by transitions. A node carries its `kind` (start, stage, traffic, touchpoint or state)
    and its `share` of all arrivals at nodes of its kind: of the states, the journeys that ended so;
    and its figures, where rows of marts.nodes are given, as far as they are known.
    """
    grains = transitions["grain"].unique().to_list()
    assert len(grains) <= 1, f"a graph is of one grain, not of {sorted(grains)}"
    graph: nx.DiGraph[str] = nx.DiGraph(grain=grains[0] if grains else "stage")
    for edge in _merge_segments(transitions).iter_rows(named=True):
        known = {name: value for name, value in edge.items() if value is not None}
        graph.add_edge(known.pop("origin"), known.pop("target"), **known)
    _describe_nodes(graph)
    for row in figures.iter_rows(named=True) if figures is not None else ():
        node = row.pop("node")
        graph.nodes[node].update({name: value for name, value in row.items() if value is not None})
    return graph


def betweenness(transitions: pl.DataFrame) -> pl.DataFrame:
    """Say of each node of each grain of marts.transitions how much lies between others.

    Out: grain, node and betweenness: the share of the ordered pairs of other nodes, start and end
    states among them, whose shortest way leads over the node; where several are as short, the part
    of them that does. An edge is the shorter the more often it was taken: its length is
    1/transitions, so a way of busy edges is short. After Brandes, Journal of Mathematical
    Sociology 25, 2001, and Social Networks 30, 2008.
    """
    rows = [
        (grain, node, share)
        for (grain,), edges in transitions.sort("grain").group_by("grain", maintain_order=True)
        for node, share in _betweenness_of(build_graph(edges)).items()
    ]
    schema = {"grain": pl.String, "node": pl.String, "betweenness": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def to_graphml(graph: "nx.DiGraph[str]") -> str:
    """Write a graph as GraphML. Control characters, which XML cannot carry, are written out."""
    names = {node: _printable(node) for node in graph}
    return "\n".join(nx.generate_graphml(nx.relabel_nodes(graph, names)))


def to_json(graph: "nx.DiGraph[str]") -> str:
    """Write a graph as node-link JSON, its edges under the key `edges`."""
    return json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False, allow_nan=False)


def _betweenness_of(graph: "nx.DiGraph[str]") -> dict[str, float]:
    for _, _, edge in graph.edges(data=True):
        edge["length"] = 1 / edge["transitions"]
    shares = nx.betweenness_centrality(graph, weight="length")
    # Parts of ways are summed, which may come to more than all by the last digits.
    return {node: 1.0 if 1 < share < 1 + _ROUNDING else share for node, share in shares.items()}


def _merge_segments(transitions: pl.DataFrame) -> pl.DataFrame:
    counts = [pl.col(name).sum() for name in ("journeys", "transitions", "customers")]
    weight = pl.col("transitions")
    times = [
        ((pl.col(name) * weight).sum() / weight.filter(pl.col(name).is_not_null()).sum())
        .round()
        .fill_nan(None)
        .cast(pl.Int64)
        .alias(name)
        for name in ("median_ms", "p90_ms")
    ]
    value = pl.col("value").sum().cast(pl.Float64)
    merged = transitions.group_by("origin", "target").agg(*counts, *times, value)
    return merged.sort("origin", "target")


def _describe_nodes(graph: "nx.DiGraph[str]") -> None:
    kinds = {node: _kind_of(node, graph.graph["grain"]) for node in graph}
    # Nobody arrives at the start; everybody leaves it.
    arrivals = {
        node: graph.out_degree(node, "transitions")
        if kinds[node] == "start"
        else graph.in_degree(node, "transitions")
        for node in graph
    }
    arrivals_of_kind: Counter[str] = Counter()
    for node, kind in kinds.items():
        arrivals_of_kind[kind] += arrivals[node]
    for node, kind in kinds.items():
        graph.nodes[node]["kind"] = kind
        graph.nodes[node]["share"] = arrivals[node] / arrivals_of_kind[kind]


def _kind_of(node: str, grain: str) -> str:
    if node == START:
        return "start"
    if node in STATES:
        return "state"
    return grain if grain in ("traffic", "touchpoint") else "stage"


def _printable(name: str) -> str:
    """Write control characters as \\x1b and the like, and leave all others as they are."""
    return _NOT_IN_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", name)
