"""All touches of all nights: whole for their table, narrow and numbered for the kernels."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.contract import PSEUDONYMS, TOLD
from pipeline.queries import read_sql, shipped_dir
from pipeline.rulebook import Rulebook
from pipeline.settings import Source, Traffic
from pipeline.traffic import learn_traffic
from pipeline.vocabulary import CONVERTING_EVENT, EFFECT_OF_EVENT, PLACES, STAGES, Condition
from pipeline.warehouse import Warehouse, quoted_text

_KEYS = ("touchpoint_id", "source", *PSEUDONYMS)
# Whose amounts the kernels count; `returned` ones with a minus.
_EARNING_EFFECTS = ("renewed", "returned")


def gather_touches(warehouse: Warehouse) -> None:
    """Make the view `gathered_touches`: tonight's touches and the stored ones, as they were told.

    In: scratch.touches, scratch.loads, scratch.replaced, stored_touches.
    """
    keys = ", ".join(f"touches.{name}" for name in _KEYS)
    told = ", ".join(f"touches.{name}" for name in TOLD)
    warehouse.run(
        f"""
        create or replace temp view gathered_touches as
        select {keys}, {told}, loads.load_id, touches.record_no
        from scratch.touches as touches
        inner join scratch.loads as loads on touches.load_no = loads.load_no
        union all
        select {keys}, {told}, touches.load_id, touches.record_no
        from stored_touches as touches
        anti join scratch.replaced on touches.touchpoint_id = replaced.touchpoint_id
        """
    )


def tell_touches(warehouse: Warehouse, sources: Iterable[Source], traffic: Traffic) -> None:
    """Make the view `told_touches`: the gathered touches in our words, each with its customer.

    In: gathered_touches, what `identity.stitch` makes, core.ad_clicks. Events, channels and traffic
    are put into our words here, so that a new word holds for all that was ever told.
    """
    _learn_words(warehouse, sources)
    learn_traffic(warehouse, traffic)
    query = read_sql(shipped_dir() / "scratch" / "told_touches.sql")
    warehouse.run(f"create or replace temp view told_touches as {query}")


def number_touches(
    warehouse: Warehouse, rulebook: Rulebook, *, currency: str, cut_off: datetime
) -> None:
    """Make what the kernels read: scratch.kinds, .numbered_customers, .daily_rates and .flow.

    In: told_touches, gathered_touches, scratch.rates. Customers and kinds of touch are numbers;
    money is whole ten-thousandths of the project's currency, null where no rate leads there.
    Touches without a customer or after the cut-off stay out.
    """
    _name_numbers(warehouse)
    learn_conditions(warehouse, rulebook)
    warehouse.set_variable("cut_off", cut_off)
    warehouse.set_variable("project_zone", rulebook.time_zone)
    warehouse.set_variable("project_currency", currency)
    warehouse.set_variable("use_source_sessions", rulebook.use_source_sessions)
    earning = [event for event, effect in EFFECT_OF_EVENT.items() if effect in _EARNING_EFFECTS]
    warehouse.set_variable("earning_events", [CONVERTING_EVENT, *earning])
    for name in ("kinds", "numbered_customers", "daily_rates", "flow"):
        query = read_sql(shipped_dir() / "scratch" / f"{name}.sql")
        warehouse.run(f"create table scratch.{name} as {query}")


def learn_conditions(warehouse: Warehouse, rulebook: Rulebook) -> None:
    """Make the macro `held_of`, which numbers the event's conditions that hold of properties.

    Properties are read only of events of which a rule asks for them.
    """
    cases = [
        f"when {quoted_text(event)} then {_held(conditions)}"
        for event, conditions in rulebook.conditions().items()
    ]
    held = f"case event {' '.join(cases)} else '' end" if cases else "''"
    warehouse.run(f"create or replace temp macro held_of(event, props) as {held}")


def write_touchpoints(warehouse: Warehouse) -> None:
    """Make core.touchpoints of what was told and what the kernels found, and what follows of it.

    core.spend is made here too, for it needs the night's rates.
    """
    warehouse.run("create or replace temp view placed_touches as select * from scratch.placed")
    # Left to itself, DuckDB hashes the whole wide side of the join.
    with warehouse.joins_as_written():
        for name in ("touchpoints", "customers", "consents", "identities", "spend"):
            query = read_sql(shipped_dir() / "core" / f"{name}.sql")
            warehouse.run(f"create table core.{name} as {query}")


def _learn_words(warehouse: Warehouse, sources: Iterable[Source]) -> None:
    """Make event_words and channel_words of what the config says of each source."""
    for table in ("event_words", "channel_words"):
        warehouse.run(
            f"create or replace temp table {table} (source varchar, raw varchar, ours varchar)"
        )
    for source in sources:
        for table, words in (("event_words", source.events), ("channel_words", source.channels)):
            for raw, ours in words.items():
                warehouse.run(f"insert into {table} values (?, ?, ?)", [source.name, raw, ours])


def _held(conditions: Sequence[Condition]) -> str:
    """Write the expression that lists the numbers of the conditions that hold: `0,2`.

    What is no JSON tells no property. The lambda is there to read it once.
    """
    names = list(dict.fromkeys(condition.name for condition in conditions))
    pointers = ", ".join(quoted_text(_pointer(name)) for name in names)
    numbers = ", ".join(
        f"if(told[{names.index(condition.name) + 1}] in "
        f"({', '.join(map(quoted_text, condition.values))}), '{number}', null)"
        for number, condition in enumerate(conditions)
    )
    told = f"try(json_extract_string(props, [{pointers}]))"
    return f"list_transform([{told}], lambda told: concat_ws(',', {numbers}))[1]"


def _pointer(name: str) -> str:
    """Point at a property of the top level, whatever its name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _name_numbers(warehouse: Warehouse) -> None:
    """Make the small tables that turn the kernels' numbers into words."""
    for table, column, words, first in (
        ("stages", "stage", STAGES, 1),
        ("places", "place", PLACES, 0),
    ):
        warehouse.run(f"create or replace temp table {table} ({column}_no utinyint, {column} text)")
        for number, word in enumerate(words, start=first):
            warehouse.run(f"insert into {table} values (?, ?)", [number, word])
