"""How visits came: the rules turned into SQL, and tried once on every combination of words."""

from collections.abc import Iterable

from pipeline.queries import read_sql, shipped_dir
from pipeline.sections import Traffic
from pipeline.traffic_rules import DEFAULT_TRAFFIC_RULES, TrafficRule, regex_of, words
from pipeline.warehouse import Warehouse, quoted_text


def learn_traffic(warehouse: Warehouse, traffic: Traffic) -> None:
    """Make the table `traffic_words`: what the rules say of each combination that was ever told.

    In: gathered_touches, scratch.ad_clicks. `by_project` is what the config's own rules say, and
    goes before a source's own word; `by_default` is what the others say, and goes after it.
    """
    brand = "|".join(words(name) for name in traffic.brand)
    warehouse.set_variable("brand_words", f" (?:{brand}) " if brand else None)
    own_rules = [rule.as_rule() for rule in traffic.rules]
    for name, rules in (("by_project", own_rules), ("by_default", DEFAULT_TRAFFIC_RULES)):
        warehouse.run(
            f"create or replace temp macro traffic_{name}"
            f"(medium, source, campaign, click_id, referrer, is_brand) as {_traffic_of(rules)}"
        )
    query = read_sql(shipped_dir() / "scratch" / "traffic_words.sql")
    warehouse.run(f"create or replace temp table traffic_words as {query}")


def _traffic_of(rules: Iterable[TrafficRule]) -> str:
    """Write the expression that gives the traffic of the first rule that holds, or null."""
    cases = "\n".join(f"when {_condition(rule)} then {quoted_text(rule.traffic)}" for rule in rules)
    return f"case {cases} end" if cases else "null::varchar"


def _condition(rule: TrafficRule) -> str:
    asked = [
        f"regexp_full_match({name}, {quoted_text(regex_of(patterns, name))})"
        for name, patterns in rule.conditions().items()
    ]
    if rule.is_brand is not None:
        asked.append("is_brand" if rule.is_brand else "not is_brand")
    return " and ".join(asked)
