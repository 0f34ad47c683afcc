"""The laws: queries that return offenders; one offender stops publication."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import LawError
from pipeline.faults import fault_point
from pipeline.queries import read_sql, shipped
from pipeline.warehouse import Warehouse

SCHEMAS = ("core", "counts", "marts", "ops")
_SHOWN = 3


@dataclass(frozen=True)
class Law:
    """One law, its number of offenders, and the first of them."""

    name: str
    offenders: int
    first: tuple[str, ...]


def judge_laws(warehouse: Warehouse, schemas: Sequence[str] = SCHEMAS) -> list[Law]:
    """Run the query of every law on the tables of some schemas."""
    fault_point("laws: judge them")
    laws = []
    for file in shipped("checks"):
        if not file.name.startswith(tuple(f"{schema}." for schema in schemas)):
            continue
        offenders = warehouse.frame(read_sql(file))
        first = tuple(str(row) for row in offenders.head(_SHOWN).to_dicts())
        laws.append(Law(file.stem, offenders.height, first))
    return laws


def hold_laws(warehouse: Warehouse, schemas: Sequence[str] = SCHEMAS) -> None:
    """Raise LawError, with the first offenders of each broken law, if any is broken."""
    broken = [law for law in judge_laws(warehouse, schemas) if law.offenders]
    if broken:
        told = "\n".join(
            f"  {law.name}: {law.offenders} offender(s), such as\n    " + "\n    ".join(law.first)
            for law in broken
        )
        raise LawError(
            f"{len(broken)} law(s) do not hold, so nothing was published:\n{told}\n"
            "Each law is a query of that name in queries/checks/."
        )
