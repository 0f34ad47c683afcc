"""What goes once a publication without the erased stands: all else that was written of them."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from pipeline.erasure.obey import begun_erasures, begun_file, known_erasures
from pipeline.errors import ConfigError, LockedError
from pipeline.faults import fault_point
from pipeline.lock import one_run_at_a_time
from pipeline.own_places import list_file
from pipeline.publication import forget_former
from pipeline.settings import Settings
from pipeline.suppression import ERASURE, read_list
from pipeline.warehouse import reading
from pipeline.whole import sync_folder, write_whole

_TRIALS = ".sensitivity"


_WORD = "An erasure is under way; the next run finishes it."


def begin(settings: Settings, erasures: Sequence[str]) -> None:
    """Leave word that erasures are under way, so that whoever comes next goes on with them."""
    fault_point("erasure: leave word of it")
    begun = begun_erasures(settings.warehouse_dir) or ()
    if set(erasures) - set(begun):
        _leave_word(settings.warehouse_dir, (*begun, *erasures))


def take_back(settings: Settings, erasures: Sequence[str]) -> None:
    """Take back the word of erasures that never reached the suppression list."""
    begun = begun_erasures(settings.warehouse_dir) or ()
    if left := tuple(one for one in begun if one not in erasures):
        _leave_word(settings.warehouse_dir, left)
        return
    begun_file(settings.warehouse_dir).unlink(missing_ok=True)
    sync_folder(settings.warehouse_dir)


def _leave_word(directory: Path, erasures: Sequence[str]) -> None:
    write_whole(begun_file(directory), "\n".join((_WORD, *erasures, "")).encode())


def expect_none_begun(settings: Settings) -> None:
    """Raise ConfigError while an erasure is under way: what stands may still hold the person."""
    if begun_file(settings.warehouse_dir).exists():
        raise ConfigError(
            "an erasure was begun and is not finished, so what is published may still hold the "
            "person. 'recorrido run' finishes it, or says that it never reached the suppression "
            "list; nothing was changed."
        )


def expect_obeyed(settings: Settings, publication: Path | None = None) -> None:
    """Raise ConfigError where what is published, or to be, may hold somebody who is erased.

    So it is while an erasure is under way, and where a backup was brought back from before one.
    """
    publication = publication or settings.published_file
    expect_none_begun(settings)
    listed = read_list(list_file(settings.key_file)).filter(pl.col("kind") == ERASURE)
    if listed.is_empty():
        return
    with reading(publication, any_layout=True) as published:
        obeyed = known_erasures(published, published.value("select current_database()"))
    if pending := set(listed["erasure_id"]) - obeyed:
        raise ConfigError(
            f"the suppression list holds {len(pending)} erasure(s) that {publication} "
            "does not obey yet, as after a backup was brought back. 'recorrido run' obeys them; "
            "nothing was written."
        )


def expect_none_since(settings: Settings) -> Callable[[], None]:
    """Raise ConfigError as `expect_obeyed` does, before anything is read that is to be written.

    To be called once more before it is put in its place, which raises LockedError if somebody was
    erased meanwhile: the erasure did not wait for whoever reads the publication from before.
    """
    file = list_file(settings.key_file)
    former = read_list(file)
    expect_obeyed(settings)

    def expect_none() -> None:
        if not read_list(file).equals(former):
            raise LockedError(
                "an erasure took place meanwhile, and what was to be written may hold the person. "
                "Run it again; nothing was written."
            )

    return expect_none


def finish(settings: Settings) -> None:
    """Remove what else holds the erased, once the publication does not; may be done again."""
    directory = settings.warehouse_dir
    with no_trials(directory):
        fault_point("erasure: remove the room of trials")
        shutil.rmtree(directory / _TRIALS, ignore_errors=True)
    fault_point("erasure: remove former publications")
    forget_former(directory)
    fault_point("erasure: take the word away")
    begun_file(directory).unlink(missing_ok=True)
    sync_folder(directory)


@contextmanager
def no_trials(directory: Path) -> Iterator[None]:
    """Keep `recorrido sensitivity` out, which holds a link to the publication that it tries.

    Raises LockedError if it is at work.
    """
    room = directory / _TRIALS
    if not room.exists():
        yield
        return
    with one_run_at_a_time(room, "erase"):
        yield
