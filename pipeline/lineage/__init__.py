"""What a night tells a lineage catalogue, if the config names one: what it read, what it made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pipeline.errors import PipelineError
from pipeline.journal import Journal
from pipeline.lineage.events import Event, Told, ended, failed, started
from pipeline.lineage.sending import send
from pipeline.own_files import expect_ones_own
from pipeline.queries import read_sql, shipped_dir
from pipeline.settings import Settings
from pipeline.warehouse import reading


@contextmanager
def told_lineage(settings: Settings, journal: Journal) -> Iterator[None]:
    """Tell of a run's beginning and its end; without [lineage] in the config, nobody.

    Raises ConfigError where lineage would be written into a file that the project needs. What the
    block raises goes through. Lineage that cannot be delivered is warned of, and stops
    nothing; nor does it hold the night up for long.
    """
    if settings.lineage is None:
        yield
        return
    if settings.lineage.file is not None:
        expect_ones_own(settings.dir / settings.lineage.file, settings)
    run = Told(
        run_id=journal.run_id,
        namespace=settings.lineage.namespace,
        job=f"{settings.project.name}.night",
    )
    _deliver(settings, journal, started(run, _inputs(settings, journal)))
    try:
        yield
    except BaseException as error:
        _deliver(settings, journal, failed(run, _inputs(settings, journal), error))
        raise
    inputs = _inputs(settings, journal)
    _deliver(settings, journal, ended(run, inputs, _outputs(settings, journal)))


def _deliver(settings: Settings, journal: Journal, event: Event) -> None:
    trouble = send(settings, event)
    if trouble:
        message = f"lineage was not delivered: {trouble}; see [lineage] in the config"
        journal.warn("lineage_not_delivered", message)


def _inputs(settings: Settings, journal: Journal) -> list[dict[str, Any]]:
    """Name the sources, and what tonight's files of each held."""
    files: Sequence[dict[str, Any]] = journal.facts.get("inputs", ())  # type: ignore[assignment]
    return [
        {
            "name": str(settings.dir / source.files),
            "rows": sum(file["records"] for file in files if file["source"] == source.name),
            "bytes": sum(file["bytes"] for file in files if file["source"] == source.name),
            "files": sum(file["source"] == source.name for file in files),
        }
        for source in settings.sources
    ]


def _outputs(settings: Settings, journal: Journal) -> list[dict[str, Any]]:
    """Name the published tables with their columns and rows; none, where nothing was published."""
    if not journal.facts.get("is_published"):
        return []
    try:
        with reading(settings.published_file) as published:
            rows = published.rows(read_sql(shipped_dir() / "status" / "tables.sql"))
            return [
                {
                    "namespace": f"duckdb://{settings.published_file}",
                    "name": f"{settings.published_file.stem}.{table}",
                    "columns": columns,
                    "rows": published.value(f"select count(*) from {table}"),
                }
                for table, columns in rows
            ]
    except (PipelineError, OSError):
        return []
