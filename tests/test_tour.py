"""The guided tour runs to its end on the sample's warehouse."""

import runpy
from pathlib import Path
from typing import Any

import pytest

TOUR = Path(__file__).parent.parent / "notebooks" / "tour.py"


def test_the_tour_shows_a_funnel_paths_and_a_graph(
    sample_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORRIDO_WAREHOUSE", str(sample_warehouse))
    app = runpy.run_path(str(TOUR))["app"]
    _, shown = app.run()
    found: dict[str, Any] = dict(shown)
    found["warehouse"].close()
    assert found["funnel"]["stage"].to_list() == [
        "need",
        "research",
        "evaluation",
        "purchase",
        "experience",
        "outcome",
    ]
    assert found["tables"]["comment"].null_count() == 0
    assert found["paths"].height == 10 + 1  # what is left over is told, too
    assert found["credit"]["traffic"].null_count() == 1  # what no visit earned
    assert set(found["moments"]["kind"]) <= {"pain point", "moment of truth"}
    assert found["cohorts"]["customers"].min() > 0
    assert found["one_customer"].height > 0
    assert found["graph"].has_edge("evaluation", "purchase")
