"""The journeys that docs/attribution.md works by hand: a night on its tables gives its numbers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline.journey.credits import RULES, add_credits
from tests.projects import SHOP, WEB, Project

DOCUMENT = Path(__file__).parent.parent / "docs" / "attribution.md"
Cells = dict[str, str]
# Model → name → what is credited to it.
Credits = dict[str, dict[str, float]]


def tables() -> list[list[Cells]]:
    """Read the tables of the document, in their order."""
    found: list[list[list[str]]] = [[]]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [
        [dict(zip(table[0], row, strict=True)) for row in table[2:]] for table in found if table
    ]


VISITS, BY_RULES, JOURNEYS, WITHOUT, GAMES, CONVERSIONS, REVENUE, *_ = tables()


def credits_of(table: list[Cells]) -> Credits:
    return {
        row["model"]: {name: float(cell) for name, cell in row.items() if name != "model"}
        for row in table
    }


@pytest.fixture(scope="module")
def of_five(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run a night on the five journeys, long after all of them."""
    touches = ["who,at,event,came_by,value"]
    for row in JOURNEYS:
        for day, traffic in enumerate(row["visits"].split(", "), start=1):
            touches.append(f"{row['journey']},2026-03-0{day} 10:00:00,view_item,{traffic},")
        if row["end"] == "converted":
            touches.append(f"{row['journey']},2026-03-0{day} 10:20:00,purchase,,{row['value']}")
    project = Project(tmp_path_factory.mktemp("five"))
    project.configure(SHOP, WEB, 'traffic = "came_by"\nvalue = "value"')
    project.write("landing/web/log.csv", "\n".join([*touches, ""]))
    project.run(as_of=datetime(2027, 1, 1, tzinfo=UTC))
    return project


def credited(project: Project, figure: str) -> Credits:
    credits: Credits = {}
    for model, traffic, amount in project.rows(
        f"select model, traffic, {figure}::double from marts.attribution "
        "where dimension = 'traffic' and not is_unattributed"
    ):
        credits.setdefault(model, {})[traffic] = amount
    return credits


def assert_told(told: Credits, found: Credits, digits: int) -> None:
    rounded = {
        model: {name: round(amount, digits) for name, amount in found[model].items()}
        for model in told
    }
    assert rounded == told


def test_one_journey_by_the_rules() -> None:
    starts = pl.Series([datetime.fromisoformat(row["first touch"]) for row in VISITS])
    days_before = (starts[-1] - starts).dt.total_days().to_list()
    assert [f"{days} days" for days in days_before[:-1]] + [""] == [
        row["before the last visit"] for row in VISITS
    ]
    names = [row["came by"] for row in VISITS]
    bought_at = starts[-1] + timedelta(minutes=20)
    visits = pl.DataFrame(
        {"journey": [0] * 5, "traffic": names, "to_conversion": bought_at - starts}
    )

    credited = add_credits(visits, lookback=None, half_life=timedelta(days=7))
    found = {
        rule: dict(zip(names, (50 * credited[f"credit_{rule}"]).to_list(), strict=True))
        for rule in RULES
    }
    found["participation"] = dict.fromkeys(names, 50.0)
    assert_told(credits_of(BY_RULES), found, 2)
    assert list(found) == [row["model"] for row in BY_RULES]

    late = add_credits(visits, lookback=timedelta(days=14), half_life=timedelta(days=7))
    assert late["credit_linear"].to_list() == [None, None, None, 0.5, 0.5]


def test_five_journeys_by_every_model(of_five: Project) -> None:
    assert_told(credits_of(CONVERSIONS), credited(of_five, "conversions"), 3)
    assert_told(credits_of(REVENUE), credited(of_five, "revenue"), 2)
    assert set(credits_of(CONVERSIONS)) >= {"markov_1", "markov_2", "markov_3", "shapley"}


def test_what_is_lost_without_a_name(of_five: Project) -> None:
    conversions = credited(of_five, "conversions")["markov_1"]
    revenue = credited(of_five, "revenue")["markov_1"]
    for row in WITHOUT:
        name = row["without"]
        assert f"{conversions[name]:.3f}" == row["conversions"]
        assert f"{revenue[name]:.2f}" == row["revenue"]
        part, whole = row["share"].split("/")
        assert conversions[name] == pytest.approx(3 * int(part) / int(whole))
        left = value_of(row["chance to buy"])
        assert 0.6 - left == pytest.approx(float(row["lost"]))
        assert float(row["lost"]) / 1.1 == pytest.approx(int(part) / int(whole))


def test_what_sets_of_names_are_worth() -> None:
    worth = {row["possible"]: value_of(row["chance to buy"]) for row in GAMES}
    email, search, direct, everything = list(worth.values())[1:]
    assert (email, search, direct, everything) == pytest.approx((0.2, 0.4, 0.3, 0.6))
    shapley = credits_of(CONVERSIONS)["shapley"]
    adds = (search - email) / 6 + (everything - direct) / 3
    assert shapley["paid_search"] == pytest.approx(5 * adds, abs=0.0005)


def value_of(sum_of_products: str) -> float:
    """Reckon `3/5 · 1/3 + 0.2 = 0.4`, and see that both sides are the same."""
    sides = []
    for side in sum_of_products.split("="):
        total = 0.0
        for term in side.split("+"):
            product = 1.0
            for factor in term.split("·"):
                above, _, below = factor.strip().partition("/")
                product *= float(above) / float(below or 1)
            total += product
        sides.append(total)
    assert sides[0] == pytest.approx(sides[-1])
    return sides[0]
