"""The path-flow picture: steps from left to right, more of them on a desk than on a phone."""

from typing import Any

from pipeline.report.labels import caption, safe_label
from pipeline.report.notation import Notation
from pipeline.report.palette import MUTED, colour_of
from pipeline.report.path_layout import PathBar, PathPicture, PathShape, lay_out_paths
from pipeline.report.path_links import PathLink, PathNode, fold_links, journeys_through
from pipeline.report.sankey import Mark, Ribbon, plot
from pipeline.report.texts import Texts

DESK = PathShape(steps=4, top=6, step=225, breadth=360, gap=7, label_pitch=30, tail=165)
PHONE = PathShape(steps=3, top=4, step=84, breadth=280, gap=6, label_pitch=28, tail=88)
_HEADER = 34.0
_FOOT = 16.0


def draw_paths(
    links: list[PathLink], texts: Texts, notation: Notation
) -> dict[str, dict[str, Any]]:
    """Draw the flow for either kind of screen; the page's script picks one and fits it."""
    return {
        "wide": _figure(links, DESK, texts, notation),
        "tall": _figure(links, PHONE, texts, notation, is_narrow=True),
    }


def _figure(
    links: list[PathLink],
    shape: PathShape,
    texts: Texts,
    notation: Notation,
    *,
    is_narrow: bool = False,
) -> dict[str, Any]:
    picture = lay_out_paths(fold_links(links, steps=shape.steps, top=shape.top), shape)
    passing = journeys_through(picture.links)
    height = picture.breadth + _HEADER + _FOOT
    marks = [
        Mark(
            along=bar.along / picture.length,
            across=(_HEADER + bar.middle) / height,
            colour=colour_of(bar.node.meaning),
            told=_told_of_bar(bar, picture, texts, notation),
        )
        for bar in picture.bars
    ]
    ribbons = [
        Ribbon(
            ends=ends,
            journeys=link.journeys,
            label=f"{link.origin.column} {_name(link.origin)} → {_name(link.target)}",
            colour=colour_of(link.target.meaning if link.target.is_end else link.origin.meaning),
            told=_told_of_link(link, passing[link.origin], texts, notation),
        )
        for link, ends in zip(picture.links, picture.ends, strict=True)
    ]
    return plot(
        marks,
        ribbons,
        share=shape.breadth / height,
        height=height,
        annotations=[
            *_step_titles(picture, shape, texts, notation),
            *(
                _label(bar, picture, height, texts, notation, is_narrow)
                for bar in picture.bars
                if bar.has_label
            ),
        ],
    )


def _step_titles(
    picture: PathPicture, shape: PathShape, texts: Texts, notation: Notation
) -> list[dict[str, Any]]:
    """Number the columns; the one behind the last step holds ends alone, and has no number."""
    steps = {bar.node.column: bar.along for bar in picture.bars if not bar.node.is_end}
    return [
        caption(
            texts.say("paths.step", number=notation.number(column)),
            "",
            size=12,
            colour=MUTED,
            place={
                "x": along / picture.length,
                "xshift": -shape.thickness / 2,
                "xanchor": "left",
                "y": 1,
                "yanchor": "top",
            },
        )
        for column, along in sorted(steps.items())
    ]


def _label(
    bar: PathBar,
    picture: PathPicture,
    height: float,
    texts: Texts,
    notation: Notation,
    is_narrow: bool,
) -> dict[str, Any]:
    name = texts.node(bar.node.meaning, short=True)
    counted = notation.number(bar.journeys)
    channel = bar.node.channel
    if is_narrow:
        counted = f"{_cut(channel, 8)} {counted}" if channel else counted
    else:
        name = f"{name} · {_cut(channel, 14)}" if channel else name
        counted = f"{counted} · {notation.share(bar.journeys / picture.journeys)}"
    return caption(
        _cut(name, 12 if is_narrow else 28),
        counted,
        size=10 if is_narrow else 11,
        place={
            "x": bar.along / picture.length,
            "xshift": DESK.thickness / 2 + (3 if is_narrow else 5),
            "xanchor": "left",
            "y": 1 - (_HEADER + bar.middle) / height,
            "yanchor": "middle",
        },
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _name(node: PathNode) -> str:
    """Name a node as the tables do."""
    return f"{node.meaning}/{node.channel}" if node.channel is not None else node.meaning


def _called(node: PathNode, texts: Texts) -> str:
    name = texts.node(node.meaning, short=True)
    return f"{name} · {node.channel}" if node.channel is not None else name


def _told_of_bar(bar: PathBar, picture: PathPicture, texts: Texts, notation: Notation) -> str:
    """Tell of a bar: an end is one of those that took as many steps as lie before it."""
    key = "paths.hover_end" if bar.node.is_end else "paths.hover"
    step = texts.say(
        key,
        node=_called(bar.node, texts),
        number=notation.number(bar.node.column - (1 if bar.node.is_end else 0)),
    )
    counted = texts.say(
        "flow.hover",
        journeys=notation.number(bar.journeys),
        share=notation.share(bar.journeys / picture.journeys, decimals=1),
    )
    value = sum(
        link.value
        for link in picture.links
        if bar.node == (link.origin if bar.node.column == 1 else link.target)
    )
    return "<br>".join([safe_label(step), safe_label(counted), _worth(value, texts, notation)])


def _told_of_link(link: PathLink, passing: int, texts: Texts, notation: Notation) -> str:
    origin = _called(link.origin, texts)
    way = texts.say(
        "paths.hover_link",
        origin=origin,
        target=_called(link.target, texts),
        number=notation.number(link.origin.column),
    )
    counted = texts.say(
        "paths.hover_share",
        journeys=notation.number(link.journeys),
        share=notation.share(link.journeys / passing, decimals=1),
        origin=origin,
    )
    worth = _worth(link.value, texts, notation)
    return "<br>".join([safe_label(way), safe_label(counted), worth])


def _worth(value: float, texts: Texts, notation: Notation) -> str:
    return safe_label(
        texts.say("flow.hover_value", value=notation.money(value), currency=notation.currency)
    )
