"""The story of an erasure: found, put on the list, left out of a night, gone from all beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipeline.erasure.aftermath import begin, no_trials, take_back
from pipeline.erasure.obey import expect_ids_kept, expect_known_listed, known_erasures
from pipeline.erasure.person import Person, Wanted, find_person
from pipeline.errors import ConfigError, LockedError
from pipeline.ingest.find import find_new, known_files
from pipeline.ingest.pseudonyms import expect_same_key, key_id, load_key, project_key
from pipeline.interrupts import Interrupted, is_published, now_stands
from pipeline.journal import Journal
from pipeline.lock import one_run_at_a_time
from pipeline.own_places import list_file
from pipeline.publication import former_publications, withdrawn_publications
from pipeline.run import run_night
from pipeline.settings import Settings
from pipeline.stale import compare, facts_of
from pipeline.suppression import ERASURE, add_to_list, learn_list, read_list
from pipeline.vault import reading_vault
from pipeline.warehouse import Warehouse, beside

_LISTED = (
    "the erasure stands on the suppression list by now, and the next 'recorrido run' finishes it"
)


@dataclass(frozen=True)
class Erased:
    """What was found of a person, and is not ours to remove.

    `traces` has place, what, found: all that is removed; `files` has source, file, records,
    lies_there, of landing files that told of the person; `also_known` number, type, known_as, of
    values asked for that stay, for they are known as another type, too.
    """

    traces: pl.DataFrame
    files: pl.DataFrame
    also_known: pl.DataFrame
    is_known: bool


def erase(
    settings: Settings,
    wanted: Sequence[Wanted],
    *,
    source: str | None = None,
    only_tell: bool = False,
    journal: Journal | None = None,
) -> Erased:
    """Remove a person everywhere, for good; or `only_tell` from where it would be.

    The suppression list is written first. From then on every run that is not stopped finishes what
    this one began, wherever it was killed. Raises ConfigError where no one person is meant.
    """
    journal = journal or Journal()
    with one_run_at_a_time(settings.warehouse_dir, "erase"):
        with (
            journal.step("find", "looking for the person"),
            beside(settings.published_file, settings.warehouse.memory) as warehouse,
        ):
            _warn_of_the_unknown(warehouse, settings, journal)
            expect_ids_kept(compare(warehouse, facts_of(settings), schema="published.ops"))
            key = _learn(warehouse, settings)
            person = find_person(warehouse, settings, wanted, source)
            as_of = _told_cut_off(warehouse)
            _warn_of_other_names(person, journal)
        erased = _told(settings, person)
        if only_tell:
            return erased
        with no_trials(settings.warehouse_dir):
            _put_on_list(settings, person, key, journal.run_id)
    # The night takes the lock for itself, and another run may have come in between.
    try:
        run_night(settings, as_of=as_of, only_erase=True, journal=journal)
    except LockedError as error:
        raise LockedError(f"{error} But {_LISTED}.") from None
    except Interrupted as error:
        raise (error if is_published() else error.telling(_LISTED)) from None
    except BaseException:
        if not is_published():
            now_stands(_LISTED)
        raise
    return erased


def _learn(warehouse: Warehouse, settings: Settings) -> bytes:
    """Give the connection what pseudonyms and marks are made with."""
    key = project_key(settings.key_file, may_make=False)
    stored_id = warehouse.value("select key_id from published.ops.project")
    expect_same_key(key, stored_id, settings.key_file)
    load_key(warehouse, key)
    warehouse.load_macros("macros")
    file = list_file(settings.key_file)
    listed = read_list(file)
    expect_known_listed(known_erasures(warehouse, "published"), listed, file)
    learn_list(warehouse, listed)
    return key


def _warn_of_the_unknown(warehouse: Warehouse, settings: Settings, journal: Journal) -> None:
    """Warn where there is more to know of the person than what is published tells.

    Nobody is refused an erasure for it: a night may not be able to run.
    """
    warehouse.run("create or replace temp view stored_loads as from published.ops.loads")
    more = []
    try:
        if new := find_new(settings, known_files(warehouse)):
            more.append(f"{len(new)} landing file(s) that no night has loaded")
    except (ConfigError, OSError):  # the next night says what is wrong
        more.append("landing files that cannot be looked for")
    if withdrawn := withdrawn_publications(settings.warehouse_dir):
        more.append(f"{len(withdrawn)} publication(s) that a rollback withdrew")
    if more:
        journal.warn(
            "unknown",
            f"there are {' and '.join(more)}: what they tell of the person's other identifiers is "
            "not known, and who comes by one of those alone is taken for somebody new. Where a "
            "night can run, run it first and erase then; else name all identifiers that you know.",
        )


def _warn_of_other_names(person: Person, journal: Journal) -> None:
    """Warn where what was asked for stays, for a source tells it as another type of identifier."""
    for number, type_, known_as in person.also_known.iter_rows():
        journal.warn(
            "also_known",
            f"--id number {number}: the same {type_} is known as a {known_as} too, which stays. "
            f"Where that is the same person, name it with --id {known_as}=… as well.",
        )


def _told_cut_off(warehouse: Warehouse) -> datetime | None:
    """Give the publication's cut-off if somebody told it; else it moves with the latest touch."""
    cut_off, latest = warehouse.rows(
        "select (select cut_off from published.ops.project), "
        "(select max(occurred_at) from published.core.touchpoints)"
    )[0]
    return None if cut_off == latest else cut_off


