"""The laws: queries that return offenders; one offender stops publication."""

from dataclasses import dataclass

from pipeline.errors import LawError
from pipeline.faults import fault_point
from pipeline.queries import read_sql, shipped
from pipeline.warehouse import Warehouse

_SHOWN = 3


@dataclass(frozen=True)
class Law:
    """One law, its number of offenders, and the first of them."""

    name: str
    offenders: int
    first: tuple[str, ...]


def judge_laws(warehouse: Warehouse) -> list[Law]:
    """Run the query of every law."""
    fault_point("laws: judge them")
    laws = []
    for file in shipped("checks"):
        query = read_sql(file)
        offenders = warehouse.value(f"select count(*) from ({query})")
        first = warehouse.frame(query).head(_SHOWN).to_dicts() if offenders else []
        laws.append(Law(file.stem, offenders, tuple(map(str, first))))
    return laws


def hold_laws(warehouse: Warehouse) -> None:
    """Raise LawError, with the first offenders of each broken law, if any is broken."""
    broken = [law for law in judge_laws(warehouse) if law.offenders]
    if broken:
        told = "\n".join(
            f"  {law.name}: {law.offenders} offender(s), such as\n    " + "\n    ".join(law.first)
            for law in broken
        )
        raise LawError(
            f"{len(broken)} law(s) do not hold, so nothing was published:\n{told}\n"
            "Each law is a query of that name in queries/checks/. If it is rows of earlier nights "
            "that break it, recorrido run --full makes all anew of the stored touches."
        )
