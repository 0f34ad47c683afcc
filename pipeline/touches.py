"""All touches of all nights: whole for their table, narrow and numbered for the kernels."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.contract import PSEUDONYMS, TOLD
from pipeline.faults import fault_point
from pipeline.queries import read_sql, shipped_dir
from pipeline.rulebook import Rulebook
from pipeline.sections import Traffic
from pipeline.slices import EVERY_TOUCH, STORED_ROW, TONIGHT_ROW, Slice, slices
from pipeline.traffic import learn_traffic
from pipeline.vocabulary import CONVERTING_EVENT, EFFECT_OF_EVENT, PLACES, STAGES, Condition
from pipeline.warehouse import Warehouse, quoted_text
from pipeline.words import Words

_KEYS = ("touchpoint_id", "source", *PSEUDONYMS)
# Whose amounts the kernels count; `returned` ones with a minus.
_EARNING_EFFECTS = ("renewed", "returned")


def gather_touches(warehouse: Warehouse, part: Slice = EVERY_TOUCH) -> None:
    """Make the view `gathered_touches`: tonight's touches and the stored ones, as they were told.

    In: scratch.touches, scratch.loads, scratch.replaced, stored_touches. Nobody's customer is known
    yet (known_customer_id, known_led_by). `told_row` tells the slice of a touch.
    """
    keys = ", ".join(f"touches.{name}" for name in _KEYS)
    told = ", ".join(f"touches.{name}" for name in TOLD)
    warehouse.run(
        f"""
        create or replace temp view gathered_touches as
        select {keys}, {told}, loads.load_id, touches.record_no, {TONIGHT_ROW} as told_row,
            null::varchar as known_customer_id, null::varchar as known_led_by
        from scratch.touches as touches
        inner join scratch.loads as loads on touches.load_no = loads.load_no
        where {part.tonight}
        union all
        select {keys}, {told}, touches.load_id, touches.record_no, {STORED_ROW}, null, null
        from stored_touches as touches
        anti join scratch.replaced on touches.touchpoint_id = replaced.touchpoint_id
        where {part.stored}
        """
    )
    warehouse.run("create or replace temp view told_identifiers as from known_identifiers")


def tell_touches(warehouse: Warehouse, words: Iterable[Words], traffic: Traffic) -> None:
    """Make the view `told_touches`: the gathered touches in our words, each with its customer.

    In: gathered_touches, what `identity.stitch` makes, scratch.ad_clicks. Events, channels and
    traffic are put into our words here, so that a new word holds for all that was ever told.
    """
    _learn_words(warehouse, words)
    learn_traffic(warehouse, traffic)
    query = read_sql(shipped_dir() / "scratch" / "told_touches.sql")
    warehouse.run(f"create or replace temp view told_touches as {query}")


def number_touches(
    warehouse: Warehouse, rulebook: Rulebook, *, currency: str, cut_off: datetime
) -> None:
    """Make what the kernels read: scratch.kinds, .numbered_customers, .daily_rates and .flow.

    In: told_touches, gathered_touches, scratch.rates, scratch.told_segments. Customers and kinds
    of touch are numbers; money is whole ten-thousandths of the project's currency, null where no
    rate leads there. Touches without a customer or after the cut-off stay out.
    """
    _name_numbers(warehouse)
    learn_conditions(warehouse, rulebook)
    warehouse.set_variable("cut_off", cut_off)
    warehouse.set_variable("project_zone", rulebook.time_zone)
    warehouse.set_variable("project_currency", currency)
    warehouse.set_variable("use_source_sessions", rulebook.use_source_sessions)
    earning = [event for event, effect in EFFECT_OF_EVENT.items() if effect in _EARNING_EFFECTS]
    warehouse.set_variable("earning_events", [CONVERTING_EVENT, *earning])
    _number(warehouse, "daily_rates")
    with warehouse.joins_as_written():
        for name in ("kinds", "numbered_customers", "flow"):
            _number(warehouse, name)


def _number(warehouse: Warehouse, name: str) -> None:
    query = read_sql(shipped_dir() / "scratch" / f"{name}.sql")
    fault_point("touches: number them")
    warehouse.run(f"create table scratch.{name} as {query}")


def tell_segments(warehouse: Warehouse) -> None:
    """Make scratch.told_segments: segment and attributes by customer, as the customer file tells.

    In: scratch.known_customers, scratch.persons.
    """
    query = read_sql(shipped_dir() / "scratch" / "told_segments.sql")
    warehouse.run(f"create table scratch.told_segments as {query}")


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


def write_touchpoints(
    warehouse: Warehouse, columns: Sequence[str] = (), *, to: str = "core.touchpoints"
) -> None:
    """Make a table of what was told of the touches gathered, and what the kernels found.

    In: told_touches, scratch.placed. `columns` are those wanted; none named are all.
    """
    _place_touches(warehouse, f"create or replace table {to} as", columns)


def write_sliced_touchpoints(warehouse: Warehouse, memory: int) -> None:
    """Make core.touchpoints of all touches, a slice at a time: what is hashed stays in memory.

    In: what `gather_touches` takes, told_touches, scratch.placed.
    """
    for number, part in enumerate(slices(warehouse, memory)):
        gather_touches(warehouse, part)
        to = "core.touchpoints"
        into = f"insert into {to}" if number else f"create or replace table {to} as"
        _place_touches(warehouse, into, part=part)
    gather_touches(warehouse)


def _place_touches(
    warehouse: Warehouse, into: str, columns: Sequence[str] = (), part: Slice = EVERY_TOUCH
) -> None:
    warehouse.run(
        "create or replace temp view placed_touches as "
        f"select * from scratch.placed where {part.told_row}"
    )
    query = read_sql(shipped_dir() / "core" / "touchpoints.sql")
    fault_point("touches: write the touchpoints")
    with warehouse.joins_as_written():
        warehouse.run(f"{into} select {', '.join(columns) or '*'} from ({query})")


def write_customers(warehouse: Warehouse) -> None:
    """Make core.customers, core.consents and core.identities of core.touchpoints and core.journeys.

    In: scratch.numbered_customers, scratch.persons, .hubs, .identity_links and .denials,
    told_identifiers.
    """
    for name in ("customers", "consents", "identities"):
        query = read_sql(shipped_dir() / "core" / f"{name}.sql")
        fault_point("touches: write a table of customers")
        warehouse.run(f"create or replace table core.{name} as {query}")


def write_beside(warehouse: Warehouse) -> None:
    """Publish what is known beside touches: spend in tonight's rates, ads, denials, links …"""
    spend = read_sql(shipped_dir() / "core" / "spend.sql")
    fault_point("touches: write what stands beside them")
    warehouse.run(f"create or replace table core.spend as {spend}")
    for name in ("ad_clicks", "withdrawals", "denials", "identity_links"):
        warehouse.run(f"create or replace table core.{name} as from scratch.{name} order by all")
    warehouse.run("create or replace table ops.rates as from scratch.rates order by all")


def _learn_words(warehouse: Warehouse, words: Iterable[Words]) -> None:
    """Make event_words and channel_words of what is known of each source."""
    for table in ("event_words", "channel_words"):
        warehouse.run(
            f"create or replace temp table {table} (source varchar, raw varchar, ours varchar)"
        )
    for one in words:
        for table, meant in (("event_words", one.events), ("channel_words", one.channels)):
            rows = [{"source": one.source, "raw": raw, "ours": ours} for raw, ours in meant.items()]
            warehouse.insert_all(table, rows)


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
        rows = [
            {f"{column}_no": number, column: word} for number, word in enumerate(words, start=first)
        ]
        warehouse.insert_all(table, rows)