def _put_on_list(settings: Settings, person: Person, key: bytes, erasure_id: str) -> None:
    """Write down whom to keep out, and that it is under way; what is listed already is left."""
    file = list_file(settings.key_file)
    new = person.marks.join(read_list(file), on=("kind", "mark"), how="anti")
    if new.is_empty():
        return
    # Before the list: a word too many costs a night, one too few leaves the person in the vault.
    begin(settings, [erasure_id])
    about = pl.DataFrame({"kind": [ERASURE], "mark": [key_id(key)]})
    # Last: of a list that was cut short, an erasure lacks its own line.
    lines = pl.concat([new.sort("kind", "mark"), about])
    try:
        add_to_list(file, lines.with_columns(erasure_id=pl.lit(erasure_id)))
    except OSError as error:
        if erasure_id not in set(read_list(file)["erasure_id"]):
            take_back(settings, [erasure_id])
            raise type(error)(
                error.errno,
                f"{error.strerror} (the suppression list could not be written, so nobody was "
                "erased; mend that and type it again)",
                error.filename,
            ) from None
        raise


def _told(settings: Settings, person: Person) -> Erased:
    """Add to the person's traces what lies beside the publication, and whether files still do."""
    directory = settings.warehouse_dir
    former = len(former_publications(directory)) + len(withdrawn_publications(directory))
    beside_it = [
        ("vault.duckdb", "raw identifiers", _count_in_vault(settings, person)),
        ("previous/", "former publications", former),
        ("report/, graph/", "pages written anew", 1),
    ]
    found = [row for row in beside_it if person.is_known and row[-1]]
    more = pl.DataFrame(found, schema=person.traces.schema, orient="row")
    lies_there = [(settings.dir / name).is_file() for name in person.files["file"]]
    return Erased(
        pl.concat([person.traces, more]),
        person.files.with_columns(lies_there=pl.Series(lies_there, dtype=pl.Boolean)),
        person.also_known,
        person.is_known,
    )


def _count_in_vault(settings: Settings, person: Person) -> int:
    if not settings.vault_file.exists():
        return 0
    with reading_vault(settings.vault_file) as vault, vault.view_of(person.own, "own"):
        found: int = vault.value(
            "select count(*) from identifiers as vaulted "
            "semi join own on vaulted.pseudonym = own.identifier"
        )
    return found
