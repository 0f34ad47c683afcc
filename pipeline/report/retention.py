"""Who bought again, and how soon: first purchases by month, and what became of them since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.report.contents import ReportData
from pipeline.report.notation import NOTHING, Notation
from pipeline.report.texts import Texts

_MONTH_DAYS = 30
_SOON = 2
_TINTS = 10

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """What a cohort had done by the end of a month of its own; unripe ones tell nothing yet."""

    is_ripe: bool
    rate: str = NOTHING
    told: str = ""
    tint: int = 0
    value: str = NOTHING


@dataclass(frozen=True)
class Cohort:
    """A row of the triangle: how many first bought then, and their months; None: not lived yet."""

    name: str
    kind: str
    customers: str
    value: str
    value_by: str
    cells: list[Cell | None]


@dataclass(frozen=True)
class Retention:
    """The triangle, and the sentences that stand over it."""

    sentences: list[str]
    days: list[str]
    cohorts: list[Cohort]


def retention(data: ReportData, texts: Texts, notation: Notation) -> Retention | None:
    """Write the triangle: all together, cohort by cohort, the earliest in one row; or none.

    None either of journeys that began on some days only: the first purchase among these need not
    be the customer's first, and those that follow are left out.
    """
    is_part_of_time = data.from_date is not None or data.to_date is not None
    if is_part_of_time or not data.retention.height:
        return None
    rows = data.retention.rows(named=True)
    months = range(1 + max(row["months_since"] for row in rows))
    highest = max((row["rate"] for row in rows if row["rate"] is not None), default=0.0) or 1.0
    by_cohort: dict[tuple[str, Any], dict[int, Row]] = {}
    for row in rows:
        by_cohort.setdefault((row["kind"], row["cohort"]), {})[row["months_since"]] = row
    return Retention(
        sentences=_sentences(by_cohort.get(("all", None), {}), texts, notation),
        days=[notation.number(_days(month)) for month in months],
        cohorts=[
            _cohort(by_cohort[key], months, highest, texts, notation)
            for key in sorted(by_cohort, key=_place)
        ],
    )


def _place(key: tuple[str, Any]) -> tuple[int, str]:
    kind, cohort = key
    return ("all", "earlier", "month").index(kind), str(cohort or "")


def _cohort(
    cells: Mapping[int, Row], months: range, highest: float, texts: Texts, notation: Notation
) -> Cohort:
    first = next(iter(cells.values()))
    kind = first["kind"]
    ripe = [month for month, row in cells.items() if row["rate"] is not None]
    # All together are other customers in every month: their values are no row.
    last = cells[max(ripe)] if ripe and kind != "all" else None
    return Cohort(
        name=notation.month(first["cohort"]) if kind == "month" else texts.say(f"again.{kind}"),
        kind=kind,
        customers=notation.number(first["customers"]),
        value=NOTHING if last is None else notation.money(last["value_per_customer"]),
        value_by=_by(last["months_since"], texts, notation) if last is not None else "",
        cells=[
            None if month not in cells else _cell(cells[month], highest, texts, notation)
            for month in months
        ],
    )


def _cell(row: Row, highest: float, texts: Texts, notation: Notation) -> Cell:
    if row["rate"] is None:
        return Cell(is_ripe=False)
    return Cell(
        is_ripe=True,
        rate=notation.share(row["rate"]),
        told=texts.say(
            "again.told",
            bought=notation.number(row["repurchased"]),
            judged=notation.number(row["judged"]),
            days=notation.number(_days(row["months_since"])),
            interval=notation.interval(row["low"], row["high"]),
        ),
        tint=min(_TINTS - 1, int(_TINTS * row["rate"] / highest)),
        value=notation.money(row["value_per_customer"]),
    )


def _sentences(all_months: Mapping[int, Row], texts: Texts, notation: Notation) -> list[str]:
    """Say how many buy again soon, and how many as late as half of the customers can tell."""
    judged = {month: row for month, row in all_months.items() if row["rate"] is not None}
    if not judged:
        return [texts.say("again.too_early")]
    soon = min(_SOON, max(judged))
    telling = [month for month, row in judged.items() if 2 * row["judged"] >= row["customers"]]
    late = max(telling, default=soon)
    said = [_said("again.soon", judged[soon], texts, notation)]
    if late > soon:
        said.append(_said("again.late", judged[late], texts, notation))
    return said


def _said(key: str, row: Row, texts: Texts, notation: Notation) -> str:
    return texts.say(
        key,
        rate=notation.share(row["rate"]),
        interval=notation.interval(row["low"], row["high"]),
        days=notation.number(_days(row["months_since"])),
        judged=notation.number(row["judged"]),
        value=notation.money(row["value_per_customer"]),
        currency=notation.currency,
    )


def _by(month: int, texts: Texts, notation: Notation) -> str:
    return texts.say("again.by", days=notation.number(_days(month)))


def _days(month: int) -> int:
    return _MONTH_DAYS * (month + 1)
