"""A shop to which things happen, night after night, and the two others that it must equal.

A history is a list of actions, each a tuple of a word and what belongs to it, so that it can be
printed and told again:

    start     sources…            what the shop has
    add       source              one source more
    turn                          the first source of the config becomes the last
    set       setting, choice     another part of the config is changed
    adapter   choice              the till's own query is another
    people    rows…               the customer file is written
    rates     rows…               the rates file is written
    land      source, records…    a new file
    again     source, picks…      a new file of records that files of the source told before
    split     file, at            a file becomes two
    merge     source, one, other  two files become one
    rename    file                a file gets another name
    copy      file                a file lies there once more
    reorder   file                a file is written anew, from its end
    away      source              the files of a source lie there no more
    back                          they are there again, as at each comparison
    night     as_of               a night; as_of may be None
    full      as_of               a night that rebuilds everything
    replay                        a night that loads refused records again
    killed    point               the next run is killed at its n-th fault point, and typed again
    rollback                      the publication before the last is put back
    erase     identifier          a person is erased
    compare                       the shop, after one more night, must equal its own rebuild
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import faults
from pipeline.erase import erase
from pipeline.erasure.person import read_wanted
from pipeline.errors import ConfigError
from pipeline.journal import Journal
from pipeline.replay import Replay
from pipeline.rollback import roll_back
from pipeline.run import run_night
from pipeline.settings import load_settings
from tests.canonical import difference
from tests.nightly.shop import ADAPTERS, ENDS_DETAILS, QUERIES, READINGS, SOURCES, Config, moment
from tests.projects import Project, unadorned

Action = tuple[Any, ...]
History = Sequence[Action]

KEY = b"k" * 32
# Where they lie is where they are read again once they are to be read otherwise: never moved.
KEPT = frozenset({"till", *READINGS})
_PEOPLE = "user_id,email,loyalty_id,kind,age\n"
_RATES = "day,currency,rate\n"
_SUPPRESSED = "secrets/pseudonym.erased"


class Killed(BaseException):
    """The end of a process, as far as a test may end one."""


class DiffersError(AssertionError):
    """Two warehouses that should tell the same do not; `tables` are those that differ."""

    def __init__(self, who: str, told: str) -> None:
        super().__init__(f"the shop (first) differs from the one {who} (second):\n{told}")
        self.tables = {line.split(":")[0] for line in told.splitlines() if line[0] != " "}


class World:
    """A project, its landing folder and all that ever lay there."""

    def __init__(self, directory: Path) -> None:
        self.dir = directory
        self.project = Project(directory / "shop")
        self.config = Config(())
        self.adapter = 0
        self.people: tuple[str, ...] = ()
        self.rates: tuple[str, ...] = ()
        self.landed: dict[str, tuple[str, ...]] = {}
        self.ever: dict[str, tuple[str, ...]] = {}
        self.loaded: set[str] = set()
        self.as_of: datetime | None = None
        self.kill_at: int | None = None
        self.ended_details = False
        self._number = 0
        _found(self.project)

    def do(self, action: Action) -> None:
        """Let one thing happen."""
        word, *others = action
        getattr(self, f"_{word}")(*others)

    # ---- What changes --------------------------------------------------------------------------

    def _start(self, *sources: str) -> None:
        self.config = Config(sources)
        self._configure()

    def _set(self, name: str, choice: int) -> None:
        changed = self.config.having(name, choice)
        # By their ids people are kept out: once somebody is, no night tells them otherwise.
        is_told_otherwise = changed.has_orders_apart() != self.config.has_orders_apart()
        if not (is_told_otherwise and (self.project.dir / _SUPPRESSED).exists()):
            self.config = changed
            self._configure()

    def _add(self, source: str) -> None:
        if source not in self.config.sources:
            self.config = Config((*self.config.sources, source), self.config.chosen)
            self._configure()

    def _turn(self) -> None:
        first, *others = self.config.sources
        self.config = Config((*others, first), self.config.chosen)
        self._configure()

    def _people(self, *rows: str) -> None:
        self.people = rows
        self._configure()

    def _rates(self, *rows: str) -> None:
        self.rates = rows
        self._configure()

    def _adapter(self, choice: int) -> None:
        self.adapter = choice
        self._configure()

    def _configure(self) -> None:
        self._furnish(self.project)
        self.ended_details |= ENDS_DETAILS in self.project.config.read_text(encoding="utf-8")

    def _furnish(self, project: Project) -> None:
        project.configure(self.config.toml())
        for source in self.config.sources:
            # A source without any file would stop the night.
            project.write(f"landing/{source}/000.csv", SOURCES[source].file(()))
        for name, query in {**QUERIES, "till": ADAPTERS[self.adapter]}.items():
            project.write(f"queries/clean/{name}.sql", query)
        project.write("customers.csv", _PEOPLE + "".join(f"{row}\n" for row in self.people))
        rates = [row.split(",") for row in self.rates]
        lines = [f"{moment(day):%Y-%m-%d},{currency},{rate}\n" for day, currency, rate in rates]
        project.write("rates.csv", _RATES + "".join(lines))

    # ---- What lies in the landing folder -------------------------------------------------------

    def _land(self, source: str, *records: str) -> None:
        if not records:
            return
        self._number += 1
        self._put(self.project, f"landing/{source}/{self._name(source):03}.csv", records)

    def _name(self, source: str) -> int:
        """Name a file, not in the order of nights: but of spend the last file has the last word."""
        return self._number if source == "spend" else self._number * 389 % 1000

    def _put(self, project: Project, name: str, records: tuple[str, ...]) -> None:
        project.write(name, SOURCES[_source_of(name)].file(records))
        if project is self.project:
            self.landed[name] = self.ever[name] = records

    def _again(self, source: str, *picks: int) -> None:
        files = [records for name, records in self.ever.items() if _source_of(name) == source]
        told = [record for records in files for record in records]
        if told:
            self._land(source, *(told[pick % len(told)] for pick in picks))

    def _split(self, number: int, at: int) -> None:
        if name := self._file(number):
            records = self.landed[name]
            at = at % len(records)
            self._land(_source_of(name), *records[at:])
            self._land(_source_of(name), *records[:at])
            self._remove(name)

    def _merge(self, source: str, one: int, other: int) -> None:
        names = [name for name in self.landed if _source_of(name) == source]
        if len(names) > 1:
            chosen = dict.fromkeys((names[one % len(names)], names[other % len(names)]))
            self._land(source, *(record for name in chosen for record in self.landed[name]))
            for name in chosen:
                self._remove(name)

    def _rename(self, number: int) -> None:
        if name := self._file(number):
            self._land(_source_of(name), *self.landed[name])
            self._remove(name)

    def _copy(self, number: int) -> None:
        if name := self._file(number):
            self._land(_source_of(name), *self.landed[name])

    def _reorder(self, number: int) -> None:
        if name := self._file(number):
            self._land(_source_of(name), *reversed(self.landed[name]))
            self._remove(name)

    def _away(self, source: str) -> None:
        for name in self.landed:
            if _source_of(name) == source and (self.project.dir / name).exists():
                (self.dir / "aside").mkdir(exist_ok=True)
                (self.project.dir / name).rename(self.dir / "aside" / f"{source} {Path(name).name}")

    def _back(self) -> None:
        for file in sorted(self.dir.glob("aside/*")):
            file.rename(self.project.dir / "landing" / file.name.replace(" ", "/"))

    def _file(self, number: int) -> str | None:
        names = list(self.landed)
        return names[number % len(names)] if names else None

    def _remove(self, name: str) -> None:
        # What no night has loaded yet would be lost, and no rebuild would know of it.
        if name in self.loaded and _source_of(name) not in KEPT:
            (self.project.dir / name).unlink()
            del self.landed[name]

    # ---- Nights --------------------------------------------------------------------------------

    def _killed(self, point: int) -> None:
        self.kill_at = point

    def _night(self, as_of: str | None = None) -> None:
        self._run(as_of)

    def _full(self, as_of: str | None = None) -> None:
        self._run(as_of, full=True)

    def _replay(self) -> None:
        if self.project.published.exists():
            self._run(None, replay=Replay())

    def _run(self, as_of: str | None, **how: Any) -> None:
        self.as_of = moment(as_of) if as_of else None
        self._typed_again(lambda: run(self.project, as_of=self.as_of, **how))
        self.loaded |= {name for name in self.landed if _source_of(name) in self.config.sources}

    def _rollback(self) -> None:
        # Where no publication is left to go back to, it says so.
        with unadorned("rollback"), suppress(ConfigError):
            roll_back(load_settings(self.project.config))

    def _erase(self, identifier: str) -> None:
        if self.project.published.exists():
            self._typed_again(lambda: _erased(self.project, identifier))

    def _typed_again(self, command: Callable[[], None]) -> None:
        """Type a command, and once more if it was killed."""
        if self.kill_at is not None:
            point, self.kill_at = self.kill_at, None
            with self._killed_at(point):
                command()
        command()

    @contextmanager
    def _killed_at(self, point: int) -> Iterator[None]:
        """End the run at a fault point, and leave of its files what a killed process would."""
        passed = 0
        corpse = self.dir / "corpse"

        def kill(name: str) -> None:
            nonlocal passed
            passed += 1
            if passed == point:
                shutil.copytree(self.project.dir, corpse)
                raise Killed(name)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(faults, "_armed", [kill])
            try:
                yield
            except Killed:
                shutil.rmtree(self.project.dir)
                corpse.rename(self.project.dir)

    # ---- What must hold ------------------------------------------------------------------------

    def _compare(self) -> None:
        self._back()
        self._night()
        self._equals_itself_rebuilt()

    def end(self) -> None:
        """Bring the last files in, and hold the shop to both its rebuilds."""
        self._compare()
        # What has ended stays ended; to one that gets all files now it is told once more.
        if not self.ended_details:
            self._equals_a_fresh_one()

    def _moment(self) -> datetime | None:
        """Say as of when the shop tells: one without a touch, as of its last night's clock."""
        cut_off, touches = self.project.rows(
            "select cut_off, (select count(*) from core.touchpoints) from ops.project"
        )[0]
        return self.as_of if touches else cut_off

    def _equals_itself_rebuilt(self) -> None:
        """A run with --full on a copy must give the same, file by file too."""
        copy = self.dir / "rebuilt"
        shutil.copytree(self.project.dir, copy)
        run(Project(copy), as_of=self._moment(), full=True)
        _expect_same(self.project, Project(copy), "rebuilt with --full", with_files=True)
        shutil.rmtree(copy)

    def _equals_a_fresh_one(self) -> None:
        """A new project that finds all files in its first night must give the same.

        What became of each file's records is not compared: a record that two files tell is
        accepted from the one that is loaded first, and nights may have had them the other way. Who
        was erased is kept out by the list beside the key.
        """
        fresh = Project(self.dir / "fresh")
        _found(fresh)
        self._furnish(fresh)
        suppressed = self.project.dir / _SUPPRESSED
        if suppressed.exists():
            fresh.write(_SUPPRESSED, suppressed.read_bytes()).chmod(0o600)
        for name, records in self.ever.items():
            self._put(fresh, name, records)
        run(fresh, as_of=self._moment())
        _expect_same(self.project, fresh, "that gets all files at once")
        shutil.rmtree(fresh.dir)


