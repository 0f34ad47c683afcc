"""The picture of the path flow: what it folds, where its bars stand, and what a browser draws."""

from collections import Counter
from itertools import combinations, pairwise

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from pipeline.report import Language, render_page
from pipeline.report.path_layout import PathBar, PathPicture, PathShape, lay_out_paths
from pipeline.report.path_links import PathLink, PathNode, fold_links, path_links
from pipeline.report.path_picture import DESK as DESK_SHAPE
from pipeline.report.path_picture import PHONE as PHONE_SHAPE
from pipeline.report.small_cells import fold_path_flow
from tests.hostile_frames import CROWD, hostile_everywhere
from tests.pages import DESK, PHONE, Look, Opened, overlaps
from tests.path_reference import Ends, Journey, path_flow
from tests.projects import Project
from tests.report_frames import PATH_FLOW, path_flow_frame, report_data, turned_shop
from tests.test_paths import journeys_of_some

SIZES = pytest.mark.parametrize(
    ("size", "shape"), [(DESK, DESK_SHAPE), (PHONE, PHONE_SHAPE)], ids=["desk", "phone"]
)
ONE_JOURNEY = [(0, "start", "need/web", 1, 0.0), (1, "need/web", "open", 1, 0.0)]
FLOWS = {"shop": PATH_FLOW, "one_journey": ONE_JOURNEY, "crowd": CROWD}


def frame_of(flow: dict[Ends, tuple[int, int]]) -> pl.DataFrame:
    return path_flow_frame(
        [(ends[0], ends[1], ends[3], *counted) for ends, counted in flow.items()]
    )


def told(links: list[PathLink]) -> dict[str, tuple[int, float]]:
    """Give links by the names that the browser knows them by."""
    named = {
        f"{link.origin.column} {name_of(link.origin)} → {name_of(link.target)}": (
            link.journeys,
            link.value,
        )
        for link in links
    }
    assert len(named) == len(links)
    return named


def name_of(node: PathNode) -> str:
    return node.meaning if node.channel is None else f"{node.meaning}/{node.channel}"


# ---- Folding -----------------------------------------------------------------------------------


@given(journeys=journeys_of_some(), steps=st.integers(1, 4), top=st.integers(1, 3))
def test_a_folded_flow_is_the_flow_counted_so(
    journeys: list[Journey], steps: int, top: int
) -> None:
    whole = path_links(frame_of(path_flow(journeys, limit=4, top=4)))
    folded = fold_links(whole, steps=steps, top=top)
    counted = path_links(frame_of(path_flow(journeys, limit=steps, top=top)))
    assert told(folded) == told(counted)


# ---- The layout --------------------------------------------------------------------------------


@pytest.fixture(params=[DESK_SHAPE, PHONE_SHAPE], ids=["desk", "phone"])
def shape(request: pytest.FixtureRequest) -> PathShape:
    chosen: PathShape = request.param
    return chosen


@pytest.fixture(params=list(FLOWS.values()), ids=list(FLOWS))
def picture(request: pytest.FixtureRequest, shape: PathShape) -> PathPicture:
    links = path_links(path_flow_frame(request.param))
    return lay_out_paths(fold_links(links, steps=shape.steps, top=shape.top), shape)


def columns_of(picture: PathPicture) -> list[list[PathBar]]:
    """Give the bars of each column from the top."""
    columns: dict[int, list[PathBar]] = {}
    for bar in sorted(picture.bars, key=lambda bar: bar.top):
        columns.setdefault(bar.node.column, []).append(bar)
    return list(columns.values())


def test_what_flows_into_a_bar_flows_out_of_it(picture: PathPicture) -> None:
    into: Counter[PathNode] = Counter()
    out: Counter[PathNode] = Counter()
    for link in picture.links:
        into[link.target] += link.journeys
        out[link.origin] += link.journeys
    for bar in picture.bars:
        flows = [] if bar.node.column == 1 else [into[bar.node]]
        flows += [] if bar.node.is_end else [out[bar.node]]
        assert set(flows) == {bar.journeys}
    assert sum(bar.journeys for bar in picture.bars if bar.node.column == 1) == picture.journeys
    assert sum(bar.journeys for bar in picture.bars if bar.node.is_end) == picture.journeys


def test_bars_and_labels_of_a_column_have_room(picture: PathPicture, shape: PathShape) -> None:
    for column in columns_of(picture):
        for above, below in pairwise(column):
            assert above.top + above.size + shape.gap <= below.top + 1e-6
        labelled = [bar for bar in column if bar.has_label]
        assert all(b.middle - a.middle >= shape.label_pitch - 1e-6 for a, b in pairwise(labelled))


def test_the_picture_holds_its_bars_and_labels(picture: PathPicture, shape: PathShape) -> None:
    for bar in picture.bars:
        half = max(bar.size, shape.label_pitch if bar.has_label else 0) / 2
        assert bar.middle - half >= -1e-6
        assert bar.middle + half <= picture.breadth + 1e-6
        assert bar.along + shape.tail <= picture.length


