"""The words in the stage-flow picture: where each stands, and how it is made harmless."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.report.layout import Bar, Picture, Shape
from pipeline.report.notation import Notation
from pipeline.report.palette import INK
from pipeline.report.texts import Texts

# Across, the lying picture has fixed pixels and the standing one the screen's; along, it is the
# other way round. The page's script stretches whichever axis is free.
LYING = Shape(step=152, exit_after=64, breadth=250, gap=12, label_pitch=33, tail=122, beside=0)
STANDING = Shape(step=158, exit_after=56, breadth=210, gap=7, label_pitch=48, tail=84, beside=96)
_ROW = 27.0


@dataclass(frozen=True)
class Canvas:
    """A picture's frame in pixels: its whole length and breadth, and what stands before it."""

    picture: Picture
    is_standing: bool
    before_along: float
    before_across: float
    length: float
    breadth: float


def safe_label(text: str) -> str:
    """Make any text harmless to Plotly, which reads labels as markup: links, bold, line breaks."""
    one_line = " ".join(text.split())
    return one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label_bars(canvas: Canvas, texts: Texts, notation: Notation) -> list[dict[str, Any]]:
    """Label stages in one row (lying) or beside their bars (standing), exits next to theirs."""
    began = canvas.picture.bars[0].journeys
    place = _place_standing if canvas.is_standing else _place_lying
    return [_label(bar, began, texts, notation, place(bar, canvas)) for bar in canvas.picture.bars]


def caption(
    name: str, counted: str, *, size: int, place: Mapping[str, Any], colour: str = INK
) -> dict[str, Any]:
    """Write two lines beside a bar, whatever the data put into them.

    The page's style sheet makes first lines bold: Plotly's own bold is an inline style, which the
    policy forbids.
    """
    return {
        "text": f"{safe_label(name)}<br>{safe_label(counted)}",
        "font": {"size": size, "color": colour},
        "align": "left",
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
        "borderpad": 0,
        **place,
    }


def _label(
    bar: Bar, began: int, texts: Texts, notation: Notation, place: Mapping[str, Any]
) -> dict[str, Any]:
    return caption(
        texts.node(bar.meaning, short=True),
        f"{notation.number(bar.journeys)} · {notation.share(bar.journeys / began)}",
        size=13 if bar.of_stage is None else 11,
        place=place,
    )


def guide_lines(canvas: Canvas) -> list[dict[str, Any]]:
    """Lead the eye from a stage's label in the top row down to its bar."""
    if canvas.is_standing:
        return []
    stages = [bar for bar in canvas.picture.bars if bar.of_stage is None]
    return [
        {
            "type": "line",
            "xref": "paper",
            "yref": "paper",
            "layer": "below",
            # Bars keep their thickness however wide the page is; so does the way to their edge.
            "xsizemode": "pixel",
            "xanchor": (canvas.before_along + bar.along) / canvas.length,
            "x0": -LYING.thickness / 2,
            "x1": -LYING.thickness / 2,
            "y0": 1 - 38 / canvas.breadth,
            "y1": 1 - (canvas.before_across + bar.top) / canvas.breadth,
            "line": {"color": "#cfd4da", "width": 1},
        }
        for bar in stages
    ]


def _place_lying(bar: Bar, canvas: Canvas) -> dict[str, Any]:
    along = (canvas.before_along + bar.along) / canvas.length
    half = LYING.thickness / 2
    if bar.of_stage is None:
        return {"x": along, "xshift": -half, "xanchor": "left", "y": 1, "yanchor": "top"}
    across = 1 - (canvas.before_across + bar.middle) / canvas.breadth
    return {"x": along, "xshift": half + 4, "xanchor": "left", "y": across, "yanchor": "middle"}


def _place_standing(bar: Bar, canvas: Canvas) -> dict[str, Any]:
    along = 1 - (canvas.before_along + bar.along) / canvas.length
    half = STANDING.thickness / 2
    right = (bar.top + bar.size) / canvas.breadth
    if bar.of_stage is None:
        return {"x": right, "xshift": 6, "xanchor": "left", "y": along, "yanchor": "middle"}
    has_room = bar.top + STANDING.beside < canvas.breadth
    return {
        "x": bar.top / canvas.breadth if has_room else right,
        "xanchor": "left" if has_room else "right",
        "align": "left" if has_room else "right",
        "y": along,
        "yshift": -half - 1 - (_ROW if _is_second_in_line(bar, canvas.picture) else 0),
        "yanchor": "top",
    }


def _is_second_in_line(bar: Bar, picture: Picture) -> bool:
    """Tell whether a label goes into the lower row: neighbours on a phone have no room in one."""
    exits = [each for each in picture.bars if each.of_stage == bar.of_stage]
    return exits.index(bar) % 2 == 1
