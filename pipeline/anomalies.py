"""What a night measures of itself, and what of that is unusual. It warns, and stops nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.figures.unusual import Measure, Measured, Unusual, judge
from pipeline.journal import Journal
from pipeline.night import Night
from pipeline.queries import read_sql, shipped_dir
from pipeline.runs import had_table, take_over
from pipeline.settings import Settings

# What a count has to fall or rise to, or a share to move by, before it is worth a word.
_COUNT = Measure(low=0.7, high=1.5)
MEASURES = {
    "records": _COUNT,
    "touches": _COUNT,
    "rejected": Measure(step=0.02),
    "duplicates": Measure(step=0.05),
    "anonymous": Measure(step=0.10, falls=True),
    "behind": Measure(high=2.0),
    "conversions": _COUNT,
    "revenue": _COUNT,
}
# What sources bring, in the order of the query; and of what it is a share.
_OUT_OF = {
    "records": None,
    "touches": None,
    "rejected": "records",
    "duplicates": "records",
    "anonymous": "touches",
    "behind": None,
}
_NAMED = 5  # anomalies that the headline tells
_MEASURED = {
    "run_id": "varchar",
    "measured_at": "timestamptz",
    "source": "varchar",
    "measure": "varchar",
    "day": "date",
    "value": "double",
    "out_of": "double",
}
_ANOMALIES = {
    "run_id": "varchar",
    "source": "varchar",
    "measure": "varchar",
    "day": "date",
    "kind": "varchar",
    "value": "double",
    "out_of": "double",
    "expected": "double",
    "low": "double",
    "high": "double",
    "days": "bigint",
}
Series = dict[tuple[str | None, str], list[Measured]]


@dataclass(frozen=True)
class Anomaly:
    """One figure that is unusual for its weekday; without a source it is the whole shop's."""

    source: str | None
    measure: str
    tonight: Measured
    found: Unusual

    def told(self) -> str:
        """Say it in words."""
        found, scale, unit = self.found, 1.0, ""
        if self.tonight.out_of is not None:
            scale, unit = 100 / self.tonight.out_of, "%"
        value, low, high = (f"{x * scale:,.0f}{unit}" for x in (found.value, found.low, found.high))
        whose = self.source or str(self.tonight.day)
        weekday = f"{self.tonight.day:%A}"
        if self.measure == "behind":
            return f"{whose} is {value} minutes behind, usually up to {high} on a {weekday}"
        return f"{self.measure} of {whose} {value}, usually {low} to {high} on a {weekday}"

    def facts(self) -> dict[str, Any]:
        """Give it as a row of ops.anomalies."""
        return {
            "source": self.source,
            "measure": self.measure,
            "day": self.tonight.day,
            "kind": self.found.kind,
            "value": self.found.value,
            "out_of": self.tonight.out_of,
            "expected": round(self.found.expected, 1),
            "low": round(self.found.low, 1),
            "high": round(self.found.high, 1),
            "days": self.found.days,
        }


def find_anomalies(
    night: Night, settings: Settings, journal: Journal, sources: Sequence[str], *, of_days: bool
) -> list[Anomaly]:
    """Measure tonight, compare it with the nights before, keep both in ops, and tell of it.

    In: scratch.loads, scratch.touches, replayed, core.sessions, ops.project. Of `sources` it is
    measured what they brought; `of_days`, what the last whole day was worth. What was not measured
    tonight is not judged.
    """
    warehouse = night.warehouse
    take_over(night, "measures", _MEASURED)
    take_over(night, "anomalies", _ANOMALIES)
    if not (sources or of_days):
        return []
    with journal.step("compare", "comparing with the same weekdays before") as step:
        measured = _of_loads(night, settings, journal, sources)
        measured += _of_days(night) if of_days else []
        step.rows = len(measured)
        at = {"run_id": journal.run_id, "measured_at": journal.started_at}
        warehouse.insert_all("ops.measures", [at | one for one in measured])
        series = _by_series(night, settings, journal, "ops.measures")
        days = {(one.get("source"), one["measure"]): one["day"] for one in measured}
        found = _judge_all(_up_to(days, series))
        told = [{"run_id": journal.run_id, **anomaly.facts()} for anomaly in found]
        warehouse.insert_all("ops.anomalies", told)
    return _noted(found, journal)