def test_upward_is_deeper_and_the_lost_are_at_the_bottom(picture: PathPicture) -> None:
    depth = ["kept", "outcome", "experience", "purchase", "evaluation", "research", "need"]
    depth += ["other", "open", "dropped"]
    for column in columns_of(picture):
        ranks = [depth.index(bar.node.meaning) for bar in column if bar.node.meaning in depth]
        assert ranks == sorted(ranks)


def test_ends_of_few_journeys_have_no_label_and_all_others_have_one(picture: PathPicture) -> None:
    for bar in picture.bars:
        is_rare = bar.node.is_end and bar.journeys < 0.005 * picture.journeys
        assert bar.has_label != is_rare


# ---- The page in a browser ---------------------------------------------------------------------


@pytest.mark.browser
@SIZES
def test_the_page_draws_the_path_flow_quietly_and_fits_the_screen(
    look: Look, size: tuple[int, int], shape: PathShape
) -> None:
    language: Language = "en" if size == PHONE else "es"
    opened = look(turned_shop, language, size)
    expect_drawn(opened, path_flow_frame(PATH_FLOW), shape)
    expect_legible(opened)
    assert opened.requests == [opened.file]
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == size[0]


@pytest.mark.long
@pytest.mark.browser
@SIZES
def test_the_sample_is_drawn_as_its_table_says_and_legible(
    browser: Browser, sample_project: Project, size: tuple[int, int], shape: PathShape
) -> None:
    report = sample_project.dir / "warehouse" / "report" / "report.html"
    opened = Opened(browser, report, size)
    with duckdb.connect(str(sample_project.published), read_only=True) as warehouse:
        flow = warehouse.sql("from marts.path_flow").pl()
        customers = warehouse.sql("from counts.path_customers").pl()
        least = warehouse.sql("select min_customers from ops.project").fetchall()[0][0]
    expect_drawn(opened, fold_path_flow(flow, customers, least), shape)
    expect_legible(opened)
    assert opened.complaints == []


def expect_drawn(opened: Opened, flow: pl.DataFrame, shape: PathShape) -> None:
    """Expect the table's own journeys on every ribbon, those of folded rows together."""
    folded = told(fold_links(path_links(flow), steps=shape.steps, top=shape.top))
    drawn = opened.drawn_links("#paths-picture")
    assert drawn == {name: journeys for name, (journeys, _) in folded.items()}
    kept = {
        f"{position} {origin} → {target}": journeys
        for position, origin, target, journeys in flow.select(
            "position", "origin", "target", "journeys"
        ).iter_rows()
        if position < shape.steps and "other" not in (origin, target)
    }
    assert {name: drawn[name] for name in kept.keys() & drawn.keys()} == {
        name: kept[name] for name in kept.keys() & drawn.keys()
    }
    began = flow.filter(pl.col("position") == 0)["journeys"].sum()
    assert sum(n for name, n in drawn.items() if name.startswith("1 ")) == began


def expect_legible(opened: Opened) -> None:
    """Expect no label on another and none outside of the picture."""
    frame = opened.boxes("#paths-picture")[0]
    labels = opened.boxes("#paths-picture .annotation-text")
    bars = opened.boxes("#paths-picture rect.node-rect")
    assert not [pair for pair in combinations(labels, 2) if overlaps(*pair)]
    assert not [pair for pair in combinations(bars, 2) if overlaps(*pair)]
    for box in (*labels, *bars):
        assert frame["left"] - 1 <= box["left"]
        assert box["right"] <= frame["right"] + 1
        assert frame["top"] - 1 <= box["top"]
        assert box["bottom"] <= frame["bottom"] + 1


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_odd_and_hostile_names_are_shown_and_do_nothing(look: Look, size: tuple[int, int]) -> None:
    opened = look(hostile_everywhere, "es", size)
    expect_legible(opened)
    assert opened.ask("window.hacked") is None
    assert opened.ask("document.querySelectorAll('a, img, iframe, form, b script').length") == 0
    assert opened.complaints == []
    assert opened.ask("document.documentElement.scrollWidth") == size[0]


# ---- The table ---------------------------------------------------------------------------------


def test_the_table_tells_the_paths_that_most_journeys_went() -> None:
    page = render_page(report_data(), language="en")
    table = page.partition('<table class="paths">')[2].partition("</table>")[0]
    ways = [way.count('class="step') for way in table.split('class="way"')[1:]]
    assert ways == [1, 2, 1, 0, 3]
    for told_of_first in (">400 <small>40%</small>", ">29%<", "24–34%", ">4 min<", ">4,000<"):
        assert told_of_first in table
    assert "No step before" in table
    assert "and more steps" in table
    assert ">90 min<" in table
    assert "other" not in table
    assert "These paths hold 98% of all journeys." in page
