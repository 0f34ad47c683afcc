"""The transition graph, and the files that others read it from."""

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import networkx as nx
import polars as pl
import pytest

from pipeline.graph import build_graph, to_graphml, to_json
from pipeline.publish import GRAINS, graph_text
from pipeline.warehouse import Warehouse
from tests.core_tables import small_warehouse
from tests.projects import SHOP, WEB, Project


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with small_warehouse() as warehouse:
        yield warehouse


def transitions_of(warehouse: duckdb.DuckDBPyConnection, grain: str) -> pl.DataFrame:
    return warehouse.sql(
        "select * from marts.transitions where grain = $grain", params={"grain": grain}
    ).pl()


def edge(origin: str, target: str, **other: object) -> dict[str, object]:
    """Make a row of marts.transitions, of which only what matters is drawn."""
    row: dict[str, object] = {
        "grain": "touchpoint",
        "origin": origin,
        "target": target,
        "segment": None,
        "journeys": 1,
        "transitions": 1,
        "customers": 1,
        "median_ms": None,
        "p90_ms": None,
        "value": Decimal("0.0000"),
    }
    return row | other


def test_an_edge_sums_the_segments_and_weights_their_times(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    graph = build_graph(transitions_of(warehouse, "stage"))
    assert graph.edges["evaluation", "purchase"] == {
        "journeys": 2,
        "transitions": 2,
        "customers": 2,
        "median_ms": 900_000,
        "p90_ms": 900_000,
        "value": 120.0,
    }


def test_an_edge_to_an_end_state_has_no_time(warehouse: duckdb.DuckDBPyConnection) -> None:
    graph = build_graph(transitions_of(warehouse, "stage"))
    assert set(graph.edges["purchase", "kept"]) == {"journeys", "transitions", "customers", "value"}


def test_a_nodes_share_is_that_of_its_kind(warehouse: duckdb.DuckDBPyConnection) -> None:
    nodes = build_graph(transitions_of(warehouse, "stage")).nodes
    assert nodes["start"] == {"kind": "start", "share": 1.0}
    assert nodes["dropped"] == {"kind": "state", "share": 2 / 9}
    # Ten stages are come to outside need: ana's first journey comes to research twice.
    assert nodes["need"] == {"kind": "stage", "share": 2 / 19}
    assert nodes["research"] == {"kind": "stage", "share": 4 / 19}


@pytest.mark.parametrize("grain", GRAINS)
def test_shares_of_a_kind_sum_to_one(warehouse: duckdb.DuckDBPyConnection, grain: str) -> None:
    nodes = build_graph(transitions_of(warehouse, grain)).nodes
    middle = "stage" if grain == "stage_channel" else grain
    for kind in ("start", middle, "state"):
        shares = [nodes[node]["share"] for node in nodes if nodes[node]["kind"] == kind]
        assert sum(shares) == pytest.approx(1)


@pytest.mark.parametrize("grain", GRAINS)
def test_the_files_give_back_the_graph(warehouse: duckdb.DuckDBPyConnection, grain: str) -> None:
    graph = build_graph(transitions_of(warehouse, grain))
    from_graphml = nx.read_graphml(io.BytesIO(to_graphml(graph).encode()))
    from_json = nx.node_link_graph(json.loads(to_json(graph)), edges="edges")
    for again in (from_graphml, from_json):
        assert dict(again.nodes) == dict(graph.nodes)
        assert {(*ends, str(told)) for *ends, told in again.edges(data=True)} == {
            (*ends, str(told)) for *ends, told in graph.edges(data=True)
        }


@pytest.mark.parametrize("grain", GRAINS)
def test_the_files_tell_the_figures_of_the_nodes(
    warehouse: duckdb.DuckDBPyConnection, grain: str
) -> None:
    told = warehouse.sql(f"select * exclude (grain) from marts.nodes where grain = '{grain}'").pl()
    graphml = graph_text(Warehouse(warehouse), grain, "graphml")
    from_graphml = nx.read_graphml(io.BytesIO(graphml.encode()))
    from_json = nx.node_link_graph(
        json.loads(graph_text(Warehouse(warehouse), grain, "json")), edges="edges"
    )
    assert set(from_json) == set(told["node"])
    for row in told.to_dicts():
        known = {name: value for name, value in row.items() if value is not None}
        node = known.pop("node")
        share = from_json.nodes[node]["share"]
        assert from_json.nodes[node] == from_graphml.nodes[node] == {**known, "share": share}


def test_the_order_of_rows_changes_no_file(warehouse: duckdb.DuckDBPyConnection) -> None:
    transitions = transitions_of(warehouse, "touchpoint")
    graph, turned = build_graph(transitions), build_graph(transitions.reverse())
    assert to_graphml(graph) == to_graphml(turned)
    assert to_json(graph) == to_json(turned)


def test_hostile_names_stay_names() -> None:
    hostile = ["web/<script>&\"'", "web/\x00\x1b", "web/ñandú 🦤", "web/]]>"]
    graph = build_graph(pl.DataFrame([edge("start", name) for name in hostile]))
    from_graphml = nx.read_graphml(io.BytesIO(to_graphml(graph).encode()))
    assert set(from_graphml) == {"start", hostile[0], "web/\\x00\\x1b", hostile[2], hostile[3]}
    from_json = nx.node_link_graph(json.loads(to_json(graph)), edges="edges")
    assert set(from_json) == {"start", *hostile}


def test_a_graph_is_of_one_grain() -> None:
    rows = [edge("start", "need", grain="stage"), edge("start", "web/search")]
    with pytest.raises(AssertionError, match="one grain"):
        build_graph(pl.DataFrame(rows))


def test_no_transitions_make_no_nodes(warehouse: duckdb.DuckDBPyConnection) -> None:
    graph = build_graph(transitions_of(warehouse, "stage").clear())
    assert list(graph) == []
    assert nx.read_graphml(io.BytesIO(to_graphml(graph).encode())).number_of_nodes() == 0


@pytest.mark.long
def test_what_is_missing_of_graph_or_page_is_drawn_though_nothing_is_new(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.configure(SHOP, WEB)
    project.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n")
    project.run(with_page=True)
    graph = project.dir / "warehouse/graph/traffic.json"
    graph.unlink()
    assert project.run(with_page=True).intake is None
    assert graph.exists()
