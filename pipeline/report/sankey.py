"""The only door to Plotly: Sankey pictures whose every bar stands where our layouts put it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from pipeline.report.labels import LYING, safe_label
from pipeline.report.palette import INK, veil

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Mark:
    """A bar as it is plotted: its middle in shares of the picture, its colour and its words."""

    along: float
    across: float
    colour: str
    told: str


@dataclass(frozen=True)
class Ribbon:
    """A link as it is plotted, from one mark's number to another's."""

    ends: tuple[int, int]
    journeys: int
    label: str
    colour: str
    told: str


def plotly_script() -> str:
    """Give the text of plotly.js, to be embedded: the page asks no server for it."""
    return str(get_plotlyjs())


def unwanted_sheet_id() -> str | None:
    """Find the id under which plotly.js looks for the style sheet of its map library.

    It writes 80 KB of style into any page without an element of that id; the policy would forbid
    it, loudly.
    """
    found = re.search(r'getElementById\("([0-9a-f]{64})"\)', plotly_script())
    return found.group(1) if found else None


def plot(
    marks: Sequence[Mark],
    ribbons: Sequence[Ribbon],
    *,
    share: float,
    height: float,
    is_standing: bool = False,
    annotations: Sequence[Mapping[str, Any]] = (),
    shapes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Write a picture as Plotly wants it; `share` of its breadth is that of all journeys.

    The breadth of a journey is not Plotly's to choose. It fits its own columns into the trace's
    domain; with no padding the fullest, which holds all journeys, fills it: so the domain is as
    broad as all journeys, and bars are placed beyond it, which Plotly allows. A position of
    exactly 0 would count as none.
    """
    across = [max(1e-6, mark.across) for mark in marks]
    trace = go.Sankey(
        orientation="v" if is_standing else "h",
        arrangement="fixed",
        domain={"x": [0, share], "y": [0, 1]} if is_standing else {"y": [1 - share, 1]},
        node={
            "x": [max(1e-6, mark.along) for mark in marks],
            # A standing picture's fractions are turned into Plotly's by the page, which knows its
            # width.
            "y": across if is_standing else [middle / share for middle in across],
            "pad": 0,
            "thickness": LYING.thickness,
            "sort": "input",
            "label": [""] * len(marks),
            "color": [mark.colour for mark in marks],
            "line": {"width": 0},
            "customdata": [mark.told for mark in marks],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        link={
            "source": [ribbon.ends[0] for ribbon in ribbons],
            "target": [ribbon.ends[1] for ribbon in ribbons],
            "value": [ribbon.journeys for ribbon in ribbons],
            "sort": "input",
            "label": [safe_label(ribbon.label) for ribbon in ribbons],
            "color": [veil(ribbon.colour, 0.42) for ribbon in ribbons],
            "hovercolor": [veil(ribbon.colour, 0.7) for ribbon in ribbons],
            "customdata": [ribbon.told for ribbon in ribbons],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )
    figure = go.Figure(
        data=[trace],
        layout=go.Layout(
            template="none",
            annotations=list(annotations),
            shapes=list(shapes),
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            height=height,
            font={"family": _FONT, "color": INK, "size": 12},
            hoverlabel={"bgcolor": "#fff", "bordercolor": "#c9ced4", "font": {"color": INK}},
            paper_bgcolor="rgba(0,0,0,0)",
        ),
    )
    drawn: dict[str, Any] = figure.to_plotly_json()
    return {"data": drawn["data"], "layout": drawn["layout"], "is_standing": is_standing}
