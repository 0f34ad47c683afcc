"""The laws of attribution: what every model gives, by rules and by chains."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from statistics import mean

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.figures.attribution import MOST_NAMES, attribute
from pipeline.figures.shapley import EXACT_UP_TO, _sampled, shapley_values
from pipeline.journey.credits import add_credits
from pipeline.sections import Attribution
from tests.core_tables import SETTINGS
from tests.test_chain import journeys_drawn, moves_of
from tests.walks import Journey, chain_of_journeys, only, walked, without

# ---- Rules -------------------------------------------------------------------------------------


def credits_of(*visits: tuple[str, int | None], lookback: timedelta | None = None) -> pl.DataFrame:
    """Credit one journey's visits, each its traffic and its days to the conversion."""
    frame = pl.DataFrame(
        {
            "journey": [0] * len(visits),
            "traffic": [traffic for traffic, _ in visits],
            "to_conversion": [None if days is None else timedelta(days=days) for _, days in visits],
        },
        schema_overrides={"to_conversion": pl.Duration("us")},
    )
    return add_credits(frame, lookback=lookback, half_life=timedelta(days=7))


def test_a_visit_exactly_as_old_as_the_lookback_earns() -> None:
    visits = [("email", 31), ("email", 30), ("direct", 3), ("store", None)]
    credits = credits_of(*visits, lookback=timedelta(days=30))
    assert credits["credit_linear"].to_list() == [None, 0.5, 0.5, None]
    assert credits["credit_first"].to_list() == [None, 1, 0, None]
    assert credits["credit_j"].to_list() == [None, 0.25, 0.75, None]


def test_a_visit_at_the_instant_of_the_conversion_earns_within_any_lookback() -> None:
    credits = credits_of(("email", 1), ("direct", 0), lookback=timedelta(0))
    assert credits["credit_last"].to_list() == [None, 1]


def test_where_all_came_direct_the_last_has_all() -> None:
    credits = credits_of(("direct", 9), ("direct", 8), ("direct", 7))
    assert credits["credit_last_non_direct"].to_list() == [0, 0, 1]


def test_visits_of_long_ago_have_shares_like_those_of_today() -> None:
    near, far = (
        credits_of(("email", 7 + ago), ("direct", ago))["credit_time_decay"].to_list()
        for ago in (0, 20_000)
    )
    assert near == far == pytest.approx([1 / 3, 2 / 3])


def test_a_half_life_is_longer_than_nothing() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Attribution.model_validate({"half_life": "0d"})


def test_lookback_and_half_life_decide_the_journeys() -> None:
    told = Attribution.model_validate({"lookback": "30d", "half_life": "12h", "seed": 7})
    changed = SETTINGS.model_copy(update={"attribution": told})
    assert changed.rulebook().lookback == timedelta(days=30)
    assert changed.rulebook().half_life == timedelta(hours=12)
    assert changed.fingerprint() != SETTINGS.fingerprint()


# ---- Markov and Shapley ------------------------------------------------------------------------


def credited(
    journeys: Sequence[Journey], *, dimension: str = "traffic", seed: int = 1
) -> pl.DataFrame:
    """Credit journeys by chains; their names are those of a dimension."""
    names = sorted({name for visits, _ in journeys for name in visits})
    return credits_by_chains(moves_of(list(journeys)), linear_of(journeys, names, dimension), seed)


def credits_by_chains(moves: pl.DataFrame, rules: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    told = moves.with_columns(dimension=pl.lit(rules["dimension"].first()))
    return attribute(rules, told, seed=seed).filter(pl.col("model") != "linear")


def linear_of(journeys: Sequence[Journey], names: list[str], dimension: str) -> pl.DataFrame:
    credit = dict.fromkeys(names, 0.0)
    for visits, value in journeys:
        for name in visits:
            credit[name] += 0.0 if value is None else 1 / len(visits)
    return pl.DataFrame(
        {
            "dimension": dimension,
            "model": "linear",
            "name": names,
            "traffic": names,
            "campaign": None,
            "channel": None,
            "touchpoint": None,
            "conversions": list(credit.values()),
            "revenue": 0.0,
        }
    )


def by_name(credits: pl.DataFrame, model: str, figure: str) -> dict[str, float]:
    of_model = credits.filter(pl.col("model") == model).sort("name")
    return dict(of_model.select("name", figure).iter_rows())


def divided(effects: dict[str, float], whole: float) -> dict[str, float]:
    """Divide a whole as effects stand."""
    scale = sum(effects.values()) or 1
    return {name: effect / scale * whole for name, effect in effects.items()}


@given(journeys_drawn)
@settings(max_examples=40, deadline=None)
def test_markov_credits_what_is_lost_without_a_name(journeys: list[Journey]) -> None:
    credits = credited(journeys)
    values = [value for _, value in journeys if value is not None]
    names = {name for visits, _ in journeys for name in visits}
    for order in (1, 2, 3):
        ways, chances, means = chain_of_journeys(journeys, order)
        for figure, gains, whole in (
            ("conversions", chances, len(values)),
            ("revenue", means, sum(values)),
        ):
            lost = {
                name: walked(ways, gains) - walked(without(ways, name), gains) for name in names
            }
            found = by_name(credits, f"markov_{order}", figure)
            assert found == pytest.approx(divided(lost, whole), abs=1e-6)


few_names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=5)
few_journeys = st.lists(
    st.tuples(few_names, st.one_of(st.none(), st.integers(0, 90).map(float))),
    min_size=1,
    max_size=8,
)


