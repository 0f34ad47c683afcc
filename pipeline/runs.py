"""What the published tables tell of the runs that made them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pipeline.faults import fault_point
from pipeline.ingest.intake import Intake
from pipeline.journal import Journal
from pipeline.manifest import inputs_of, versions
from pipeline.night import Night

_TABLES = {
    "runs": {
        "run_id": "varchar",
        "started_at": "timestamptz",
        "finished_at": "timestamptz",
        "cut_off": "timestamptz",
        "version": "varchar",
        "settings_hash": "varchar",
        "files": "bigint",
        "refused_files": "bigint",
        "records": "bigint",
        "accepted": "bigint",
        "duplicates": "bigint",
        "rejected": "bigint",
        "silent_sources": "varchar",
        "headline": "varchar",
        "python_version": "varchar",
        "duckdb_version": "varchar",
        "polars_version": "varchar",
        "key_id": "varchar",
        "anomalies": "bigint",
    },
    "steps": {
        "run_id": "varchar",
        "step_no": "bigint",
        "step": "varchar",
        "seconds": "double",
        "rows": "bigint",
    },
}


def keep_inputs(night: Night, journal: Journal) -> None:
    """Note for the manifest what tonight's files were, and what became of their records."""
    journal.note(
        inputs=inputs_of(
            night.warehouse.rows(
                "select source, file, bytes, sha256, records, accepted, duplicates, rejected, "
                "refused_reason from scratch.loads order by load_no"
            )
        )
    )


def keep_run(
    night: Night,
    journal: Journal,
    built_by: Mapping[str, str],
    *,
    intake: Intake,
    silent: Sequence[str],
    headline: str,
    odd: Sequence[object],
) -> None:
    """Keep a row about the run, and one about each of its steps up to here.

    What follows, such as the laws, the publication itself and the report, is in the manifest alone:
    a publication cannot tell how long it took to publish it. In: ops.project.
    """
    warehouse = night.warehouse
    for table, columns in _TABLES.items():
        take_over(night, table, columns)
    cut_off, key_id = warehouse.rows("select cut_off, key_id from ops.project")[0]
    engines = {name: version for name, version in versions().items() if name != "recorrido"}
    facts = {"cut_off": cut_off, "settings_hash": _hash_of(built_by), "key_id": key_id}
    warehouse.insert(
        "ops.runs",
        run_id=journal.run_id,
        started_at=journal.started_at,
        finished_at=datetime.now(UTC),
        version=versions()["recorrido"],
        **facts,
        **asdict(intake),
        **{f"{name}_version": version for name, version in engines.items()},
        silent_sources=", ".join(silent) or None,
        headline=headline,
        anomalies=len(odd),
    )
    steps = [
        {
            "run_id": journal.run_id,
            "step_no": number,
            "step": step.name,
            "seconds": step.seconds,
            "rows": step.rows,
        }
        for number, step in enumerate(journal.steps, start=1)
    ]
    warehouse.insert_all("ops.steps", steps)
    journal.note(**facts, headline=headline, **asdict(intake), silent_sources=silent)


def take_over(night: Night, table: str, columns: dict[str, str]) -> None:
    """Make a table of ops that grows by every night, with what the nights before put into it.

    A shadow that is a copy of yesterday's file has it already; a column that a former version did
    not know is null for what came before.
    """
    warehouse = night.warehouse
    told = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    fault_point("run: keep its own record")
    warehouse.run(f"create table if not exists ops.{table} ({told})")
    has = warehouse.columns(f"ops.{table}")
    for name, kind in columns.items():
        if name not in has:
            warehouse.run(f"alter table ops.{table} add column {name} {kind}")
    if not night.is_copied and had_table(night, table):
        warehouse.run(f"insert into ops.{table} by name select * from yesterday.ops.{table}")


def _hash_of(built_by: Mapping[str, str]) -> str:
    """Name in one word all that decides the tables besides touches."""
    return hashlib.sha256(repr(sorted(built_by.items())).encode()).hexdigest()[:16]


def had_table(night: Night, table: str) -> bool:
    """Tell whether there is a publication of the night before that has a table of ops."""
    return night.has_yesterday and bool(
        night.warehouse.value(
            "select count(*) from duckdb_tables() where database_name = 'yesterday' "
            "and schema_name = 'ops' and table_name = ?",
            [table],
        )
    )
