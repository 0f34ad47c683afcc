"""What is kept of every run, one file each: also of those that published nothing."""

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.errors import exit_code_of, may_be_told
from pipeline.faults import fault_point
from pipeline.journal import Journal

LAYOUT = 1
KEPT = 400
KEPT_QUIET = 40  # of runs that found nothing new, which may come every few minutes
RUNNING, KILLED, NOTHING_NEW = "running", "killed", "nothing_new"
_RECENT = 5  # each run buries its forerunner: none lies deeper
_ENGINES = ("duckdb", "polars")
Manifest = dict[str, Any]


def runs_dir(warehouse_dir: Path) -> Path:
    """Say where manifests are kept."""
    return warehouse_dir / "runs"


@contextmanager
def kept_manifest(warehouse_dir: Path, journal: Journal) -> Iterator[None]:
    """Keep a file about a run from its beginning on, and how it ended once it has.

    It begins as `running`, so that a run which is killed leaves a word too: the next one, which
    holds the lock, calls what still runs `killed`. The block says its outcome by
    `journal.note(outcome=…)`; what it raises goes through. A file that cannot be written is told
    of, and stops nothing.
    """
    folder = runs_dir(warehouse_dir)
    file = folder / f"{journal.run_id}.json"
    with _stopping_nothing(journal):
        _bury_killed(folder)
        _write(file, _told(journal, outcome=RUNNING))
    ending: Manifest = {}
    try:
        yield
        ending = {"outcome": journal.facts.get("outcome", "published"), "exit_code": 0}
    except BaseException as error:
        ending = _ending_of(error)
        error.add_note(f"What is known of the run: {file}")
        raise
    finally:
        with _stopping_nothing(journal):
            _write(file, _told(journal, **ending, finished_at=_now()))
            _prune(folder)


def read_manifests(warehouse_dir: Path, last: int = KEPT) -> list[Manifest]:
    """Read what is kept of the last runs, the newest first; what cannot be read is passed over."""
    read = (_read(file) for file in _newest_first(runs_dir(warehouse_dir)))
    return [manifest for manifest in read if manifest][:last]


@cache
def versions() -> dict[str, str]:
    """Name what decides how a run computes, besides its settings."""
    return {
        "recorrido": __version__,
        "python": platform.python_version(),
        **{engine: version_of(engine) for engine in _ENGINES},
    }


def _told(journal: Journal, **ending: object) -> Manifest:
    told: Manifest = {
        "layout": LAYOUT,
        "run_id": journal.run_id,
        "process": os.getpid(),
        "started_at": journal.started_at.isoformat(),
        "versions": versions(),
        **journal.facts,
        "steps": [
            {"step": step.name, "seconds": round(step.seconds, 3), "rows": step.rows}
            for step in journal.steps
        ],
        **ending,
    }
    return told


def _ending_of(error: BaseException) -> Manifest:
    is_interrupted = isinstance(error, KeyboardInterrupt)
    return {
        "outcome": "interrupted" if is_interrupted else "failed",
        "exit_code": exit_code_of(error),
        "error": {"kind": type(error).__name__, "message": may_be_told(error)},
    }


def _bury_killed(folder: Path) -> None:
    """Call killed what a former process left as running; called by who holds the lock."""
    for partial in folder.glob("*.part"):
        fault_point("manifest: remove what a killed one left")
        partial.unlink()
    for file in _newest_first(folder)[:_RECENT]:
        manifest = _read(file)
        if manifest.get("outcome") == RUNNING:
            message = "the process ended without a word: killed, or the machine went down"
            error = {"kind": "Killed", "message": message}
            _write(file, {**manifest, "outcome": KILLED, "error": error})


def _prune(folder: Path) -> None:
    """Forget the oldest runs beyond the number that is kept; of quiet ones all but a few."""
    files = _newest_first(folder)
    quiet = [file for file in files if _read(file).get("outcome") == NOTHING_NEW]
    for file in {*files[KEPT:], *quiet[KEPT_QUIET:]}:
        file.unlink(missing_ok=True)


def _newest_first(folder: Path) -> list[Path]:
    """List the manifests by the time with which their names begin, those of a clock ahead last."""
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    files = folder.glob("*.json")
    return sorted(files, key=lambda file: (file.name[: len(now)] <= now, file.name), reverse=True)


def _read(file: Path) -> Manifest:
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _write(file: Path, manifest: Mapping[str, object]) -> None:
    """Write a manifest whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".part")
    fault_point("manifest: write it beside the old one")
    with partial.open("w", encoding="utf-8") as text:
        json.dump(manifest, text, default=str, ensure_ascii=False, indent=1)
        text.write("\n")
        text.flush()
        os.fsync(text.fileno())
    fault_point("manifest: put it in place")
    os.replace(partial, file)


@contextmanager
def _stopping_nothing(journal: Journal) -> Iterator[None]:
    """Tell of a manifest that cannot be kept, for a full disk must not undo what was published."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        journal.warn("manifest_not_kept", f"the manifest of the run cannot be written: {reason}")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def inputs_of(rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Name the columns of tonight's files."""
    names = (
        "source", "file", "bytes", "sha256", "records", "accepted", "duplicates", "rejected",
        "refused_reason",
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in rows]
