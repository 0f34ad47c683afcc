"""Names of few customers: what is folded, that totals stay, and that nobody can be worked out."""

import json
from itertools import pairwise
from pathlib import Path
from shutil import copy

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.queries import read_sql, shipped_dir
from pipeline.questions import ask
from pipeline.report.small_cells import (
    fold_path_flow,
    fold_traffics,
    is_folded,
    of_many,
)
from tests.people import shop_of_people, tell
from tests.projects import LEAST_TEN, Project
from tests.report_frames import PATH_FLOW, path_flow_frame


def folded(sizes: dict[str, int], least: int) -> set[str]:
    """Give the names that the page folds."""
    frame = pl.DataFrame({"name": list(sizes), "customers": list(sizes.values())})
    rule = is_folded("customers", least=least, name=pl.col("name"), part=[])
    return set(frame.filter(rule)["name"])


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"web": 50, "store": 12}, ""),
        ({"web": 50, "store": 10}, ""),
        ({"web": 50, "store": 9, "ads": 30}, "store ads"),
        ({"web": 50, "store": 9, "ads": 8}, "store ads"),
        # Four together are few as well: the next goes with them.
        ({"web": 50, "store": 2, "ads": 2, "email": 20}, "store ads email"),
        # What has nobody hides nobody.
        ({"web": 50, "store": 9, "ads": 0, "email": 20}, "store email"),
        ({"web": 3}, "web"),
    ],
)
def test_small_names_are_folded_and_never_one_alone(sizes: dict[str, int], expected: str) -> None:
    assert folded(sizes, 10) == set(expected.split())


LEAST = 10
segments = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 40), min_size=1)


@given(
    met=st.dictionaries(st.sampled_from(["web", "store", "ads"]), segments),
    small=st.sets(st.sampled_from("abcde")),
)
def test_no_segment_of_a_kind_of_touch_can_be_worked_out_from_that_of_all(
    met: dict[str, dict[str, int]], small: set[str]
) -> None:
    rows = [
        (is_all, segment, "need", channel, customers)
        for channel, sizes in met.items()
        for is_all, segment, customers in (
            (True, None, sum(sizes.values())),
            *((False, *one) for one in sizes.items()),
        )
    ]
    schema = ["is_all", "segment", "stage", "channel", "customers"]
    kinds = pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)
    if kinds.is_empty():
        return
    kinds = kinds.cast({"segment": pl.String, "customers": pl.Int64})
    no_segments = pl.DataFrame({"segment": sorted(small)}, schema={"segment": pl.String})
    told = of_many(kinds, no_segments.with_columns(is_all=pl.lit(value=False)), LEAST)
    assert told["customers"].min() is None or told["customers"].min() >= LEAST  # type: ignore[operator]
    for channel, sizes in met.items():
        of_kind = told.filter(pl.col("channel") == channel)
        shown = {*of_kind.filter(~pl.col("is_all"))["segment"]}
        hidden = {name: size for name, size in sizes.items() if name not in shown and size}
        if shown and hidden:
            assert len(hidden) > 1
            assert sum(hidden.values()) >= LEAST
        assert not shown & small
        if not hidden:
            assert {name for name, size in sizes.items() if size} == shown


def test_the_picture_of_trials_names_no_small_traffic() -> None:
    trials = pl.DataFrame(
        {
            "traffic_shares": [
                '{"email": 0.5, "tiny": 0.25, "fax": 0.125, "unattributed": 0.125}',
                None,
            ]
        }
    )
    credits = pl.DataFrame(
        {
            "model": "participation",
            "dimension": "traffic",
            "traffic": ["email", "social", "tiny"],
            "is_unattributed": False,
            "conversions": [30.0, 20.0, 1.0],
        }
    )
    told, none = fold_traffics(trials, credits, LEAST)["traffic_shares"]
    assert json.loads(told) == {"email": 0.5, "other": 0.375, "unattributed": 0.125}
    assert none is None
    assert fold_traffics(trials, credits, 0).equals(trials)


@pytest.mark.parametrize("least", [0, 1])
def test_without_a_bound_nothing_is_folded(least: int) -> None:
    assert folded({"web": 1, "store": 2}, least) == set()


@given(
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=12),
    least=st.integers(0, 25),
)
def test_page_and_macros_have_one_rule_and_hide_whom_they_fold(
    sizes: list[int], least: int
) -> None:
    named = {f"n{number:02}": size for number, size in enumerate(sizes)}
    found = folded(named, least)
    with duckdb.connect() as database:
        database.execute(read_sql(shipped_dir() / "macros" / "small_cells.sql"))
        rows = pl.DataFrame({"name": list(named), "customers": list(named.values())})
        database.register("cells", rows)
        query = f"select name, is_folded(customers, {least}, name, 1) from cells"
        assert {name for name, is_in in database.execute(query).fetchall() if is_in} == found
    seen = [size for name, size in named.items() if name not in found and size]
    assert all(size >= least for size in seen)
    hidden = [named[name] for name in found]
    if hidden and seen:
        assert len(hidden) > 1
        assert sum(hidden) >= least
    for one, other in pairwise(sorted((size, name) for name, size in named.items() if size)):
        assert other[1] not in found or one[1] in found


