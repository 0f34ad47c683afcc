"""The story of a night, on one page and without arithmetic."""

import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline import __version__
from pipeline.checks import hold_laws
from pipeline.engines.local import rebuild_all
from pipeline.headline import headline_of, nothing_again
from pipeline.identity import stitch
from pipeline.ingest.find import find_new, hashes_beside, known_files, silent_sources
from pipeline.ingest.intake import Intake, expect_trustworthy, take_in
from pipeline.ingest.pseudonyms import expect_same_key, key_id, project_key
from pipeline.journal import Journal
from pipeline.lock import one_run_at_a_time
from pipeline.marts import build_marts, build_reports_of_the_night, describe_tables
from pipeline.night import Night, tonight
from pipeline.publish import publish_graph, publish_report
from pipeline.queries import find_clean_query
from pipeline.replay import Replay, loads_to_replay
from pipeline.settings import Settings
from pipeline.stored import LAYOUT, recall
from pipeline.touches import gather_touches, number_touches, tell_touches, write_touchpoints


@dataclass(frozen=True)
class Outcome:
    """What a run did; without an intake there was nothing new, and nothing was published."""

    warehouse: Path
    report: Path
    headline: str
    intake: Intake | None = None
    journal: Journal = field(default_factory=Journal)


def run_night(
    settings: Settings,
    *,
    as_of: datetime | None = None,
    full: bool = False,
    replay: Replay | None = None,
    journal: Journal | None = None,
) -> Outcome:
    """Load what is new, rebuild, check every law, and publish; or leave all as it was.

    `as_of` is the cut-off instead of the latest touch; `full` rebuilds even where nothing is new;
    `replay` loads files with refused records again.
    """
    for source in settings.sources:
        find_clean_query(source.format, settings.dir)
    started_at = datetime.now(UTC)
    journal = journal or Journal()
    published = settings.published_file
    report_file = settings.warehouse_dir / "report" / "report.html"
    with one_run_at_a_time(settings.warehouse_dir):
        with tonight(published, settings.warehouse.memory) as night:
            recall(night, ())
            replayed = loads_to_replay(night.warehouse, settings, replay) if replay else None
            if replayed and not replayed.loads:
                return Outcome(published, report_file, nothing_again(replayed))
            if replayed:
                recall(night, replayed.loads)
            with journal.step("looking for new files"):
                new = find_new(settings, known_files(night.warehouse))
            settings_hash = _hash_of(settings, as_of)
            if not new and not full and _was_built_so(night, settings_hash):
                return Outcome(published, report_file, "nothing new; all stands as published")
            _make_schemas(night)
            run_id = f"{started_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
            key = _same_key(night, settings)
            with journal.step(f"loading {len(new)} new file(s)") as step:
                intake = take_in(
                    night, settings, new, key=key, run_id=run_id, started_at=started_at
                )
                step.rows = intake.records
            expect_trustworthy(night, settings)
            silent = [] if replay else silent_sources(settings, new)
            _rebuild(night, settings, as_of or _latest_touch(night, started_at), journal)
            with journal.step("summing up"):
                build_marts(night.warehouse, settings)
                build_reports_of_the_night(night.warehouse)
            headline = headline_of(night.warehouse, settings, intake, silent, replayed)
            _keep_run(night, run_id, started_at, settings_hash, intake, silent, headline)
            with journal.step("checking the laws"):
                hold_laws(night.warehouse)
            with journal.step("publishing"):
                describe_tables(night.warehouse)
                night.publish()
        with journal.step("writing the report"):
            publish_report(settings, report_file, made_at=started_at)
            publish_graph(settings)
    return Outcome(published, report_file, headline, intake, journal)


