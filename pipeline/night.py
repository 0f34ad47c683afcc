"""The files of one run: a shadow that becomes the publication, and what is thrown away after it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.publication import publish
from pipeline.warehouse import quoted_text, writing


class Night:
    """The files of one run: a shadow that becomes the publication, and a scratch beside it.

    The shadow is the connection's own database; the publication of yesterday is attached as
    `yesterday` where there is one, tonight's records as `scratch`. Left without `publish`, nothing
    remains.
    """

    def __init__(self, published: Path, memory: int) -> None:
        self.published = published
        self._dir = published.parent / ".tonight"
        shutil.rmtree(self._dir, ignore_errors=True)
        self._dir.mkdir(parents=True, mode=0o700)
        self._shadow = self._dir / "shadow.duckdb"
        self.warehouse = writing(self._shadow, memory, self._dir / "spill")
        self.warehouse.run(f"attach {_quoted(self._dir / 'scratch.duckdb')} as scratch")
        self.has_yesterday = published.exists()
        if self.has_yesterday:
            self.warehouse.run(f"attach {_quoted(published)} as yesterday (read_only)")

    @property
    def dir(self) -> Path:
        """A private folder for this run's own files."""
        return self._dir

    def publish(self) -> None:
        """Put the shadow in place of yesterday's publication, in one step that readers see."""
        warehouse = self.warehouse
        warehouse.run("detach scratch")
        if self.has_yesterday:
            warehouse.run("detach yesterday")
        warehouse.run("checkpoint")
        warehouse.close()
        publish(self._shadow, self.published)

    def end(self) -> None:
        """Leave nothing of the night behind but what was published."""
        self.warehouse.close()
        shutil.rmtree(self._dir, ignore_errors=True)


@contextmanager
def tonight(published: Path, memory: int) -> Iterator[Night]:
    """Open a night's shadow; whatever happens, its own files are gone afterwards."""
    published.parent.mkdir(parents=True, exist_ok=True)
    night = Night(published, memory)
    try:
        yield night
    finally:
        night.end()


def _quoted(file: Path) -> str:
    return quoted_text(str(file))
