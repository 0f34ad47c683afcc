"""Readers in processes of their own notice nothing of publications, but that there is a new one.

`make readers` has 200 publications and 10,000 reads.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Condition, Thread

from pipeline.publication import former_publications, publish
from tests.publications import make_shadow

PUBLICATIONS = int(os.environ.get("RECORRIDO_PUBLICATIONS", "20"))
READS = int(os.environ.get("RECORRIDO_READS", "300"))
READERS = 2
READER = """
import sys
from pathlib import Path
from tests.publications import read
while True:
    print(read(Path(sys.argv[1])).generation, flush=True)
"""


class Reader:
    """A process that opens the publication, reads it, and closes it, without end."""

    def __init__(self, published: Path, heard: Condition) -> None:
        self.generations: list[int] = []
        self._heard = heard
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER, str(published)],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._heard:
                self.generations.append(int(line))
                self._heard.notify()
        with self._heard:
            self._heard.notify()

    def end(self) -> str:
        """End the process; give what it complained of."""
        self.process.kill()
        self._listener.join(timeout=60)
        assert self.process.stderr is not None
        complaint = self.process.stderr.read()
        self.process.wait(timeout=60)
        self.process.stdout.close()  # type: ignore[union-attr]
        self.process.stderr.close()
        return complaint


def test_readers_never_fail_nor_see_a_torn_publication_nor_go_back(tmp_path: Path) -> None:
    published = tmp_path / "warehouse" / "journeys.duckdb"
    published.parent.mkdir()
    publish(make_shadow(tmp_path / "shadow.duckdb", 1), published)
    heard = Condition()
    readers = [Reader(published, heard) for _ in range(READERS)]

    def reads() -> int:
        return sum(len(reader.generations) for reader in readers)

    def has_gone_on(wanted: float) -> bool:
        return reads() >= wanted or any(reader.process.poll() is not None for reader in readers)

    try:
        for generation in range(2, PUBLICATIONS + 2):
            publish(make_shadow(tmp_path / "shadow.duckdb", generation), published)
            wanted = READS * (generation - 1) / PUBLICATIONS
            with heard:
                heard.wait_for(partial(has_gone_on, wanted), timeout=60)
    finally:
        complaints = [reader.end() for reader in readers]

    assert complaints == [""] * READERS
    assert reads() >= READS
    seen = {generation for reader in readers for generation in reader.generations}
    for reader in readers:
        assert reader.generations == sorted(reader.generations)
    assert len(seen) > PUBLICATIONS * 0.9
    assert len(former_publications(published.parent)) == 2
