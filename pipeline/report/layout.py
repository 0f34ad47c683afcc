"""Where every bar of the stage-flow picture stands, so that no ribbon has to guess its way.

A picture has two axes: *along*, the way of the journey, and *across*, where breadth is journeys.
Stages stand in their order along; each has its exits behind it, beyond the ribbons that go on, so
that whoever leaves peels off outward. Ribbons that skip stages arc over them on the inner side,
the longest innermost. Drawn this way no exit crosses anything, no ribbon runs behind a bar, and two
skips cross only where one begins under the other and ends beyond it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pipeline.vocabulary import STAGES

START = "start"
_ROUNDS = 100
_SETTLED = 0.01
# From the ribbons that go on outward: the good ends, the undecided, the sad ones.
_EXIT_ORDER = ("repurchased", "advocated", "kept", "open", "detracted", "returned", "dropped")


@dataclass(frozen=True)
class Link:
    """Journeys that went from a stage (or the start) to a deeper stage or an end state."""

    origin: str
    target: str
    journeys: int
    value: float

    @property
    def is_exit(self) -> bool:
        """Tell whether the journeys end here."""
        return self.target not in STAGES


@dataclass(frozen=True)
class Shape:
    """The measures of a picture in pixels.

    `breadth` is that of all journeys together. `label_pitch` lies between the middles of two exits,
    `tail` behind the last of them, `beside` outward of every stage: all three are room for labels.
    """

    step: float
    exit_after: float
    breadth: float
    gap: float
    label_pitch: float
    tail: float
    beside: float
    thickness: float = 12


@dataclass(frozen=True)
class Bar:
    """A node: a stage, or the exit of one stage into one end state."""

    meaning: str
    of_stage: str | None
    journeys: int
    along: float
    top: float
    size: float

    @property
    def middle(self) -> float:
        """The middle of the bar across."""
        return self.top + self.size / 2


@dataclass(frozen=True)
class Picture:
    """Bars, and links in the order in which they leave and enter them, with both their ends."""

    bars: tuple[Bar, ...]
    links: tuple[Link, ...]
    ends: tuple[tuple[int, int], ...]
    length: float
    breadth: float
    scale: float


def lay_out(links: Sequence[Link], shape: Shape) -> Picture:
    """Place every bar of a flow. What flows into a stage must flow out of it."""
    columns = [START, *(s for s in STAGES if any(s in (k.origin, k.target) for k in links))]
    ordered = sorted(links, key=lambda link: _order(link, columns))
    began = sum(link.journeys for link in ordered if link.origin == START)
    scale = shape.breadth / began
    stages = _place_stages(ordered, columns, shape, scale)
    bars = list(stages.values())
    for name, following in zip(columns, [*columns[1:], None], strict=True):
        leaving = [link for link in ordered if link.origin == name]
        bars += _place_exits(name, following, stages, leaving, shape, scale)
    number = {(bar.meaning, bar.of_stage): position for position, bar in enumerate(bars)}
    ends = tuple(
        (
            number[link.origin, None],
            number[link.target, link.origin if link.is_exit else None],
        )
        for link in ordered
    )
    return Picture(
        bars=tuple(bars),
        links=tuple(ordered),
        ends=ends,
        length=max(bar.along for bar in bars) + shape.tail,
        breadth=max(
            bar.top + bar.size + (shape.beside if bar.of_stage is None else 0) for bar in bars
        ),
        scale=scale,
    )


def lay_out_within(links: Sequence[Link], shape: Shape, *, breadth: float) -> Picture:
    """Place every bar with the broadest ribbons that leave the picture within a breadth."""
    narrower = shape
    while (picture := lay_out(links, narrower)).breadth > breadth and narrower.breadth > 20:
        narrower = replace(narrower, breadth=narrower.breadth * 0.95)
    return picture


def _order(link: Link, columns: Sequence[str]) -> tuple[int, int, str]:
    """Sort long skips before short ones and exits last: at both ends the order is then right."""
    if not link.is_exit:
        return (0, columns.index(link.origin) - columns.index(link.target), link.origin)
    known = link.target in _EXIT_ORDER
    return (1, _EXIT_ORDER.index(link.target) if known else len(_EXIT_ORDER), link.target)


def _place_stages(
    links: Sequence[Link], columns: Sequence[str], shape: Shape, scale: float
) -> dict[str, Bar]:
    """Put each stage as far inward as the ribbons that pass over it allow."""
    sizes = {
        name: sum(k.journeys for k in links if (k.origin if name == START else k.target) == name)
        for name in columns
    }
    tops = dict.fromkeys(columns, 0.0)
    # A stage that is pushed outward takes its ribbons along, which may push others; it settles,
    # for every push reaches the next stage only in part.
    for _ in range(_ROUNDS):
        before = dict(tops)
        for name in columns[1:-1]:
            tops[name] = _clear_of_arcs(name, links, columns, tops, shape, scale)
        if all(abs(tops[name] - before[name]) < _SETTLED for name in columns):
            break
    return {
        name: Bar(
            meaning=name,
            of_stage=None,
            journeys=sizes[name],
            along=position * shape.step + shape.thickness / 2,
            top=tops[name],
            size=sizes[name] * scale,
        )
        for position, name in enumerate(columns)
    }


def _clear_of_arcs(
    name: str,
    links: Sequence[Link],
    columns: Sequence[str],
    tops: Mapping[str, float],
    shape: Shape,
    scale: float,
) -> float:
    here = columns.index(name)
    lowest = 0.0
    for number, link in enumerate(links):
        if link.is_exit:
            continue
        first, last = columns.index(link.origin), columns.index(link.target)
        if not first < here < last:
            continue
        leaves = tops[link.origin] + _taken(links[: number + 1], "origin", link.origin) * scale
        enters = tops[link.target] + _taken(links[: number + 1], "target", link.target) * scale
        way = (last - first) * shape.step - shape.thickness
        for edge in (0.0, shape.thickness):
            gone = ((here - first) * shape.step - shape.thickness + edge) / way
            lowest = max(lowest, leaves + (enters - leaves) * ribbon_rise(gone) + shape.gap)
    return lowest


def _taken(links: Sequence[Link], end: str, name: str) -> int:
    return sum(link.journeys for link in links if getattr(link, end) == name)


@lru_cache(maxsize=256)
def ribbon_rise(gone: float) -> float:
    """Tell how far a ribbon has risen of its whole rise, once it has gone a share of its way.

    Ribbons are cubic curves whose handles lie level, halfway along.
    """
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        reached = 1.5 * middle * (1 - middle) + middle**3
        low, high = (middle, high) if reached < gone else (low, middle)
    return 3 * low**2 - 2 * low**3


def _place_exits(
    stage: str,
    following: str | None,
    stages: Mapping[str, Bar],
    links: Sequence[Link],
    shape: Shape,
    scale: float,
) -> list[Bar]:
    """Line a stage's exits up behind it, outside of what goes on, a label's room apart."""
    bar = stages[stage]
    leaving = [link for link in links if link.is_exit]
    staying = sum(link.journeys for link in links if not link.is_exit) * scale
    if following is None:
        inner = max(0.0, bar.middle - _block(leaving, shape, scale) / 2)
    else:
        beyond = stages[following].top + stages[following].size
        inner = max(bar.top + staying, beyond) + shape.gap
    exits: list[Bar] = []
    for link in leaving:
        size = link.journeys * scale
        if exits:
            before = exits[-1]
            inner = max(
                before.top + before.size + shape.gap, before.middle + shape.label_pitch - size / 2
            )
        along = bar.along + shape.exit_after
        exits.append(Bar(link.target, stage, link.journeys, along, inner, size))
    return exits


def _block(leaving: Sequence[Link], shape: Shape, scale: float) -> float:
    return sum(max(link.journeys * scale + shape.gap, shape.label_pitch) for link in leaving)
