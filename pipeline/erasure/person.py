"""Whose an identifier is, and all that the publication knows of the person."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.errors import ConfigError
from pipeline.ingest.pseudonyms import learn_pseudonyms
from pipeline.queries import read_sql, shipped_dir
from pipeline.settings import Settings
from pipeline.suppression import IDENTIFIER, OBJECT, TOUCH
from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS
from pipeline.warehouse import Warehouse

_TYPES = (*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS)
# What a source may tell one's address or card as. An order's number is no name of anybody.
_NAMES = tuple(name for name in STRONG_IDENTIFIERS if name != "order_id")


@dataclass(frozen=True)
class Wanted:
    """An identifier as somebody told it: its type, and its value, which is never shown."""

    type: str
    value: str


@dataclass(frozen=True)
class _Space:
    """In which a vendor's numbers are one's: 17 of one shop is not 17 of another."""

    namespace: str
    order_space: str = ""
    order_id_pattern: str | None = None
    order_id_group: int = 0


@dataclass(frozen=True)
class Person:
    """What is known of who is to be erased.

    `traces` has place, what, found; `files` source, file, records; `marks` kind, mark, of all that
    is to be kept out; `own` identifier, of what is the person's alone; `also_known` number, type,
    known_as, of values asked for that are known as another type, too, which nobody asked for.
    """

    own: pl.DataFrame
    traces: pl.DataFrame
    files: pl.DataFrame
    marks: pl.DataFrame
    also_known: pl.DataFrame

    @property
    def is_known(self) -> bool:
        """Tell whether the publication knows anything of the person."""
        return not self.traces.is_empty()


def read_wanted(told: str) -> Wanted:
    """Read TYPE=VALUE; raise ConfigError, without the value, where it is none."""
    type_, equals, value = told.partition("=")
    if not equals or not value.strip():
        raise ConfigError("--id: expected TYPE=VALUE, such as email=ana@example.org")
    if type_ not in _TYPES:
        raise ConfigError(f"--id: expected one of {', '.join(_TYPES)} before the '='")
    return Wanted(type_, value)


def find_person(
    warehouse: Warehouse, settings: Settings, wanted: Sequence[Wanted], source: str | None
) -> Person:
    """Find whose the wanted identifiers are, in the publication attached as `published`.

    In: the macros of `load_key`, `learn_list` and queries/macros. Raises ConfigError where an
    identifier is a hub's, or a device's that several were seen on: then nobody is meant by it.
    """
    spaces = _spaces(warehouse, settings, source)
    warehouse.run("create or replace temp table wanted (identifier varchar, type varchar)")
    for number, one in enumerate(wanted, start=1):
        pseudonyms = _pseudonyms(warehouse, one, spaces)
        if not pseudonyms:
            raise ConfigError(f"--id number {number}: such a {one.type} stands for nobody")
        _expect_one_person(warehouse, one, number, pseudonyms)
        warehouse.insert_all("wanted", [{"identifier": p, "type": one.type} for p in pseudonyms])
    _gather(warehouse)
    return Person(
        warehouse.frame("select identifier from own_identifiers"),
        warehouse.frame(_query("traces")),
        warehouse.frame(_query("files")),
        warehouse.frame(
            f"select '{IDENTIFIER}' as kind, mark_of(identifier) as mark from own_identifiers "
            f"union select '{IDENTIFIER}', mark_of(identifier) from wanted "
            f"union select '{TOUCH}', mark_of(touchpoint_id) from published.core.touchpoints "
            "where customer_id in (select customer_id from whose) "
            f"union select '{OBJECT}', mark_of(concat_ws(chr(31), source, object_id)) "
            "from published.core.touchpoints where object_id is not null "
            "and customer_id in (select customer_id from whose)"
        ),
        _also_known(warehouse, wanted),
    )


def _spaces(warehouse: Warehouse, settings: Settings, name: str | None) -> list[_Space]:
    """Give the spaces of all sources, or of one; of those that the config has no more as well."""
    spaces = [
        (
            source.name,
            _Space(
                source.namespace or source.name,
                source.order_space or "",
                source.order_id_pattern,
                source.order_id_group,
            ),
        )
        for source in settings.sources
    ]
    spaces += _former_spaces(warehouse, [space for _, space in spaces])
    if name is None:
        return [space for _, space in spaces]
    if found := [space for source, space in spaces if source == name]:
        return found
    names = ", ".join(dict.fromkeys(source for source, _ in spaces if source))
    raise ConfigError(f"there is no source '{name}'; there are {names}")


def _former_spaces(warehouse: Warehouse, spaces: Sequence[_Space]) -> list[tuple[str, _Space]]:
    """Give the spaces that only the publication knows, each by its name.

    What it calls a namespace is an order space where the identifier is an order, and may be both.
    The empty one is that of orders which are the project's.
    """
    rows = warehouse.rows(
        "select distinct coalesce(namespace, '') from published.core.identities order by all"
    )
    namespaces = {space.namespace for space in spaces}
    order_spaces = {space.order_space for space in spaces}
    plain = [(former, _Space(former)) for (former,) in rows if former not in namespaces]
    ordered = [(former, _Space(former, former)) for (former,) in rows if former not in order_spaces]
    return plain + ordered


def _pseudonyms(warehouse: Warehouse, wanted: Wanted, spaces: Sequence[_Space]) -> list[str]:
    """Give the pseudonyms that sources have for an identifier: one in each of their spaces."""
    found: dict[str, None] = {}
    warehouse.run(
        f"create or replace temp table told_id as select ? as {wanted.type}", [wanted.value]
    )
    for space in spaces:
        warehouse.set_variable("namespace", space.namespace)
        warehouse.set_variable("order_space", space.order_space)
        warehouse.set_variable("order_id_pattern", space.order_id_pattern)
        warehouse.set_variable("order_id_group", space.order_id_group)
        learn_pseudonyms(warehouse, "told_id", [wanted.type])
        found |= dict.fromkeys(id_ for (id_,) in warehouse.rows("select pseudonym from pseudonyms"))
    return list(found)


def _also_known(warehouse: Warehouse, wanted: Sequence[Wanted]) -> pl.DataFrame:
    """Find as what else the wanted values are known: number (of the --id), type, known_as.

    What goes anyway is left out. It is told and no more, for it may be somebody else: 17 as a user
    is not 17 as a card.
    """
    others = [
        {"number": number, "type": one.type, "known_as": name, "identifier": pseudonym}
        for number, one in enumerate(wanted, start=1)
        if one.type != "order_id"
        for name in _NAMES
        if name != one.type
        for pseudonym in _pseudonyms_as(warehouse, one, name)
    ]
    warehouse.run(
        "create or replace temp table other_names "
        "(number integer, type varchar, known_as varchar, identifier varchar)"
    )
    warehouse.insert_all("other_names", others)
    return warehouse.frame(_query("also_known"))


def _pseudonyms_as(warehouse: Warehouse, wanted: Wanted, name: str) -> dict[str, None]:
    """Give the pseudonyms that a value has as another type: as it was told, and in normal form."""
    anywhere = [_Space("")]
    _pseudonyms(warehouse, wanted, anywhere)
    rows = warehouse.rows("select raw from pseudonyms union select normal from pseudonyms")
    told = [Wanted(name, value) for (value,) in rows]
    return dict.fromkeys(id_ for one in told for id_ in _pseudonyms(warehouse, one, anywhere))


def _expect_one_person(
    warehouse: Warehouse, wanted: Wanted, number: int, pseudonyms: Sequence[str]
) -> None:
    rows = warehouse.rows(
        "select customer_id, led_by from published.core.identities "
        "where list_contains(?::varchar[], identifier)",
        [list(pseudonyms)],
    )
    if any(led_by == "hub" for _, led_by in rows):
        raise ConfigError(
            f"--id number {number}: this {wanted.type} joins too many to be one person's (a hub). "
            "Name the person by another identifier; nothing was erased."
        )
    if len({customer for customer, _ in rows} - set(pseudonyms)) > 1:
        raise ConfigError(
            f"--id number {number}: several customers were seen under this {wanted.type}. Name "
            "the person by a strong identifier, or the source by --source; nothing was erased."
        )


def _gather(warehouse: Warehouse) -> None:
    """Make `whose`, own_devices and own_identifiers, of the wanted identifiers."""
    warehouse.run(
        "create or replace temp table whose as "
        f"select distinct customer_id from ({_query('wanted_customers')})"
    )
    while True:
        warehouse.run(f"create or replace temp table own_devices as {_query('own_devices')}")
        new = "select identifier from own_devices except select customer_id from whose"
        if not warehouse.value(f"select count(*) from ({new})"):
            break
        # Touches of an ad's user may have been led to the device, and be the person's so.
        warehouse.run(f"insert into whose {new}")
    warehouse.run(f"create or replace temp table own_identifiers as {_query('own_identifiers')}")


def _query(name: str) -> str:
    return read_sql(shipped_dir() / "erasure" / f"{name}.sql")
