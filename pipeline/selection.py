"""Some journeys only, of a time or of a segment: their marts, made anew of the published ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from pipeline.errors import ConfigError
from pipeline.marts import build_marts
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, beside, quoted_name

_KEPT_WHOLE = "select * from published.{table}"
_OF_JOURNEYS = """
    select kept.* from published.{table} as kept
    semi join core.journeys on kept.journey_id = journeys.journey_id
"""


@dataclass(frozen=True)
class Selection:
    """The journeys meant: begun on these days (both included, project zone), of this segment."""

    from_date: date | None = None
    to_date: date | None = None
    segment: str | None = None


EVERYTHING = Selection()


@contextmanager
def selecting(settings: Settings, selection: Selection) -> Iterator[Warehouse]:
    """Open a warehouse that holds the selected journeys alone, and their marts.

    Its tables are those of the publication, less the steps, visits and touches of other journeys
    and the spend of other days; of a segment there is none, for networks tell of no segments what
    they charged. Its marts are made anew. Nothing of it is kept.
    """
    with beside(settings.published_file, settings.warehouse.memory) as warehouse:
        _expect_journeys(warehouse, selection)
        _select(warehouse, selection)
        build_marts(warehouse, settings)
        yield warehouse


def _select(warehouse: Warehouse, selection: Selection) -> None:
    warehouse.load_macros("macros")
    warehouse.set_variable("from_date", selection.from_date)
    warehouse.set_variable("to_date", selection.to_date)
    warehouse.set_variable("segment", selection.segment)
    for schema in ("core", "ops", "marts"):
        warehouse.run(f"create schema {schema}")
    warehouse.run(f"create view core.journeys as {_journeys()}")
    warehouse.run(
        "create view core.spend as select spend.* from published.core.spend as spend "
        f"where {_in_days('spend.day')} and getvariable('segment')::varchar is null"
    )
    tables = warehouse.rows(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = 'published' and schema_name in ('core', 'ops') order by all"
    )
    for schema, name in tables:
        table = f"{schema}.{quoted_name(name)}"
        if table in ('core."journeys"', 'core."spend"'):
            continue
        is_of_journeys = "journey_id" in warehouse.columns(f"published.{table}")
        query = (_OF_JOURNEYS if is_of_journeys else _KEPT_WHOLE).format(table=table)
        warehouse.run(f"create view {table} as {query}")


def _journeys() -> str:
    # Columns are qualified: an unqualified one would be taken for the parameter of that name of a
    # macro that reads the view.
    return (
        "select journey.* from published.core.journeys as journey "
        f"where {_in_days('journey.day')} "
        "and coalesce(journey.segment = getvariable('segment')::varchar, "
        "getvariable('segment')::varchar is null)"
    )


def _in_days(column: str) -> str:
    return (
        f"{column} >= coalesce(getvariable('from_date')::date, {column}) "
        f"and {column} <= coalesce(getvariable('to_date')::date, {column})"
    )


def _expect_journeys(warehouse: Warehouse, selection: Selection) -> None:
    """Refuse a selection that holds nothing, and say what there is."""
    known = [
        row[0]
        for row in warehouse.rows(
            "select distinct segment from published.core.journeys "
            "where segment is not null order by all"
        )
    ]
    if selection.segment is not None and selection.segment not in known:
        there = f"there are {', '.join(known)}" if known else "no customer has one"
        raise ConfigError(f"there is no segment '{selection.segment}'; {there}")
    first, last = warehouse.rows("select min(day), max(day) from published.core.journeys")[0]
    if first is None:
        raise ConfigError("there are no journeys yet, so there are none of some days or segment")
    begin, end = selection.from_date or first, selection.to_date or last
    if begin > end or begin > last or end < first:
        raise ConfigError(
            f"no journey began from {begin} to {end}; they began from {first} to {last}"
        )
