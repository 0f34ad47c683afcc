"""The only door to Plotly: the stage-flow picture, lying for a desk and standing for a phone."""

import re
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from pipeline.report.labels import LYING, STANDING, Canvas, guide_lines, label_bars, safe_label
from pipeline.report.layout import START, Bar, Link, Picture, lay_out, lay_out_within
from pipeline.report.notation import Notation
from pipeline.report.palette import INK, colour_of, veil
from pipeline.report.texts import Texts

_HEADER = 52.0
_FOOT = 14.0
_PHONE = 350.0
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


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


def draw_flow(links: list[Link], texts: Texts, notation: Notation) -> dict[str, dict[str, Any]]:
    """Draw the flow for either kind of screen; the page's script picks one and fits it."""
    lying = lay_out(links, LYING)
    standing = lay_out_within(links, STANDING, breadth=_PHONE)
    wide = Canvas(lying, False, 2, _HEADER, lying.length + 2, lying.breadth + _HEADER + _FOOT)
    tall = Canvas(standing, True, 24, 0, standing.length + 24, _PHONE)
    return {"wide": _figure(wide, texts, notation), "tall": _figure(tall, texts, notation)}


def _figure(canvas: Canvas, texts: Texts, notation: Notation) -> dict[str, Any]:
    figure = go.Figure(
        data=[_trace(canvas, texts, notation)],
        layout=go.Layout(
            template="none",
            annotations=label_bars(canvas, texts, notation),
            shapes=guide_lines(canvas),
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            height=canvas.length if canvas.is_standing else canvas.breadth,
            font={"family": _FONT, "color": INK, "size": 12},
            hoverlabel={"bgcolor": "#fff", "bordercolor": "#c9ced4", "font": {"color": INK}},
            paper_bgcolor="rgba(0,0,0,0)",
        ),
    )
    drawn: dict[str, Any] = figure.to_plotly_json()
    return {"data": drawn["data"], "layout": drawn["layout"], "is_standing": canvas.is_standing}


def _trace(canvas: Canvas, texts: Texts, notation: Notation) -> go.Sankey:
    """Write the picture as a trace.

    The breadth of a journey is not Plotly's to choose. It fits its own columns into the trace's
    domain; with no padding the fullest, which holds all journeys, fills it: so the domain is as
    broad as all journeys, and bars are placed beyond it, which Plotly allows. A position of
    exactly 0 would count as none.
    """
    picture = canvas.picture
    share = sum(k.journeys for k in picture.links if k.origin == START) * picture.scale
    share /= canvas.breadth
    along = [max(1e-6, (canvas.before_along + bar.along) / canvas.length) for bar in picture.bars]
    across = [max(1e-6, (canvas.before_across + b.middle) / canvas.breadth) for b in picture.bars]
    # A standing picture's fractions are turned into Plotly's by the page, which knows its width.
    positions = across if canvas.is_standing else [middle / share for middle in across]
    domain = {"x": [0, share], "y": [0, 1]} if canvas.is_standing else {"y": [1 - share, 1]}
    return go.Sankey(
        orientation="v" if canvas.is_standing else "h",
        arrangement="fixed",
        domain=domain,
        node={
            "x": along,
            "y": positions,
            "pad": 0,
            "thickness": LYING.thickness,
            "sort": "input",
            "label": [""] * len(along),
            "color": [colour_of(bar.meaning) for bar in picture.bars],
            "line": {"width": 0},
            "customdata": [_told_of_bar(bar, picture, texts, notation) for bar in picture.bars],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        link={
            "source": [source for source, _ in picture.ends],
            "target": [target for _, target in picture.ends],
            "value": [link.journeys for link in picture.links],
            "sort": "input",
            "label": [safe_label(f"{link.origin} → {link.target}") for link in picture.links],
            "color": [_ribbon_colour(link) for link in picture.links],
            "hovercolor": [_ribbon_colour(link, opacity=0.7) for link in picture.links],
            "customdata": [_told_of_link(k, picture, texts, notation) for k in picture.links],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )


def _ribbon_colour(link: Link, *, opacity: float = 0.42) -> str:
    return veil(colour_of(link.target if link.is_exit else link.origin), opacity)


def _told_of_bar(bar: Bar, picture: Picture, texts: Texts, notation: Notation) -> str:
    of_all = bar.journeys / picture.bars[0].journeys
    name = texts.node(bar.meaning)
    if bar.of_stage is not None:
        name = f"{texts.node(bar.of_stage)} → {name}"
    counted = texts.say(
        "flow.hover",
        journeys=notation.number(bar.journeys),
        share=notation.share(of_all, decimals=1),
    )
    return f"{safe_label(name)}<br>{safe_label(counted)}"


def _told_of_link(link: Link, picture: Picture, texts: Texts, notation: Notation) -> str:
    of_origin = link.journeys / sum(
        each.journeys for each in picture.links if each.origin == link.origin
    )
    way = f"{texts.node(link.origin)} → {texts.node(link.target)}"
    counted = texts.say(
        "flow.hover_link",
        journeys=notation.number(link.journeys),
        share=notation.share(of_origin, decimals=1),
        origin=texts.node(link.origin),
    )
    worth = texts.say(
        "flow.hover_value", value=notation.money(link.value), currency=notation.currency
    )
    return "<br>".join([safe_label(way), safe_label(counted), safe_label(worth)])
