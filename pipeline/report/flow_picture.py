"""The stage-flow picture: lying for a desk and standing for a phone."""

from typing import Any

from pipeline.report.labels import LYING, STANDING, Canvas, guide_lines, label_bars, safe_label
from pipeline.report.layout import START, Bar, Link, Picture, lay_out, lay_out_within
from pipeline.report.notation import Notation
from pipeline.report.palette import colour_of
from pipeline.report.sankey import Mark, Ribbon, plot
from pipeline.report.texts import Texts

_HEADER = 52.0
_FOOT = 14.0
_PHONE = 350.0


def draw_flow(links: list[Link], texts: Texts, notation: Notation) -> dict[str, dict[str, Any]]:
    """Draw the flow for either kind of screen; the page's script picks one and fits it."""
    lying = lay_out(links, LYING)
    standing = lay_out_within(links, STANDING, breadth=_PHONE)
    wide = Canvas(lying, False, 2, _HEADER, lying.length + 2, lying.breadth + _HEADER + _FOOT)
    tall = Canvas(standing, True, 24, 0, standing.length + 24, _PHONE)
    return {"wide": _figure(wide, texts, notation), "tall": _figure(tall, texts, notation)}


def _figure(canvas: Canvas, texts: Texts, notation: Notation) -> dict[str, Any]:
    picture = canvas.picture
    began = sum(link.journeys for link in picture.links if link.origin == START)
    marks = [
        Mark(
            along=(canvas.before_along + bar.along) / canvas.length,
            across=(canvas.before_across + bar.middle) / canvas.breadth,
            colour=colour_of(bar.meaning),
            told=_told_of_bar(bar, picture, texts, notation),
        )
        for bar in picture.bars
    ]
    ribbons = [
        Ribbon(
            ends=ends,
            journeys=link.journeys,
            label=f"{link.origin} → {link.target}",
            colour=colour_of(link.target if link.is_exit else link.origin),
            told=_told_of_link(link, picture, texts, notation),
        )
        for link, ends in zip(picture.links, picture.ends, strict=True)
    ]
    return plot(
        marks,
        ribbons,
        share=began * picture.scale / canvas.breadth,
        height=canvas.length if canvas.is_standing else canvas.breadth,
        is_standing=canvas.is_standing,
        annotations=label_bars(canvas, texts, notation),
        shapes=guide_lines(canvas),
    )


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