LOG = """
    at               | event     | user | campaign
    -----------------+-----------+------+---------
"""


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a shop of 33 customers: twenty came by spring, ten by summer, three by autumn."""
    project = shop_of_people(tmp_path_factory.mktemp("small"))
    project.config.write_text(
        project.config.read_text().replace("min_customers = 0", "min_customers = 10")
    )
    campaigns = ["spring"] * 20 + ["summer"] * 10 + ["autumn"] * 3
    rows = [
        f"    2026-01-05T{hour}:{number:02} | {event} | u{number} | {campaign}"
        for hour, event in (("09", "view_item"), ("15", "purchase"))
        for number, campaign in enumerate(campaigns)
    ]
    tell(project, "a", LOG + "\n".join(rows))
    project.run(with_page=True)
    return project


def test_the_macro_of_drop_off_folds_small_campaigns_and_keeps_the_total(shop: Project) -> None:
    found = shop.rows(
        "select dimension_value, advanced from drop_off(dimension := 'campaign') "
        "where stage = 'need' order by all"
    )
    assert found == [("other", 13), ("spring", 20)]


def test_the_macro_of_attribution_folds_small_campaigns_and_keeps_the_total(
    shop: Project,
) -> None:
    found = shop.rows("select campaign, linear from attribution(dimension := 'campaign')")
    assert sum(credit for _, credit in found) == 33
    assert {name for name, _ in found} == {"spring", "other"}


def test_the_macro_of_nodes_folds_small_ones(shop: Project) -> None:
    found = shop.rows("select node, journeys from before_and_after(steps := 0)")
    assert found == [("web/view_item", 33)]


def test_the_page_names_no_small_campaign(shop: Project) -> None:
    page = (shop.dir / "warehouse" / "report" / "report.html").read_text(encoding="utf-8")
    text = page.split("<footer>")[0]
    assert "spring" in text
    assert "summer" not in text
    assert "autumn" not in text
    assert "fewer than 10 customers" in page


NAMING = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
    channel = "channel"
    traffic = "traffic"
    [segments]
    file = "customers.csv"
    column = "segment"
"""


