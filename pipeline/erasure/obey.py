"""How a night obeys the suppression list: what is stored of the erased is left out of it."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.errors import ConfigError, LawError
from pipeline.faults import fault_point
from pipeline.ingest.pseudonyms import key_id, load_key, project_key
from pipeline.journal import Journal
from pipeline.night import Night
from pipeline.own_places import list_file
from pipeline.queries import read_sql, shipped_dir
from pipeline.runs import take_over
from pipeline.settings import Settings
from pipeline.stale import Stale
from pipeline.suppression import ERASURE, learn_list, read_list
from pipeline.warehouse import Warehouse, quoted_name
from pipeline.words import known_words

_ERASURES = {
    "erasure_id": "varchar",
    "run_id": "varchar",
    "erased_at": "timestamptz",
    "identifiers": "bigint",
    "touches": "bigint",
}


@dataclass(frozen=True)
class Erasing:
    """What a night has to erase: erasures on the list, those that the publication knows nothing of.

    `is_begun` if one was begun and not finished: it may have been published, but not all that goes
    after that is gone. `unlisted` were begun as well, and ended before they reached the list.
    """

    listed: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    is_begun: bool = False
    unlisted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pending) or self.is_begun

    def told(self) -> str:
        """Say for the headline what is erased tonight, if anything."""
        return f"; {len(self.pending)} erasure(s) finished" if self.pending else ""


def obey_list(night: Night, settings: Settings) -> Erasing:
    """Find what the suppression list asks of tonight, before anything stored is recalled.

    Makes the temporary table suppression and the macro mark_of, where anybody was ever erased; and,
    if the publication does not know it yet, the tables that `recall` leaves out: erased_touches,
    erased_identifiers and erased_customers. Raises ConfigError if the list is gone or another's.
    """
    file = list_file(settings.key_file)
    listed = read_list(file)
    erasures = listed.filter(pl.col("kind") == ERASURE)
    ids = tuple(erasures["erasure_id"])
    known = known_erasures(night.warehouse, "yesterday") if night.has_yesterday else set()
    expect_known_listed(known, listed, file)
    begun = begun_erasures(settings.warehouse_dir)
    unlisted = tuple(one for one in begun or () if one not in {*ids, *known})
    # A word of an older version names none.
    is_begun = begun is not None and (not begun or len(unlisted) < len(begun))
    if listed.is_empty():
        return Erasing(is_begun=is_begun, unlisted=unlisted)
    warehouse = night.warehouse
    key = project_key(settings.key_file, may_make=False)
    if set(erasures["mark"]) != {key_id(key)}:
        raise ConfigError(
            f"the suppression list {file} was made under another key than {settings.key_file}. "
            "Bring back the two that belong together; nothing was changed."
        )
    load_key(warehouse, key)
    learn_list(warehouse, listed)
    pending = tuple(one for one in ids if one not in known) if night.has_yesterday else ()
    if pending:
        fault_point("erasure: find what is stored of the erased")
        mutable = [words.source for words in known_words(night, settings) if words.mutable]
        warehouse.set_variable("mutable_sources", mutable)
        for name in ("erased_identifiers", "erased_customers", "erased_touches"):
            warehouse.run(f"create or replace temp table {name} as {_query(name)}")
    return Erasing(ids, pending, is_begun, unlisted)


def known_erasures(warehouse: Warehouse, database: str) -> set[str]:
    """Give the erasures that a publication obeys; one of an older version has no table of them."""
    has_any = warehouse.value(
        "select count(*) from duckdb_tables() "
        "where database_name = ? and schema_name = 'ops' and table_name = 'erasures'",
        [database],
    )
    listed = f"{quoted_name(database)}.ops.erasures"
    rows = warehouse.rows(f"select erasure_id from {listed}") if has_any else []
    return {erasure for (erasure,) in rows}


def expect_known_listed(known: set[str], listed: pl.DataFrame, file: Path) -> None:
    """Raise ConfigError where the list lacks an erasure that the publication obeys."""
    if lost := known - set(listed["erasure_id"]):
        raise ConfigError(
            f"the suppression list {file} lacks {len(lost)} of the erasures that the warehouse "
            "knows of. Bring it back from the backup of the key; without it they come back. "
            "Nothing was changed."
        )


def recount_loads(night: Night) -> None:
    """Count records that stand without a touch now as duplicates, as if they came again tonight.

    In: erased_touches, stored_touches; ops.loads of tonight.
    """
    fault_point("erasure: count the loads again")
    night.warehouse.run(
        f"""
        update ops.loads as loads
        set
            accepted = loads.accepted - recounted.records,
            duplicates = loads.duplicates + recounted.records,
            touches = loads.touches - recounted.touches,
            first_at = recounted.first_at,
            last_at = recounted.last_at
        from ({_query("recounted_loads")}) as recounted
        where loads.source = recounted.source and loads.load_id = recounted.load_id
        """
    )


def has_erased(settings: Settings) -> bool:
    """Tell whether anybody was erased from this project."""
    return not read_list(list_file(settings.key_file)).is_empty()


def expect_ids_kept(stale: Stale) -> None:
    """Refuse to call ids otherwise where people are erased: by these they are known and kept out.

    Raises ConfigError.
    """
    if stale.ids:
        raise ConfigError(
            f"source {stale.ids[0]}: expected namespace, order_space and order_id_pattern as they "
            "were when the warehouse was built, for people who are erased are known by ids that "
            "these are part of; found others. Give them their former values. Else, if nobody was "
            "erased yet, run first; if somebody was, move the published warehouse away, run with "
            "--full, and erase again whom you had erased."
        )


def keep_erasures(night: Night, erasing: Erasing, journal: Journal) -> None:
    """Keep in ops.erasures which erasures the publication obeys, and nothing of whom."""
    warehouse = night.warehouse
    take_over(night, "erasures", _ERASURES)
    known = {one for (one,) in warehouse.rows("select erasure_id from ops.erasures")}
    counts = {
        table.removeprefix("erased_"): warehouse.value(f"select count(*) from {table}")
        for table in ("erased_identifiers", "erased_touches")
        if erasing.pending
    }
    for erasure in erasing.listed:
        if erasure not in known:
            warehouse.insert(
                "ops.erasures",
                erasure_id=erasure,
                run_id=journal.run_id,
                erased_at=journal.started_at,
                **counts,
            )


def expect_gone(night: Night) -> None:
    """Raise LawError if a published text still holds a strong identifier of who is erased.

    What is weaker may be another's: a click id that was sent on, a device in a backup brought back.
    """
    warehouse = night.warehouse
    tables: dict[str, list[str]] = {}
    for schema, table, column, kind in warehouse.rows(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'shadow' and data_type in ('VARCHAR', 'VARCHAR[]') order by all"
    ):
        name = quoted_name(column)
        holds = (
            f"list_has_any({name}, (select list(identifier) from erased_people))"
            if kind.endswith("[]")
            else f"{name} in (select identifier from erased_people)"
        )
        tables.setdefault(f"shadow.{quoted_name(schema)}.{quoted_name(table)}", []).append(holds)
    warehouse.run(
        "create or replace temp view erased_people as "
        "select identifier from erased_identifiers semi join "
        "(from yesterday.core.identities where touches is null) using (identifier)"
    )
    for table, columns in tables.items():
        if found := warehouse.value(f"select count(*) from {table} where {' or '.join(columns)}"):
            raise LawError(
                f"{table.removeprefix('shadow.')} still holds {found} row(s) of who is erased; "
                "nothing was published. The erasure stands on the list, and the next run tries "
                "again."
            )


def begun_file(warehouse_dir: Path) -> Path:
    """Say which file stands as long as an erasure is not finished."""
    return warehouse_dir / ".erasing"


def begun_erasures(warehouse_dir: Path) -> tuple[str, ...] | None:
    """Name the erasures that are under way, as far as their word does; None where there is none."""
    file = begun_file(warehouse_dir)
    if not file.exists():
        return None
    return tuple(file.read_text(encoding="utf-8").splitlines()[1:])


def _query(name: str) -> str:
    return read_sql(shipped_dir() / "erasure" / f"{name}.sql")
