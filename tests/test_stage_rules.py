"""Stage rules of a user's own: what they ask, which hide which, and that a night goes by them."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.rulebook import Rulebook
from pipeline.sections import StageRule
from pipeline.settings import load_settings
from pipeline.touches import learn_conditions
from pipeline.vocabulary import DEFAULT_RULES, Condition, Rule
from pipeline.warehouse import in_memory
from tests.projects import SHOP, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

RETURNS = Condition("topic", ("returns",))
SEVERAL = Condition("topic", ("returns", "care"))
LONG = Condition("length", ("7",))


# ---- Which rule hides which ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "later", "hides"),
    [
        ({}, {}, True),
        ({}, {"channel": "web", "source": "shop", "asks": (RETURNS,)}, True),
        ({"channel": "web"}, {}, False),
        ({"channel": "web"}, {"channel": "web", "source": "shop"}, True),
        ({"channel": "web"}, {"channel": "app"}, False),
        ({"channel": "web"}, {"source": "shop"}, False),
        ({"source": "shop"}, {"source": "site"}, False),
        ({"source": "shop"}, {"source": "shop", "asks": (LONG,)}, True),
        ({"asks": (RETURNS,)}, {}, False),
        ({"asks": (RETURNS,)}, {"asks": (LONG,)}, False),
        ({"asks": (SEVERAL,)}, {"asks": (RETURNS,)}, True),
        ({"asks": (RETURNS,)}, {"asks": (SEVERAL,)}, False),
        ({"asks": (RETURNS,)}, {"asks": (LONG, RETURNS)}, True),
        ({"asks": (RETURNS, LONG)}, {"asks": (RETURNS,)}, False),
    ],
)
def test_a_rule_hides_another_that_asks_all_that_it_asks(
    earlier: dict[str, object], later: dict[str, object], hides: bool
) -> None:
    rule = Rule("video", "need", **earlier)  # type: ignore[arg-type]
    assert rule.hides(Rule("video", "research", **later)) is hides  # type: ignore[arg-type]
    assert not rule.hides(Rule("film", "research", **later))  # type: ignore[arg-type]


def written(tmp_path: Path, *rules: str) -> Path:
    """Write a config of these stage rules, each the rest of a line; they begin at line 12."""
    file = tmp_path / "recorrido.toml"
    source = [line.strip() for line in WEB.strip().splitlines()]
    tables = [f"[[stages.rules]]\n{rule}" for rule in rules]
    file.write_text("\n".join([*source, "", *tables]), encoding="utf-8")
    return file


def test_a_rule_that_another_hides_is_refused_with_both_named(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        'event = "film"\nstage = "need"',
        'event = "video"\nprops = { topic = ["returns", "care"] }\nstage = "experience"',
        'event = "video"\nprops = { length = 7, topic = "care" }\nchannel = "web"\nstage = "need"',
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert (
        "line 19: stages.rules.3: rule 3 of stages (video; channel = web; length = 7; topic = "
        "care: need) is never reached, for rule 2 (video; topic = returns, care: experience) fits "
        "all that it fits; put it in front"
    ) in str(caught.value)


def test_of_several_rules_that_hide_one_the_first_is_named(tmp_path: Path) -> None:
    rule = 'event = "video"\nstage = "need"'
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, rule, rule, rule))
    assert str(caught.value).count("never reached") == 2
    assert "rule 3 of stages (video: need) is never reached, for rule 1 (" in str(caught.value)


def test_a_rule_that_repeats_a_default_one_or_comes_before_a_wider_one_is_fine(
    tmp_path: Path,
) -> None:
    file = written(
        tmp_path,
        'event = "view_item"\nstage = "evaluation"',
        'event = "video"\nprops = { topic = "care" }\nstage = "ignored"\nstage_after = "outcome"',
        'event = "video"\nchannel = "kiosk"\nstage = "need"',
        'event = "video"\nstage = "research"',
    )
    own = load_settings(file).rulebook().rules[: -len(DEFAULT_RULES)]
    assert [str(rule) for rule in own] == [
        "view_item: evaluation",
        "video; topic = care: ignored / outcome",
        "video; channel = kiosk: need",
        "video: research",
    ]


# ---- What is asked of properties -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("returns", ("returns",)),
        (["returns", "care"], ("returns", "care")),
        (7, ("7",)),
        (2.5, ("2.5",)),
        (True, ("true",)),
    ],
)
def test_a_value_is_compared_as_the_text_that_json_tells(asked: object, told: object) -> None:
    rule = StageRule.model_validate({"event": "video", "stage": "need", "props": {"topic": asked}})
    assert rule.as_rule().asks == (Condition("topic", told),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("props", "held"),
    [
        ('{"topic": "returns", "length": 7}', "0,1"),
        ('{"topic": "care", "length": "7"}', "1"),
        ('{"topic": "Returns"}', ""),
        ('{"a/b~c": true}', "2"),
        ('{"a/b~c": "true", "it\'s": "it\'s"}', "2,3"),
        ('{"a": {"b~c": true}}', ""),
        ('{"topic": ["returns"]}', ""),
        ('{"topic": null}', ""),
        ('["returns"]', ""),
        ('"returns"', ""),
        ("no json {", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_warehouse_tells_which_conditions_hold_of_properties(
    props: str | None, held: str
) -> None:
    asked = (
        RETURNS,
        LONG,
        Condition("a/b~c", ("false", "true")),
        Condition("it's", ("it's",)),
    )
    rulebook = Rulebook(rules=(Rule("video", "need", asks=asked), *DEFAULT_RULES))
    warehouse = in_memory()
    try:
        learn_conditions(warehouse, rulebook)
        assert warehouse.value("select held_of('video', ?)", [props]) == held
        assert warehouse.value("select held_of('search', ?)", [props]) == ""
    finally:
        warehouse.close()


def test_where_no_rule_asks_nothing_is_held() -> None:
    warehouse = in_memory()
    try:
        learn_conditions(warehouse, Rulebook())
        assert warehouse.value("select held_of('video', '{}')") == ""
    finally:
        warehouse.close()


# ---- A night -------------------------------------------------------------------------------------

PROPS = WEB.replace("max_rejected_rate", 'props = ["topic"]\n    max_rejected_rate')
RULES = """
    [[stages.rules]]
    event = "video"
    props = { topic = ["returns", "care"] }
    stage = "ignored"
    stage_after = "experience"
    [[stages.rules]]
    event = "video"
    props = { topic = "prices" }
    stage = "evaluation"
"""
LOG = """
    at                  | event     | who | topic
    --------------------+-----------+-----+--------
    2026-01-05T09:00:00 | search    | ana |
    2026-01-05T09:01:00 | video     | ana | prices
    2026-01-05T09:02:00 | video     | ana | returns
    2026-01-05T09:03:00 | video     | ana |
    2026-01-05T09:04:00 | purchase  | ana |
    2026-01-06T09:00:00 | video     | ana | returns
    2026-01-06T09:01:00 | video     | ana | music
"""
STAGES = "select stage from core.touchpoints order by occurred_at"


def test_a_night_goes_by_what_rules_ask_of_old_touches_too(project: Project) -> None:
    project.configure(SHOP, PROPS)
    project.write_log("landing/web/a.csv", LOG)
    project.run()
    assert project.column(STAGES).count(None) == 5
    project.configure(SHOP, PROPS, RULES)
    project.run()
    assert project.column(STAGES) == [
        *("research", "evaluation", None, None, "purchase"),
        *("experience", None),
    ]
    assert project.rows("select event, touches from ops.unmapped") == [("video", 2)]