@pytest.fixture(name="names", scope="module")
def _names(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a shop of 48 customers: of each kind of name 20 have a wide one, 3 a rare one."""
    project = Project(tmp_path_factory.mktemp("names"))
    project.configure(LEAST_TEN, NAMING)
    touches, segments = ["at,event,who,channel,traffic"], ["user_id,segment"]
    for who, size in enumerate(["wide"] * 20 + ["broad"] * 15 + ["some"] * 10 + ["rare"] * 3):
        segments.append(f"u{who},{size}_segment")
        touches += [
            f"2026-01-05T{hour}:{who:02}:00Z,{event},u{who},{size}_channel,{size}_traffic"
            for hour, event in (("09", "view_item"), ("10", f"{size}_event"), ("15", "purchase"))
        ]
    project.write("customers.csv", "\n".join(segments) + "\n")
    project.write("landing/web/a.csv", "\n".join(touches) + "\n")
    project.run(with_page=True)
    return project


@pytest.mark.parametrize("kind", ["channel", "traffic", "segment", "event"])
def test_the_page_and_its_pictures_name_nothing_small(names: Project, kind: str) -> None:
    page = (names.dir / "warehouse" / "report" / "report.html").read_text(encoding="utf-8")
    assert f"wide_{kind}" in page
    assert f"rare_{kind}" not in page


def test_journeys_flow_through_folded_nodes_as_they_did() -> None:
    told = path_flow_frame(PATH_FLOW)
    customers = told.group_by(
        position="target_position", stage="target_stage", channel="target_channel"
    ).agg(customers=pl.col("journeys").sum())
    is_store = (pl.col("channel") == "store") & (pl.col("position") == 2)
    few = customers.drop_nulls().with_columns(
        customers=pl.when(is_store).then(3).otherwise("customers")
    )
    flow = fold_path_flow(told, few, 10)
    # The next smallest goes with it, or else it could be worked out.
    assert set(flow.filter(position=2)["origin"]) == {"evaluation/web", "other"}
    for position in range(1, 4):
        comes, goes = flow.filter(target_position=position), flow.filter(position=position)
        assert journeys_by(comes, "target") == journeys_by(goes, "origin")
        assert goes["journeys"].sum() == told.filter(position=position)["journeys"].sum()


def journeys_by(flow: pl.DataFrame, end: str) -> dict[str, int]:
    return dict(flow.group_by(end).agg(pl.col("journeys").sum()).iter_rows())


@pytest.mark.parametrize(
    ("grain", "begun"),
    # Who went on one of several folded edges may have gone on another.
    [("stage_channel", (13, None)), ("traffic", (13, None)), ("touchpoint", (3, 3))],
)
def test_the_macro_of_transitions_folds_small_nodes_and_keeps_the_flow(
    names: Project, grain: str, begun: tuple[int, int | None]
) -> None:
    edges = names.rows(
        f"select origin, target, transitions, customers from transitions(grain := '{grain}')"
    )
    told = {node for edge in edges for node in edge[:2]}
    assert any("wide" in node for node in told)
    assert not any("rare" in node for node in told)
    assert sum(edge[2] for edge in edges) == sum(
        names.column(f"select transitions from marts.transitions where grain = '{grain}'")
    )
    comes, goes = (sum(e[2] for e in edges if e[end] == "other") for end in (1, 0))
    assert comes == goes > 0
    assert ("start", "other", *begun) in edges


@pytest.mark.parametrize(
    ("question", "change", "params"),
    [
        ("what_changed", "update marts.drop_off set p_value = 0.01", ["top=1000"]),
        ("nodes_that_matter", "", ["grain=traffic"]),
        ("nodes_that_matter", "", ["grain=touchpoint"]),
        (
            "what_spend_brought",
            "update marts.attribution set spend = 10 where not is_unattributed",
            ["dimension=traffic"],
        ),
        ("pain_points", "update marts.moments set kind = 'pain point'", ["top=1000"]),
        ("moments_of_truth", "update marts.moments set kind = 'moment of truth'", ["top=1000"]),
    ],
)
def test_a_question_names_nothing_small(
    names: Project, tmp_path: Path, question: str, change: str, params: list[str]
) -> None:
    changed = Path(copy(names.published, tmp_path))
    with duckdb.connect(str(changed)) as warehouse:
        warehouse.execute(change or "select 1")
    told = str(ask(changed, names.dir, question, params).rows())
    assert "wide" in told
    assert "rare" not in told


def test_a_small_value_has_no_drop_off_by_month(names: Project) -> None:
    months = {
        size: ask(
            names.published,
            names.dir,
            "drop_off_by_month",
            ["dimension=channel", f"value={size}_channel"],
        ).height
        for size in ("wide", "rare")
    }
    assert months["wide"] > months["rare"] == 0


def test_no_map_of_a_segment_gives_another_away(project: Project) -> None:
    """Twenty of one segment came to the store, and three of the other."""
    project.configure(LEAST_TEN, NAMING)
    touches, segments = ["at,event,who,channel,traffic"], ["user_id,segment"]
    for who in range(33):
        segments.append(f"u{who},{'a' if who < 20 else 'b'}")
        channels = ["web", "store"] if who < 23 else ["web"]
        touches += [f"2026-01-05T09:{who:02}:00Z,view_item,u{who},{c},direct" for c in channels]
    project.write("customers.csv", "\n".join(segments) + "\n")
    project.write("landing/web/a.csv", "\n".join(touches) + "\n")
    project.run()
    maps = {
        segment: set(project.rows(f"select channel, customers from journey_map({given})"))
        for segment, given in (("all", ""), ("a", "segment := 'a'"), ("b", "segment := 'b'"))
    }
    assert maps == {
        "all": {("web", 33), ("store", 23)},
        "a": {("web", 20)},
        "b": {("web", 13)},
    }


@pytest.fixture(name="begun", scope="module")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a shop in which forty compare on the web, three in the store, and twelve look around."""
    project = Project(tmp_path_factory.mktemp("begun"))
    project.configure(LEAST_TEN, NAMING)
    ways = ["view_item,{},web"] * 40 + ["view_item,{},store"] * 3 + ["search,{},web"] * 12
    lines = [
        f"2026-01-05T09:{no:02}:00Z,{way.format(f'u{no}')},direct" for no, way in enumerate(ways)
    ]
    project.write("landing/web/a.csv", "\n".join(["at,event,who,channel,traffic", *lines]) + "\n")
    project.write("customers.csv", "user_id,segment\n")
    project.run()
    return project


@pytest.mark.parametrize(
    "asked",
    [
        "target, transitions from transitions(grain := '{}') where origin = 'start'",
        "path, journeys from top_paths(grain := '{}')",
        "node, journeys from before_and_after(grain := '{}', steps := 0)",
    ],
)
def test_no_channel_of_a_stage_can_be_worked_out_from_the_stage(begun: Project, asked: str) -> None:
    asked = f"select {asked}"
    assert dict(begun.rows(asked.format("stage"))) == {"evaluation": 43, "research": 12}
    assert begun.rows(asked.format("stage_channel")) == [("other", 55)]
