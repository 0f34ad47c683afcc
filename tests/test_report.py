"""The page in a real browser, and the pure parts it is made of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from string import Formatter

import pytest
from playwright.sync_api import Browser

from pipeline.report import Language, ReportData, render_page
from pipeline.report.labels import LYING, STANDING, safe_label
from pipeline.report.layout import Link, Picture, Shape, lay_out, lay_out_within, ribbon_rise
from pipeline.report.notation import Notation
from pipeline.report.texts import WORDS
from pipeline.vocabulary import STAGES, STATES
from tests.hostile_frames import hostile_everywhere
from tests.pages import DESK, HOSTILE, PAYLOADS, PHONE, Look, Opened, open_page, overlaps
from tests.report_frames import FLOW, report_data, turned_shop

ONE_STAGE = [("start", "need", 12, 0.0), ("need", "dropped", 9, 0.0), ("need", "open", 3, 0.0)]
ONE_WAY = [("start", "need", 1, 0.0), ("need", "dropped", 1, 0.0)]
HAIRLINES = [
    ("start", "need", 1_000_000, 900_000_000_000.0),
    ("start", "outcome", 1, 123_456_789_012.0),
    ("need", "research", 1, 5.0),
    ("need", "dropped", 999_999, 0.0),
    ("research", "open", 1, 0.0),
    ("outcome", "kept", 1, 0.0),
]
FLOWS = {"shop": FLOW, "one_stage": ONE_STAGE, "one_way": ONE_WAY, "hairlines": HAIRLINES}


# --- The page in a browser


@dataclass(frozen=True)
class Shown:
    """The page of a shop, opened in one language on one screen."""

    opened: Opened
    language: Language
    size: tuple[int, int]


@pytest.fixture(scope="module", params=[("es", DESK), ("en", PHONE)], ids=["es-desk", "en-phone"])
def shown(request: pytest.FixtureRequest, look: Look) -> Shown:
    language, size = request.param
    return Shown(look(turned_shop, language, size), language, size)


@pytest.mark.browser
def test_the_page_draws_the_flow_quietly_and_fits_the_screen(shown: Shown) -> None:
    opened, language, size = shown.opened, shown.language, shown.size
    assert opened.drawn_links() == {f"{origin} → {target}": n for origin, target, n, _ in FLOW}
    assert opened.requests == [opened.file]
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == size[0]
    assert opened.ask("document.documentElement.lang") == language
    for selector in ("#flow-picture rect.node-rect", "#flow-picture .annotation-text"):
        boxes = opened.boxes(selector)
        assert len(boxes) == 1 + 6 + sum(target in STATES for _, target, _, _ in FLOW)
        assert not [pair for pair in combinations(boxes, 2) if overlaps(*pair)], selector
        frame = opened.boxes("#flow-picture")[0]
        assert all(frame["left"] - 1 <= box["left"] for box in boxes)
        assert all(box["right"] <= frame["right"] + 1 for box in boxes)


@pytest.mark.browser
def test_a_bar_stands_where_our_layout_put_it(shown: Shown) -> None:
    opened, size = shown.opened, shown.size
    opened.page.wait_for_selector("#flow-picture rect.node-rect")
    links = [Link(*row) for row in FLOW]
    lying, standing = lay_out(links, LYING), lay_out_within(links, STANDING, breadth=350)
    picture = lying if size == DESK else standing
    edges = ("top", "height") if size == DESK else ("left", "width")
    boxes = opened.boxes("#flow-picture rect.node-rect")
    # The picture's breadth is the screen's on a phone, and its own pixels on a desk.
    stretch = 1.0 if size == DESK else opened.boxes("#flow-picture")[0]["width"] / 350
    first = boxes[0][edges[0]] - picture.bars[0].top * stretch
    for box, bar in zip(boxes, picture.bars, strict=True):
        assert box[edges[0]] - first == pytest.approx(bar.top * stretch, abs=1)
        assert box[edges[1]] == pytest.approx(max(0.5, bar.size * stretch), abs=1)


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_hostile_text_is_shown_and_does_nothing(look: Look, size: tuple[int, int]) -> None:
    opened = look(hostile_everywhere, "es", size)
    opened.drawn_links()
    shown = [" ".join(text.split()) for text in HOSTILE]
    assert opened.ask("window.hacked") is None
    assert opened.ask("document.querySelectorAll('a, img, iframe, form, b script').length") == 0
    assert opened.ask("document.querySelectorAll('script').length") == 3
    assert opened.requests == [opened.file]
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == size[0]
    assert opened.ask("document.querySelector('.kicker strong').textContent") == " ".join(HOSTILE)
    silent = opened.ask("document.querySelector('.warning').textContent")
    assert all(text in silent for text in HOSTILE)
    labels = opened.ask(
        "[...document.querySelectorAll('#flow-picture .annotation-text')].map("
        "label => label.querySelector('tspan.line').textContent)"
    )
    assert set(shown[: len(PAYLOADS)]) <= set(labels)


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize(
    ("rows", "size"),
    [([], DESK), ([], PHONE), (ONE_STAGE, PHONE), (HAIRLINES, DESK)],
    ids=["empty-desk", "empty-phone", "one-phone", "hairlines-desk"],
)
def test_an_odd_warehouse_gives_a_whole_page(
    browser: Browser,
    tmp_path: Path,
    rows: list[tuple[str, str, int, float]],
    size: tuple[int, int],
) -> None:
    data = report_data(
        rows,
        project="Proyecto de nombre larguísimo " * 6,
        revenue=123_456_789_012,
        channels={"canal_" + "larguísimo_" * 12: 0.6, **{f"c{n}": 0.02 for n in range(20)}},
    )
    opened = open_page(browser, tmp_path, data, size=size)
    if rows:
        assert len(opened.drawn_links()) == len(rows)
    assert opened.requests == [opened.file]
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == size[0]


# --- The page as text


def test_the_same_frames_give_the_same_page() -> None:
    assert render_page(report_data(), language="es") == render_page(report_data(), language="es")


def test_an_open_journey_is_never_counted_as_lost() -> None:
    """Of 12 journeys 3 are open: 9 were lost of the 9 that ended."""
    page = render_page(report_data(ONE_STAGE), language="en")
    assert "Most are lost at Need: 100% leave there" in page


def test_a_month_that_is_not_ripe_shows_no_rate_but_its_estimate() -> None:
    """Four of nine months are unripe, at four stages each; all time is judged whatever its age."""
    page = render_page(report_data(), language="en")
    assert page.count('class="unripe"') == 4 * 4


def test_a_page_without_a_run_does_not_speak_of_tonights_files() -> None:
    data = report_data([])
    assert "4 tonight" in render_page(data, language="en")
    unknown = ReportData(**{**vars(data), "run_id": None})
    assert "4 tonight" not in render_page(unknown, language="en")


def test_both_languages_say_everything_with_the_same_figures() -> None:
    for key, (spanish, english) in WORDS.items():
        assert spanish, key
        assert english, key
        assert _figures_in(spanish) == _figures_in(english), key


def _figures_in(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_stage_and_state_has_a_name() -> None:
    assert {f"node.{name}" for name in (*STAGES, *STATES)} <= WORDS.keys()


# --- Numbers

SPANISH = Notation("es", "America/Santiago", "CLP")
LATE = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
ENGLISH = Notation("en", "America/Santiago", "USD")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (SPANISH.number(1234), "1.234"),
        (ENGLISH.number(1234), "1,234"),
        (SPANISH.share(0.2345, decimals=1), "23,5\u00a0%"),
        (ENGLISH.share(0.2345, decimals=1), "23.5%"),
        (SPANISH.share(0), "0\u00a0%"),
        (SPANISH.share(0.0001), "<\u00a01\u00a0%"),
        (SPANISH.share(None), "–"),
        (ENGLISH.interval(0.38, 0.44), "38–44%"),
        (SPANISH.money(123456789012), "123.456.789.012"),
        (ENGLISH.money(1234.5), "1,234.50"),
        (ENGLISH.money(-1234.5), "-1,234.50"),
        (SPANISH.days(timedelta(days=90)), "90 días"),
        (ENGLISH.days(timedelta(minutes=90)), "2 hours"),
        (SPANISH.moment(LATE), "19 de noviembre de 2026, 23:30"),
        (ENGLISH.moment(LATE), "19 November 2026, 23:30"),
    ],
)
def test_figures_are_written_as_the_language_writes_them(written: str, expected: str) -> None:
    assert written == expected


# --- The layout


@pytest.fixture(params=[LYING, STANDING], ids=["lying", "standing"])
def shape(request: pytest.FixtureRequest) -> Shape:
    chosen: Shape = request.param
    return chosen


@pytest.fixture(params=list(FLOWS.values()), ids=list(FLOWS))
def picture(request: pytest.FixtureRequest, shape: Shape) -> Picture:
    return lay_out([Link(*row) for row in request.param], shape)


def test_what_flows_into_a_bar_flows_out_of_it(picture: Picture) -> None:
    for number, bar in enumerate(picture.bars):
        links = list(zip(picture.links, picture.ends, strict=True))
        out = sum(link.journeys for link, (source, _) in links if source == number)
        into = sum(link.journeys for link, (_, target) in links if target == number)
        assert {into, out} - {0} == {bar.journeys}


def test_bars_do_not_overlap(picture: Picture, shape: Shape) -> None:
    for one, other in combinations(picture.bars, 2):
        if abs(one.along - other.along) < shape.thickness:
            first, second = sorted((one, other), key=lambda bar: bar.top)
            assert first.top + first.size < second.top


def test_exits_of_a_stage_leave_room_for_their_labels(picture: Picture, shape: Shape) -> None:
    for stage in {bar.of_stage for bar in picture.bars} - {None}:
        exits = [bar for bar in picture.bars if bar.of_stage == stage]
        assert all(b.middle - a.middle >= shape.label_pitch - 1e-9 for a, b in pairwise(exits))


def test_a_ribbon_that_skips_a_stage_passes_clear_of_its_bar(
    picture: Picture, shape: Shape
) -> None:
    stages = [bar for bar in picture.bars if bar.of_stage is None]
    for number, (link, ends) in enumerate(zip(picture.links, picture.ends, strict=True)):
        if link.is_exit:
            continue
        origin, target = (picture.bars[end] for end in ends)
        so_far = picture.links[: number + 1]
        out = sum(each.journeys for each in so_far if each.origin == link.origin)
        into = sum(each.journeys for each in so_far if each.target == link.target)
        leaves, enters = origin.top + out * picture.scale, target.top + into * picture.scale
        for bar in stages:
            if origin.along < bar.along < target.along:
                way = target.along - origin.along - shape.thickness
                gone = (bar.along - origin.along - shape.thickness / 2) / way
                assert leaves + (enters - leaves) * ribbon_rise(gone) < bar.top


def test_a_picture_for_a_phone_keeps_within_its_breadth() -> None:
    for rows in FLOWS.values():
        assert lay_out_within([Link(*row) for row in rows], STANDING, breadth=350).breadth <= 350


@pytest.mark.parametrize("text", HOSTILE)
def test_a_safe_label_holds_no_markup(text: str) -> None:
    assert not set("<>") & set(safe_label(text))
