"""The files of one run: a shadow that becomes the publication, and what is thrown away after it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.dead_space import is_wasteful, write_anew
from pipeline.errors import QueryError
from pipeline.faults import fault_point
from pipeline.interrupts import undisturbed
from pipeline.publication import KEEP, publish
from pipeline.warehouse import Warehouse, quoted_text, writing
from pipeline.whole import clear_place, copy

# What a database of a night holds, the shadow as well as those beside it.
SCHEMAS = ("core", "counts", "marts", "ops")
_DIR = ".tonight"


class Night:
    """The files of one run, all attached to one connection.

    `scratch` holds what tonight worked out and throws away, `yesterday` the publication, where
    there is one, to read. `shadow` becomes the publication: a new file, or yesterday's, copied.
    Left without `publish`, nothing remains.
    """

    def __init__(self, published: Path, memory: int) -> None:
        self.published = published
        self.dir = published.parent / _DIR
        fault_point("night: remove what a killed one left")
        clear_place(self.dir)
        fault_point("night: make its folder")
        self.dir.mkdir(parents=True, mode=0o700)
        self._shadow = self.dir / "shadow.duckdb"
        self.is_copied = False
        self.warehouse = writing(Path(":memory:"), memory, self.dir / "spill")
        # Only the shadow outlives the night: to write out the others, or it before its end, would
        # be in vain. What is deleted of it goes when it is written anew: to squeeze it out of some
        # row groups of each table took a tenth of a night.
        self.warehouse.run("pragma disable_checkpoint_on_shutdown")
        self.warehouse.run("set checkpoint_threshold = '1TB'")
        self.warehouse.run("set max_vacuum_tasks = 0")
        fault_point("night: open the scratch")
        self.warehouse.attach_unlogged(self.dir / "scratch.duckdb", "scratch")
        self.has_yesterday = published.exists()
        if self.has_yesterday:
            fault_point("night: attach yesterday")
            self._attach_yesterday()

    def open_shadow(self, *, copied: bool) -> None:
        """Begin the shadow and make it the database that queries mean.

        Yesterday is let go while it is copied: whoever closes a file loses all his locks on it, and
        a writer could come in.
        """
        self.is_copied = copied
        if copied:
            self.warehouse.run("detach yesterday")
            fault_point("night: copy yesterday's publication")
            copy(self.published, self._shadow)
            self._attach_yesterday()
        fault_point("night: open the shadow")
        self._attach("shadow", self._shadow)

    def open_aside(self, *names: str) -> None:
        """Begin databases beside the shadow that hold some of the customers."""
        for name in names:
            fault_point("night: open a database aside")
            self._attach(name, self.dir / f"{name}.duckdb")
        self.warehouse.run("set search_path = 'shadow.main'")

    @contextmanager
    def meaning(self, database: str) -> Iterator[Warehouse]:
        """Let queries mean the tables of another database; macros stay the shadow's."""
        self.warehouse.run(f"set search_path = '{database}.main,shadow.main'")
        try:
            yield self.warehouse
        finally:
            self.warehouse.run("set search_path = 'shadow.main'")

    def publish(self, *, keep: int = KEEP, is_anew: bool = False) -> None:
        """Put the shadow in place of yesterday's publication, in one step that readers see.

        It is written anew before, without what was deleted, if it has to be, or if that is worth it
        and there is room for both.
        """
        warehouse = self.warehouse
        warehouse.run("set search_path = 'memory.main'")
        fault_point("night: write the shadow out")
        warehouse.run("checkpoint shadow")
        if is_anew or (self.is_copied and self._is_worth_writing_anew()):
            self.write_anew()
        fault_point("night: close the shadow")
        warehouse.run("detach shadow")
        warehouse.close()
        publish(self._shadow, self.published, keep=keep)

    def _is_worth_writing_anew(self) -> bool:
        """Tell whether too much of the shadow is dead, and there is room for one without it."""
        free = shutil.disk_usage(self.dir).free
        return is_wasteful(self.warehouse, "shadow") and free > self._shadow.stat().st_size

    def write_anew(self) -> None:
        """Write the shadow into a new file, without what was deleted from it."""
        file = self.dir / "anew.duckdb"
        write_anew(self.warehouse, "shadow", file)
        self._shadow.unlink()
        self._shadow = file

    def end(self) -> None:
        """Leave nothing of the night behind but what was published."""
        self.warehouse.close()
        fault_point("night: remove its folder")
        shutil.rmtree(self.dir, ignore_errors=True)

    def _attach_yesterday(self) -> None:
        try:
            self.warehouse.run(f"attach {_quoted(self.published)} as yesterday (read_only)")
        except QueryError as error:
            raise QueryError(
                f"the publication {self.published} cannot be opened: {error} 'recorrido rollback' "
                "puts the one before it in its place, if there is one; nothing was changed."
            ) from error

    def _attach(self, name: str, file: Path) -> None:
        self.warehouse.attach_unlogged(file, name)
        self.warehouse.run(f"set search_path = '{name}.main'")
        for schema in SCHEMAS:
            self.warehouse.run(f"create schema if not exists {schema}")


@contextmanager
def tonight(published: Path, memory: int) -> Iterator[Night]:
    """Open a night's files; whatever happens, they are gone afterwards."""
    published.parent.mkdir(parents=True, exist_ok=True)
    night = None
    try:
        with undisturbed():
            night = Night(published, memory)
        yield night
    finally:
        with undisturbed():
            if night is not None:
                night.end()
            shutil.rmtree(published.parent / _DIR, ignore_errors=True)


def _quoted(file: Path) -> str:
    return quoted_text(str(file))