def miss_what_usually_comes(night: Night, settings: Settings, journal: Journal) -> list[Anomaly]:
    """Tell which sources usually bring something by now, on a night that has nothing new at all."""
    if not had_table(night, "measures"):
        return []
    today = _today(settings, journal)
    series = _by_series(night, settings, journal, "yesterday.ops.measures")
    of_loads = _up_to({key: today for key in series if key[1] == "records"}, series)
    for days in of_loads.values():
        if not days or days[-1].day != today:
            days.append(Measured(today, 0.0))
    return _noted(_judge_all(of_loads), journal)


def tell_anomalies(found: Sequence[Anomaly]) -> str:
    """Say in a line what is unusual; nothing, if nothing is."""
    told = [anomaly.told() for anomaly in found[:_NAMED]]
    if more := len(found) - len(told):
        told.append(f"{more} more (see recorrido status)")
    return f"unusual: {', '.join(told)}" if told else ""


def _of_loads(
    night: Night, settings: Settings, journal: Journal, sources: Sequence[str]
) -> list[dict[str, Any]]:
    night.warehouse.set_variable("sources", list(sources))
    night.warehouse.set_variable("tonight", journal.started_at)
    today = _today(settings, journal)
    rows = night.warehouse.rows(_query("of_loads"))
    return [
        {"source": source, "measure": name, "day": today, "value": told[name], "out_of": out_of}
        for source, *values in rows
        for told in [dict(zip(_OUT_OF, values, strict=True))]
        for name, whole in _OUT_OF.items()
        if told[name] is not None
        for out_of in [told[whole] if whole else None]
    ]


def _of_days(night: Night) -> list[dict[str, Any]]:
    day, conversions, revenue = night.warehouse.rows(_query("of_days"))[0]
    return [
        {"measure": "conversions", "day": day, "value": conversions},
        {"measure": "revenue", "day": day, "value": revenue},
    ]


def _by_series(night: Night, settings: Settings, journal: Journal, table: str) -> Series:
    """Read what was measured by source and measure, in the order of days."""
    night.warehouse.set_variable("tonight", journal.started_at)
    night.warehouse.set_variable("zone", settings.project.timezone)
    series: Series = {}
    night.warehouse.run(f"create or replace temp view measured as select * from {table}")
    named = {None, *(source.name for source in settings.sources)}
    for source, measure, day, value, out_of in night.warehouse.rows(_query("by_day")):
        if source not in named:  # the config has it no more
            continue
        series.setdefault((source, measure), []).append(Measured(day, value, out_of))
    return series


def _up_to(last: Mapping[tuple[str | None, str], date], series: Series) -> Series:
    """Give of some series the days up to the one that is judged, whatever came later."""
    return {
        key: [day for day in days if day.day <= last[key]]
        for key, days in series.items()
        if key in last
    }


def _judge_all(series: Series) -> list[Anomaly]:
    """Judge the last day of each; touches only where the records that told of them are usual."""
    found: dict[tuple[str | None, str], Anomaly] = {}
    for (source, measure), days in series.items():
        grain = _grain(series) if measure == "revenue" else 1.0
        unusual = judge(days[-1], days[:-1], MEASURES[measure], grain=grain)
        if unusual and not (measure == "touches" and (source, "records") in found):
            found[source, measure] = Anomaly(source, measure, days[-1], unusual)
    return list(found.values())


def _grain(series: Series) -> float:
    """Say what one order is worth: by how much revenue moves at the least, by chance."""
    revenue = sum(day.value or 0 for day in series[None, "revenue"])
    orders = sum(day.value or 0 for day in series[None, "conversions"])
    return max(revenue, 1.0) / max(orders, 1.0)


def _noted(found: list[Anomaly], journal: Journal) -> list[Anomaly]:
    for anomaly in found:
        journal.warn("anomaly", anomaly.told(), **anomaly.facts())
    journal.note(anomalies=[anomaly.facts() for anomaly in found])
    return found


def _today(settings: Settings, journal: Journal) -> date:
    return journal.started_at.astimezone(ZoneInfo(settings.project.timezone)).date()


def _query(name: str) -> str:
    return read_sql(shipped_dir() / "measures" / f"{name}.sql")