def _rebuild(night: Night, settings: Settings, cut_off: datetime, journal: Journal) -> None:
    warehouse, rulebook = night.warehouse, settings.rulebook()
    with journal.step("stitching people"):
        gather_touches(warehouse)
        stitch(warehouse, settings.identity)
        tell_touches(warehouse, settings.sources, settings.traffic)
        number_touches(warehouse, rulebook, currency=settings.project.currency, cut_off=cut_off)
        _keep_project(night, settings, cut_off)
    with journal.step("rebuilding journeys"):
        rebuild_all(warehouse, rulebook, cut_off=cut_off, memory=settings.warehouse.memory)
        write_touchpoints(warehouse)


def _same_key(night: Night, settings: Settings) -> bytes:
    """Read the project's key, made on a first night; later it has to be the same."""
    key = project_key(settings.key_file, may_make=not night.has_yesterday)
    if night.has_yesterday:
        stored_id = night.warehouse.value("select key_id from yesterday.ops.project")
        expect_same_key(key, stored_id, settings.key_file)
    return key


def _hash_of(settings: Settings, as_of: datetime | None) -> str:
    """Name all that decides the tables besides the touches: rules, cut-off, customers and rates."""
    told = [settings.fingerprint(), str(as_of or ""), *hashes_beside(settings).values()]
    return " ".join(filter(None, told))


def _make_schemas(night: Night) -> None:
    for schema in ("core", "marts", "ops"):
        night.warehouse.run(f"create schema {schema}")


def _was_built_so(night: Night, settings_hash: str) -> bool:
    """Tell whether the publication was built by this version under these settings."""
    if not night.has_yesterday:
        return False
    last = "select version, settings_hash from yesterday.ops.runs order by started_at desc limit 1"
    return night.warehouse.rows(last) == [(__version__, settings_hash)]


def _latest_touch(night: Night, started_at: datetime) -> datetime:
    latest: datetime | None = night.warehouse.value(
        "select max(occurred_at) from "
        "(select occurred_at from scratch.touches union all "
        "select occurred_at from stored_touches)"
    )
    return latest or started_at


def _keep_project(night: Night, settings: Settings, cut_off: datetime) -> None:
    project, journeys = settings.project, settings.journeys
    night.warehouse.run(
        "create table ops.project (name varchar, time_zone varchar, currency varchar, "
        "language varchar, journey_silence_ms bigint, after_silence_ms bigint, "
        "cut_off timestamptz, key_id varchar, layout integer)"
    )
    night.warehouse.insert(
        "ops.project",
        name=project.name,
        time_zone=project.timezone,
        currency=project.currency,
        language=project.language,
        journey_silence_ms=journeys.silence // timedelta(milliseconds=1),
        after_silence_ms=journeys.after_silence // timedelta(milliseconds=1),
        cut_off=cut_off,
        key_id=key_id(project_key(settings.key_file, may_make=False)),
        layout=LAYOUT,
    )
    night.warehouse.run(
        "create table ops.goals (stage varchar, advance_rate double, goal_rate double)"
    )
    for stage, goal in settings.goals.items():
        night.warehouse.insert("ops.goals", stage=stage, **goal.model_dump())


def _keep_run(
    night: Night,
    run_id: str,
    started_at: datetime,
    settings_hash: str,
    intake: Intake,
    silent: list[str],
    headline: str,
) -> None:
    warehouse = night.warehouse
    warehouse.run(
        "create table ops.runs (run_id varchar, started_at timestamptz, finished_at timestamptz, "
        "cut_off timestamptz, version varchar, settings_hash varchar, files bigint, "
        "refused_files bigint, records bigint, accepted bigint, duplicates bigint, "
        "rejected bigint, "
        "silent_sources varchar, headline varchar)"
    )
    if night.has_yesterday:
        warehouse.run("insert into ops.runs by name select * from yesterday.ops.runs")
    warehouse.insert(
        "ops.runs",
        run_id=run_id,
        started_at=started_at,
        finished_at=datetime.now(UTC),
        cut_off=warehouse.value("select cut_off from ops.project"),
        version=__version__,
        settings_hash=settings_hash,
        **asdict(intake),
        silent_sources=", ".join(silent) or None,
        headline=headline,
    )
