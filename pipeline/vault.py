"""The vault: which identifier a pseudonym stands for; for audiences alone, and never published.

Its next version is made in a private folder and takes its place in one step. So it is whole or it
is the old one, and what was removed from it is in no byte of it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl

from pipeline.errors import QueryError
from pipeline.faults import fault_point
from pipeline.night import Night
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse, quoted_text, reading, writing
from pipeline.whole import clear_place, sync_folder

_COLUMNS = ("pseudonym", "kind", "identifier")
_PORTION = 1_000_000  # identifiers that cross from one connection to the other at once
_DIR = ".vault"
_MODE = 0o600


def fill_vault(night: Night, settings: Settings) -> int:
    """Add what tonight told raw of whom the shadow knows; give how many identifiers are new.

    In: `vaulted` of `begin_vaulted`, core.identities. It is done before publication: an entry too
    many is harmless, one too few would be missing for good.
    """
    if not settings.warehouse.vault:
        return 0
    with _anew(settings.vault_file, settings.warehouse.memory // 4) as vault:
        vault.run("create temp table added as from old_identifiers limit 0")
        for portion in _told(night.warehouse):
            with vault.view_of(portion, "told"):
                vault.run(
                    "insert into added by name from told "
                    "anti join old_identifiers using (pseudonym)"
                )
        added: int = vault.value("select count(*) from added")
        if added:
            vault.run("create table identifiers as from old_identifiers union all from added")
        return added


def tidy_vault(settings: Settings, *, now: datetime) -> int:
    """Remove whom the publication does not know, and whom it has not seen for `keep_raw_days`.

    They are counted back from the cut-off, or from `now` if that is earlier. Without `vault = true`
    the vault is removed whole. Gives how many identifiers went.
    """
    file, published = settings.vault_file, settings.published_file
    if not settings.warehouse.vault:
        return _remove(file)
    if not (file.exists() and published.exists()):
        return 0
    with _anew(file, settings.warehouse.memory // 4) as vault:
        vault.run(f"attach {quoted_text(str(published))} as published (read_only)")
        vault.set_variable("keep_raw_days", settings.warehouse.keep_raw_days)
        vault.set_variable("now", now)
        vault.run(
            """
            create temp table gone as
            with known as (
                select identities.identifier as pseudonym
                from published.core.identities as identities
                left join published.core.customers as customers using (customer_id)
                cross join published.ops.project as project
                where getvariable('keep_raw_days') is null
                    or customers.last_seen_at is null
                    or customers.last_seen_at
                    >= least(project.cut_off, getvariable('now')::timestamptz)
                    - to_days(getvariable('keep_raw_days')::integer)
            )

            select pseudonym from old_identifiers anti join known using (pseudonym)
            """
        )
        gone: int = vault.value("select count(*) from gone")
        if gone:
            vault.run(
                "create table identifiers as from old_identifiers anti join gone using (pseudonym)"
            )
        return gone


@contextmanager
def reading_vault(file: Path, memory: int | None = None) -> Iterator[Warehouse]:
    """Open the vault read-only; of one that cannot be read, say what is to be done."""
    with ExitStack() as stack:
        try:
            vault = stack.enter_context(reading(file, memory=memory))
        except QueryError as error:
            raise _unreadable(file, error) from error
        yield vault


def clear_room(vault_file: Path) -> None:
    """Remove what a killed run left of a vault under way, for identifiers are raw in it."""
    room = _room(vault_file)
    if room.exists():
        fault_point("vault: remove what a killed one left")
        clear_place(room)


def _remove(file: Path) -> int:
    """Remove the vault, where there is one."""
    if file.exists():
        fault_point("vault: remove it")
        file.unlink()
        sync_folder(file.parent)
    return 0


@contextmanager
def _anew(file: Path, memory: int) -> Iterator[Warehouse]:
    """Open what becomes the vault, if the block makes the table `identifiers` in it.

    In the block, old_identifiers (pseudonym, kind, identifier) is the present vault.
    """
    room = _room(file)
    fault_point("vault: make its room")
    clear_place(room)
    room.mkdir(mode=0o700)
    made = room / file.name
    try:
        vault = writing(made, memory, room / "spill")
        try:
            _attach_old(vault, file)
            yield vault
            is_made = vault.value(
                "select count(*) from duckdb_tables() "
                "where table_name = 'identifiers' and database_name = current_database()"
            )
            fault_point("vault: write it out")
            vault.run("checkpoint")
        finally:
            vault.close()
        if is_made:
            _put_in_place(made, file)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _attach_old(warehouse: Warehouse, file: Path) -> None:
    if file.exists():
        try:
            warehouse.run(f"attach {quoted_text(str(file))} as old (read_only)")
            warehouse.run("create temp view old_identifiers as from old.identifiers")
        except QueryError as error:
            raise _unreadable(file, error) from error
        return
    columns = ", ".join(f"null::varchar as {name}" for name in _COLUMNS)
    warehouse.run(f"create temp view old_identifiers as select {columns} where false")


def _unreadable(file: Path, error: QueryError) -> QueryError:
    return QueryError(
        f"the vault {file} cannot be read: {error} Bring it back from a backup or move it "
        "away: audiences then list identifiers that are told from then on, and customer "
        "ids of all others."
    )


def _told(warehouse: Warehouse) -> Iterator[pl.DataFrame]:
    """Give tonight's identifiers of whom the shadow knows, portion by portion."""
    warehouse.run(
        "create or replace temp table vaulted_ones as "
        "select pseudonym, any_value(kind) as kind, any_value(identifier) as identifier, "
        "row_number() over () as number from vaulted "
        "semi join core.identities as known on vaulted.pseudonym = known.identifier "
        "group by pseudonym"
    )
    most = warehouse.value("select coalesce(max(number), 0) from vaulted_ones")
    for first in range(1, most + 1, _PORTION):
        yield warehouse.frame(
            f"select {', '.join(_COLUMNS)} from vaulted_ones "
            f"where number between {first} and {first + _PORTION - 1}"
        )


def _put_in_place(made: Path, file: Path) -> None:
    made.chmod(_MODE)
    with made.open("rb") as handle:
        os.fsync(handle.fileno())
    fault_point("vault: put it in place")
    os.replace(made, file)
    sync_folder(file.parent)


def _room(file: Path) -> Path:
    """Say where the next version is made, in a folder that only its owner may enter."""
    return file.with_name(_DIR)
