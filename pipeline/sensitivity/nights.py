"""How settings are tried: on the touches of the publication, beside it, and leaving nothing."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import polars as pl

from pipeline.engines.local import rebuild_all
from pipeline.erasure.obey import obey_list
from pipeline.errors import ConfigError
from pipeline.faults import fault_point
from pipeline.identity import stitch
from pipeline.ingest.intake import take_in
from pipeline.ingest.pseudonyms import expect_same_key, project_key
from pipeline.lock import one_run_at_a_time
from pipeline.night import Night, tonight
from pipeline.queries import read_sql, shipped_dir
from pipeline.sensitivity.results import Found, lay_out
from pipeline.sensitivity.trials import Trial, list_trials
from pipeline.settings import Settings
from pipeline.stale import compare, facts_of
from pipeline.stored import recall
from pipeline.touches import gather_touches, number_touches, tell_segments, tell_touches
from pipeline.warehouse import Warehouse, quoted_name, reading
from pipeline.words import known_words

Say = Callable[[str], None]
Key = TypeVar("Key")


def try_settings(settings: Settings, *, say: Say = print) -> pl.DataFrame:
    """Count what is published anew under other settings, one at a time; publish and keep nothing.

    One row per trial, as `compare_trials` makes them. Only what a setting decides is done again:
    stitching and journeys, or journeys alone. Raises ConfigError where the publication was built
    by another version, or under other settings.
    """
    with reading(settings.published_file) as published:
        _expect_built_so(published, settings)
    trials = list_trials(settings)
    found: dict[str, Found] = {}
    with _private_night(settings) as night:
        say("taking up what is published")
        cut_off = _take_up(night, settings)
        for identity, alike in _grouped(trials, lambda trial: trial.settings.identity):
            with _forgetting(night.warehouse):
                say(f"stitching people ({identity.mode})")
                _stitch(night, alike[0].settings, cut_off)
                for fingerprint, same in _grouped(alike, lambda trial: trial.fingerprint):
                    with _forgetting(night.warehouse):
                        say(f"rebuilding journeys ({same[0].parameter} = {same[0].value})")
                        found[fingerprint] = _rebuild(night.warehouse, same[0].settings, cut_off)
        models = _frame(night.warehouse, "models")
    return lay_out(trials, found, models)


@contextmanager
def _private_night(settings: Settings) -> Iterator[Night]:
    """Open a night beside the publication, whose lock it does not need: it publishes nothing.

    The publication is linked into a folder of its own, so that what was there at the beginning is
    read to the end, whatever a night puts in its place meanwhile.
    """
    room = settings.warehouse_dir / ".sensitivity"
    link = room / settings.published_file.name
    with one_run_at_a_time(room, "sensitivity"):
        try:
            link.unlink(missing_ok=True)
            fault_point("sensitivity: link the publication")
            os.link(settings.published_file, link)
            with tonight(link, settings.warehouse.memory) as night:
                yield night
        finally:
            fault_point("sensitivity: remove its room")
            shutil.rmtree(room)


def _expect_built_so(published: Warehouse, settings: Settings) -> None:
    """Raise ConfigError where other settings, files or another version made what is published."""
    stale = compare(published, facts_of(settings))
    if not stale:
        return
    reads = [f"how {name} is read" for name in stale.sources]
    ids = [f"the ids of {name}" for name in stale.ids]
    changed = (*stale.journeys, *stale.counts, *stale.formats, *reads, *ids, *stale.others)
    raise ConfigError(
        f"since {settings.published_file} was built, {', '.join(changed)} changed; that "
        "would pass for what a setting does. Run 'recorrido run' first."
    )


def _take_up(night: Night, settings: Settings) -> datetime:
    """Take up all that earlier nights left, and no new file; give the publication's cut-off."""
    warehouse = night.warehouse
    key = project_key(settings.key_file, may_make=False)
    key_id, cut_off = warehouse.rows("select key_id, cut_off from yesterday.ops.project")[0]
    expect_same_key(key, key_id, settings.key_file)
    recall(night, ())
    obey_list(night, settings)
    night.open_shadow(copied=False)
    take_in(night, settings, [], key=key, run_id="sensitivity", started_at=datetime.now(UTC))
    gather_touches(warehouse)
    told_cut_off: datetime = cut_off
    return told_cut_off


def _stitch(night: Night, settings: Settings, cut_off: datetime) -> None:
    warehouse = night.warehouse
    stitch(warehouse, settings.identity)
    tell_segments(warehouse)
    tell_touches(warehouse, known_words(night, settings), settings.traffic)
    currency = settings.project.currency
    number_touches(warehouse, settings.rulebook(), currency=currency, cut_off=cut_off)


def _rebuild(warehouse: Warehouse, settings: Settings, cut_off: datetime) -> Found:
    rulebook = settings.rulebook()
    rebuild_all(warehouse, rulebook, cut_off=cut_off, memory=settings.warehouse.memory)
    return Found(_frame(warehouse, "figures"), _frame(warehouse, "credits"))


def _frame(warehouse: Warehouse, name: str) -> pl.DataFrame:
    return warehouse.frame(read_sql(shipped_dir() / "sensitivity" / f"{name}.sql"))


@contextmanager
def _forgetting(warehouse: Warehouse) -> Iterator[None]:
    """Drop every table that the block has made."""
    before = _tables(warehouse)
    yield
    for table in _tables(warehouse) - before:
        fault_point("sensitivity: forget a trial")
        warehouse.run(f"drop table {table}")


def _tables(warehouse: Warehouse) -> set[str]:
    rows = warehouse.rows(
        "select database_name, schema_name, table_name from duckdb_tables() where not temporary"
    )
    return {".".join(map(quoted_name, row)) for row in rows}


def _grouped(trials: Sequence[Trial], key: Callable[[Trial], Key]) -> list[tuple[Key, list[Trial]]]:
    groups: dict[Key, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(key(trial), []).append(trial)
    return list(groups.items())