def tell(history: History, directory: Path) -> None:
    """Let a whole history happen in an empty folder; raise DiffersError where it is no rebuild."""
    world = World(directory)
    for action in history:
        world.do(tuple(action))
    world.end()


def run(project: Project, **how: Any) -> None:
    """Run a night in this process."""
    with unadorned(), counted_by_difference():
        run_night(load_settings(project.config), journal=_journal(), **how)


@contextmanager
def counted_by_difference() -> Iterator[None]:
    """Move counts by difference, however few touches there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.rebuild._is_much", lambda warehouse: False)
        yield


def _erased(project: Project, identifier: str) -> None:
    # Whom nobody knows, or who is no single person, is not erased, and told so.
    with unadorned(), counted_by_difference(), suppress(ConfigError):
        erase(load_settings(project.config), [read_wanted(identifier)], journal=_journal())


def _journal() -> Journal:
    return Journal(say=lambda *_: None)


def _found(project: Project) -> None:
    # One key, so that a customer has the same pseudonym everywhere.
    project.write("secrets/pseudonym.key", KEY).chmod(0o600)


def _source_of(name: str) -> str:
    return name.split("/")[1]


def _expect_same(ours: Project, other: Project, who: str, *, with_files: bool = False) -> None:
    if told := difference(ours.published, other.published, with_files=with_files):
        raise DiffersError(who, told)
