"""How things stand: the last runs, the sources, what was left out, and what lies on the disk."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import DiskError, QueryError
from pipeline.lock import is_locked
from pipeline.manifest import KILLED, RUNNING, Manifest, read_manifests
from pipeline.publication import former_publications, withdrawn_publications
from pipeline.questions import ask_shipped
from pipeline.settings import Settings

_RUNS = 10
_TABLES = ("rejects", "unmapped", "unrated", "suspected_doubles", "anomalies")
_RUN: dict[str, Any] = {
    "run_id": pl.String,
    "started_at": pl.Datetime("us", "UTC"),
    "seconds": pl.Float64,
    "outcome": pl.String,
    "exit_code": pl.Int32,
    "cut_off": pl.Datetime("us", "UTC"),
    "headline": pl.String,
}
_FILE: dict[str, Any] = {
    "publication": pl.String,
    "finished_at": pl.Datetime("us", "UTC"),
    "bytes": pl.Int64,
    "dead_bytes": pl.Int64,
}


def status_of(settings: Settings, *, now: datetime) -> dict[str, pl.DataFrame]:
    """Tell how things stand, one table a topic; before a first publication, of the runs alone.

    Raises QueryError where there was no run yet.
    """
    published = settings.published_file
    is_at_work = is_locked(settings.warehouse_dir)
    tried = [
        _as_run(manifest, is_at_work=is_at_work)
        for manifest in read_manifests(settings.warehouse_dir, _RUNS)
    ]
    if not published.exists() and tried:
        return {"runs": _newest(tried, now)}
    named = [source.name for source in settings.sources]
    sources = ask_shipped(published, "status/sources", {"now": now, "named": named})
    asked = {name: _ask_if_known(published, name) for name in _TABLES}
    tables = {name: found for name, found in asked.items() if found is not None}
    runs = _ask(published, "runs").to_dicts()
    return {
        "runs": _newest([*tried, *runs], now),
        "sources": sources,
        **tables,
        "publications": _publications(settings),
    }


def _ask(published: Path, name: str) -> pl.DataFrame:
    return ask_shipped(published, f"status/{name}")


def _ask_if_known(published: Path, name: str) -> pl.DataFrame | None:
    """Ask, unless a publication of a former version has no such table."""
    try:
        return _ask(published, name)
    except QueryError as error:
        if error.is_of_text:
            return None
        raise


def _as_run(manifest: Manifest, *, is_at_work: bool) -> dict[str, Any]:
    """Tell of a run as its manifest does; of a failed one, why.

    One that says that it is running, while none is at work, was killed.
    """
    outcome = manifest.get("outcome")
    error: Mapping[str, Any] = manifest.get("error") or {}
    began, ended, cut_off = (
        datetime.fromisoformat(moment) if moment else None
        for moment in (manifest.get(name) for name in ("started_at", "finished_at", "cut_off"))
    )
    return {
        "run_id": manifest.get("run_id"),
        "started_at": began,
        "seconds": round((ended - began).total_seconds(), 1) if began and ended else None,
        "outcome": KILLED if outcome == RUNNING and not is_at_work else outcome,
        "exit_code": manifest.get("exit_code"),
        "cut_off": cut_off,
        "headline": error.get("message") or manifest.get("headline"),
    }


def _newest(runs: Iterable[Mapping[str, Any]], now: datetime) -> pl.DataFrame:
    """List the newest runs, each once: what is told first of it stands.

    Those of a clock that was ahead come last, or else they would hide for long what happens.
    """
    once: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        once.setdefault(run["run_id"], run)
    listed = [{name: run[name] for name in _RUN} for run in once.values()]
    frame = pl.DataFrame(listed, schema=_RUN)
    is_ahead = pl.col("started_at") > now
    return frame.sort(is_ahead, "started_at", descending=[False, True]).head(_RUNS)


def _publications(settings: Settings) -> pl.DataFrame:
    """List the publication and those before it, and what they take on the disk."""
    present = settings.published_file
    directory = settings.warehouse_dir
    files = [present, *former_publications(directory), *withdrawn_publications(directory)]
    rows = [_publication(file, settings.warehouse_dir) for file in files]
    return pl.DataFrame([row for row in rows if row], schema=_FILE)


def _publication(file: Path, warehouse_dir: Path) -> dict[str, Any] | None:
    """Tell of one file; nothing, if a night has pruned it meanwhile."""
    try:
        stands = file.stat()
    except FileNotFoundError:
        return None
    return {
        "publication": str(file.relative_to(warehouse_dir)),
        "finished_at": datetime.fromtimestamp(stands.st_mtime, UTC),
        "bytes": stands.st_size,
        "dead_bytes": _dead_bytes(file),
    }


def _dead_bytes(file: Path) -> int | None:
    try:
        return int(_ask(file, "space")["dead_bytes"][0])
    except (QueryError, DiskError):
        return None
