"""A night that is not published: what it would load of each file, and what it would refuse."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from pipeline.erasure.obey import expect_ids_kept, has_erased, obey_list
from pipeline.errors import SourceError
from pipeline.ingest.find import passed_over, unlisted_folders
from pipeline.ingest.intake import expect_trustworthy, take_in
from pipeline.ingest.pseudonyms import KEY_BYTES
from pipeline.lock import one_run_at_a_time
from pipeline.lost import expect_not_lost
from pipeline.night import tonight
from pipeline.old_details import recall_end_of_details
from pipeline.project import same_key
from pipeline.publication import tidy
from pipeline.queries import read_sql, shipped_dir
from pipeline.replay import find_files, loads_read_otherwise
from pipeline.settings import Settings
from pipeline.stale import Stale, compare, facts_of
from pipeline.stored import recall


@dataclass(frozen=True)
class Rehearsal:
    """What a night would do: tables by name (files, examples), and why it would not publish.

    `warnings` are what it would warn of.
    """

    tables: Mapping[str, pl.DataFrame]
    trouble: SourceError | None = None
    warnings: Sequence[str] = ()


def rehearse(settings: Settings) -> Rehearsal:
    """Load what a night would, tell of it, and leave everything as it was.

    That is what is new, and what is to be read again for how it is read has changed.
    """
    published = settings.published_file
    with ExitStack() as stack:
        stack.enter_context(one_run_at_a_time(settings.warehouse_dir, "run --dry-run"))
        expect_not_lost(settings)
        tidy(published, keep=settings.warehouse.keep)
        night = stack.enter_context(tonight(published, settings.warehouse.memory))
        recall(night, ())
        obey_list(night, settings)
        stale = Stale()
        if night.has_yesterday:
            stale = compare(night.warehouse, facts_of(settings), schema="yesterday.ops")
        if has_erased(settings):
            expect_ids_kept(stale)
        new = find_files(night, settings, loads_read_otherwise(night.warehouse, settings, stale))
        if not new and night.has_yesterday and (unlisted := unlisted_folders(settings)):
            raise SourceError(f"{unlisted[0]}.")
        # A first night would make the key; until then any will do, for nothing is kept.
        has_key = night.has_yesterday or settings.key_file.exists()
        key = same_key(night, settings) if has_key else secrets.token_bytes(KEY_BYTES)
        night.open_shadow(copied=False)
        recall_end_of_details(night)
        take_in(night, settings, new, key=key, run_id="rehearsal", started_at=datetime.now(UTC))
        tables = {
            name: night.warehouse.frame(read_sql(shipped_dir() / "rehearsal" / f"{name}.sql"))
            for name in ("files", "examples")
        }
        warnings = [f"{told}." for told in passed_over(settings)]
        try:
            expect_trustworthy(night, settings)
        except SourceError as trouble:
            return Rehearsal(tables, trouble, warnings)
        return Rehearsal(tables, warnings=warnings)