@given(few_journeys)
@settings(max_examples=30, deadline=None)
def test_shapley_credits_what_a_name_adds_on_average_over_all_orders(
    journeys: list[Journey],
) -> None:
    credits = credited(journeys)
    names = sorted({name for visits, _ in journeys for name in visits})
    ways, *gains = chain_of_journeys(journeys, order=1)
    for figure, each in zip(("conversions", "revenue"), gains, strict=True):
        adds: dict[str, list[float]] = {name: [] for name in names}
        for order in permutations(names):
            for place, name in enumerate(order):
                with_it, before = (
                    walked(only(ways, order[:end]), each) for end in (place + 1, place)
                )
                adds[name].append(with_it - before)
        values = {name: mean(added) * len(journeys) for name, added in adds.items()}
        assert by_name(credits, "shapley", figure) == pytest.approx(values, abs=1e-6)
    assert credits["error"].null_count() == credits.height


@given(journeys_drawn)
@settings(max_examples=30, deadline=None)
def test_every_model_divides_all_conversions_and_all_revenue(journeys: list[Journey]) -> None:
    values = [value for _, value in journeys if value is not None]
    sums = credited(journeys).group_by("model").agg(pl.col("conversions", "revenue").sum())
    assert set(sums["model"]) == {"markov_1", "markov_2", "markov_3", "shapley"}
    assert sums["conversions"].to_list() == pytest.approx([len(values)] * 4)
    assert sums["revenue"].to_list() == pytest.approx([sum(values)] * 4)


def test_where_returns_leave_a_loss_revenue_goes_as_the_conversions_do() -> None:
    credits = credited([("a", 100.0), ("b", -20.0), ("b", 10.0), ("ab", None)])
    for model in ("markov_1", "shapley"):
        conversions = by_name(credits, model, "conversions")
        as_they = {name: 90 * credit / 3 for name, credit in conversions.items()}
        assert by_name(credits, model, "revenue") == pytest.approx(as_they)


def some_chain(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Invent start, moves and two gains of a chain."""
    generator = np.random.default_rng(size)
    start, moves = generator.dirichlet(np.ones(size)), generator.dirichlet(np.ones(size), size)
    gains = np.column_stack([generator.random(size) * 0.2, generator.random(size) * 30])
    return start, moves * 0.8, gains


def test_sampled_shapley_values_lie_about_the_exact_ones() -> None:
    chain = some_chain(10)
    exact, no_errors = shapley_values(*chain, seed=1)
    assert no_errors is None
    sampled, errors = _sampled(*chain, 1)
    assert np.abs((sampled - exact) / errors).max() < 4
    assert 0.5 < np.sqrt(np.mean(((sampled - exact) / errors) ** 2)) < 1.5
    assert (errors < 0.02 * exact).all()
    start, moves, gains = chain
    whole = start @ np.linalg.solve(np.eye(10) - moves, gains)
    assert exact.sum(axis=0) == pytest.approx(whole)
    assert sampled.sum(axis=0) == pytest.approx(whole)


def test_beyond_a_few_names_shapley_is_sampled_and_the_same_each_time() -> None:
    assert shapley_values(*some_chain(EXACT_UP_TO), seed=1)[1] is None
    chain = some_chain(EXACT_UP_TO + 1)
    values, errors = shapley_values(*chain, seed=1)
    again, errors_again = shapley_values(*chain, seed=1)
    otherwise, _ = shapley_values(*chain, seed=2)
    assert errors is not None
    assert errors_again is not None
    assert (values == again).all()
    assert (errors == errors_again).all()
    assert (values != otherwise).any()


def many_journeys(names: int, count: int) -> list[Journey]:
    generator = np.random.default_rng(names)
    return [
        (
            [f"n{name:03}" for name in generator.integers(0, names, generator.integers(1, 5))],
            float(generator.integers(10, 90)) if generator.random() < 0.4 else None,
        )
        for _ in range(count)
    ]


def test_the_order_of_rows_changes_no_credit() -> None:
    journeys = many_journeys(16, 60)
    moves, rules = (
        moves_of(journeys),
        linear_of(journeys, sorted({n for v, _ in journeys for n in v}), "traffic"),
    )
    there, back = (
        credits_by_chains(moves[::step], rules[::step]).sort("model", "name") for step in (1, -1)
    )
    assert there.equals(back)
    shapley = there.filter(pl.col("model") == "shapley")
    assert (shapley["error"] > 0).all()
    assert (there.filter(pl.col("model") != "shapley")["error"].null_count()) == 3 * 16


def test_of_too_many_names_the_rarest_share_as_linear_does() -> None:
    common: list[Journey] = [
        ([f"n{name:03}"], 10.0 if name % 2 else None) for name in range(MOST_NAMES - 1)
    ]
    rare: list[Journey] = [
        (["r1", "r2"], 30.0),
        (["r2"], 30.0),
        (["r3"], None),
        (["n000", "r1"], 5),
    ]
    credits = credited([*common * 3, *rare], dimension="campaign")
    assert credits["model"].unique().to_list() == ["markov_1"]
    conversions = by_name(credits, "markov_1", "conversions")
    assert len(conversions) == MOST_NAMES - 1 + 3
    assert sum(conversions.values()) == pytest.approx(3 * (MOST_NAMES // 2) - 3 + 3)
    # One half each of the first, all of the second to r2; one half of the last to r1.
    rest = sum(conversions[name] for name in ("r1", "r2", "r3"))
    assert [conversions[name] / rest for name in ("r1", "r2", "r3")] == pytest.approx([0.4, 0.6, 0])
    assert rest > 2
