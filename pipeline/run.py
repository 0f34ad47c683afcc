"""The story of a night, on one page and without arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pipeline.anomalies import Anomaly, find_anomalies, miss_what_usually_comes
from pipeline.checks import hold_laws
from pipeline.erasure.aftermath import begin, finish, take_back
from pipeline.erasure.obey import (
    Erasing,
    expect_gone,
    expect_ids_kept,
    has_erased,
    keep_erasures,
    obey_list,
    recount_loads,
)
from pipeline.errors import SourceError
from pipeline.headline import headline_of, nothing_again, nothing_new
from pipeline.ingest.find import passed_over, silent_sources, unlisted_folders
from pipeline.ingest.intake import Intake, expect_trustworthy, take_in
from pipeline.ingest.load import NewFile
from pipeline.interrupts import is_published
from pipeline.journal import Journal
from pipeline.lineage import told_lineage
from pipeline.lock import one_run_at_a_time
from pipeline.lost import expect_not_lost
from pipeline.manifest import NOTHING_NEW, kept_manifest
from pipeline.marts import build_figures, build_reports_of_the_night, describe_tables
from pipeline.night import Night, tonight
from pipeline.old_details import end_details, end_of_details, recall_end_of_details
from pipeline.permissions import keep_private
from pipeline.project import former_cut_off, has_cut_off, keep_project, latest_touch, same_key
from pipeline.publication import tidy
from pipeline.publish import graph_files, publish_graph, publish_report
from pipeline.queries import find_clean_query
from pipeline.rebuild import rebuild_concerned, rebuild_everybody
from pipeline.replay import (
    Replay,
    Replayed,
    find_files,
    loads_read_otherwise,
    loads_to_replay,
)
from pipeline.runs import keep_inputs, keep_run
from pipeline.settings import Settings
from pipeline.space import expect_space
from pipeline.stale import Stale, compare, facts_of, keep_facts, left_to_read
from pipeline.stored import recall
from pipeline.touches import write_beside
from pipeline.vault import clear_room, fill_vault, tidy_vault
from pipeline.warehouse import expect_published


@dataclass(frozen=True)
class Outcome:
    """What a run did; without an intake there was nothing new, and nothing was published."""

    warehouse: Path
    report: Path
    headline: str
    intake: Intake | None = None
    journal: Journal = field(default_factory=Journal)


@dataclass(frozen=True)
class _Asked:
    """What the run was asked to do."""

    as_of: datetime | None
    full: bool
    replay: Replay | None
    only_erase: bool


@dataclass(frozen=True)
class _Work:
    """What there is to do tonight."""

    new: Sequence[NewFile]
    replayed: Replayed
    facts: Mapping[str, str]
    stale: Stale
    erasing: Erasing


def run_night(
    settings: Settings,
    *,
    as_of: datetime | None = None,
    full: bool = False,
    replay: Replay | None = None,
    only_erase: bool = False,
    journal: Journal | None = None,
) -> Outcome:
    """Load what is new, rebuild whom it concerns, check every law, and publish; or leave all alone.

    `as_of` is the cut-off instead of the latest touch; `full` rebuilds everybody even where nothing
    is new; `replay` loads files with refused records again. Whom the suppression list names is
    erased in any case; with `only_erase` new files are left for the next night.
    """
    for source in settings.sources:
        find_clean_query(source.format, settings.dir)
    journal = journal or Journal()
    asked = _Asked(as_of, full, replay, only_erase)
    published = settings.published_file
    if replay:
        expect_published(published)
    with (
        one_run_at_a_time(settings.warehouse_dir),
        kept_manifest(settings.warehouse_dir, journal),
        told_lineage(settings, journal),
    ):
        if not full:
            expect_not_lost(settings)
        tidy(published, keep=settings.warehouse.keep)
        clear_room(settings.vault_file)
        keep_private(settings.vault_file)
        with tonight(published, settings.warehouse.memory) as night:
            work = _look(night, settings, asked, journal)
            if reason := _reason_to_rest(night, settings, asked, work, journal):
                return _as_it_stands(settings, reason, journal)
            is_whole = full or not night.has_yesterday or bool(work.stale.journeys)
            expect_space(published, [(file.file, file.bytes) for file in work.new])
            night.open_shadow(copied=not is_whole)
            intake = _take_in(night, settings, asked, work, journal)
            cut_off = _settle_cut_off(night, settings, asked, journal)
            if not is_whole and cut_off >= former_cut_off(night):
                recount = bool(work.stale.counts)
                rebuild_concerned(night, settings, cut_off, journal, recount=recount)
            else:
                rebuild_everybody(night, settings, cut_off, journal)
            headline = _sum_up(night, settings, asked, work, intake, journal)
            _publish(night, settings, work, journal)
        tidy_vault(settings, now=journal.started_at)
        _draw(settings, journal)
        if work.erasing:
            finish(settings)
    return Outcome(published, settings.report_file, headline, intake, journal)


def _look(night: Night, settings: Settings, asked: _Asked, journal: Journal) -> _Work:
    """See what is new, what has changed, and who is to be erased."""
    recall(night, ())
    if night.has_yesterday:  # also where nothing is new: a key that is lost is told the same day
        same_key(night, settings)
    erasing = obey_list(night, settings)
    if erasing.unlisted:
        take_back(settings, erasing.unlisted)
        journal.warn(
            "erasure",
            f"{len(erasing.unlisted)} erasure(s) begun before ended on the way to the suppression "
            "list, and erased nobody: type 'recorrido erase' again for whom you meant.",
        )
    if erasing.pending:  # a backup was brought back, and with it what has to go after publication
        begin(settings, erasing.pending)
    facts, stale = _what_changed(night, settings, asked)
    if has_erased(settings):
        expect_ids_kept(stale)
    replayed = _loads_again(night, settings, asked, stale)
    if asked.only_erase:
        recall(night, ())  # without whom it names
        return _Work((), replayed, facts, stale, erasing)
    with journal.step("find", "looking for new files"):
        new = find_files(night, settings, replayed)
    for told in passed_over(settings):
        journal.warn("passed_over", f"{told}.")
    return _Work(new, replayed, facts, stale, erasing)


def _what_changed(
    night: Night, settings: Settings, asked: _Asked
) -> tuple[Mapping[str, str], Stale]:
    """Compare what decides the tables with yesterday's; give the facts to keep, and what is stale.

    An erasure leaves all files for the next night, and so what says how to read them.
    """
    facts = facts_of(settings)
    if not night.has_yesterday:
        return facts, Stale()
    schema = "yesterday.ops"
    stale = compare(night.warehouse, facts, schema=schema)
    facts = left_to_read(night.warehouse, facts, reads=not asked.only_erase, schema=schema)
    return facts, replace(stale, formats=(), sources=()) if asked.only_erase else stale


def _reason_to_rest(
    night: Night, settings: Settings, asked: _Asked, work: _Work, journal: Journal
) -> str | None:
    """Tell why there is nothing to do; None if there is."""
    if asked.replay and not work.replayed.loads and not work.erasing:
        return nothing_again(work.replayed)
    unlisted = [] if asked.only_erase else unlisted_folders(settings)
    is_due = work.new or asked.full or work.stale or work.erasing
    if (
        is_due
        or not has_cut_off(night, asked.as_of)
        or _has_details_to_end(night, settings, journal)
    ):
        for told in unlisted:
            journal.warn("folder", f"{told}.")
        return None
    if unlisted:
        raise SourceError(f"{unlisted[0]}. Nothing was published.")
    return nothing_new(miss_what_usually_comes(night, settings, journal))


def _has_details_to_end(night: Night, settings: Settings, journal: Journal) -> bool:
    """Tell whether touches are to lose their details that have them still, and nothing else is."""
    ended = recall_end_of_details(night)
    cut_off = former_cut_off(night)
    return end_of_details(settings, cut_off, ended, now=journal.started_at) != ended


def _take_in(
    night: Night, settings: Settings, asked: _Asked, work: _Work, journal: Journal
) -> Intake:
    """Load tonight's files, and see that they can be trusted."""
    key = same_key(night, settings)
    recall_end_of_details(night)  # touches that are told again are compared by it
    with journal.step("load", f"loading {len(work.new)} new file(s)") as step:
        intake = take_in(
            night,
            settings,
            work.new,
            key=key,
            run_id=journal.run_id,
            started_at=journal.started_at,
        )
        step.rows = intake.records
    if work.erasing.pending:
        recount_loads(night)
    keep_inputs(night, journal)
    if not asked.only_erase:  # which takes no file in, and waits for none
        expect_trustworthy(night, settings)
    return intake


def _settle_cut_off(night: Night, settings: Settings, asked: _Asked, journal: Journal) -> datetime:
    """Decide as of when tonight tells, and keep that with the project."""
    ended = recall_end_of_details(night)
    cut_off = asked.as_of or latest_touch(night) or journal.started_at
    ends = end_of_details(settings, cut_off, ended, now=journal.started_at)
    keep_project(night, settings, cut_off, ends)
    return cut_off


def _sum_up(
    night: Night,
    settings: Settings,
    asked: _Asked,
    work: _Work,
    intake: Intake,
    journal: Journal,
) -> str:
    """Make the figures, and what tells of the night; give its headline."""
    warehouse = night.warehouse
    with journal.step("sum", "summing up"):
        write_beside(warehouse)
        build_figures(warehouse, settings)
        build_reports_of_the_night(warehouse)
    new = work.replayed.besides(work.new)
    is_usual = bool(new) and not (asked.replay or asked.only_erase)
    silent = silent_sources(settings, new) if is_usual else []
    odd = _compare(night, settings, asked, work, journal)
    headline = headline_of(warehouse, settings, intake, silent, work.replayed, work.stale, odd)
    headline += work.erasing.told()
    keep_facts(warehouse, work.facts)
    keep_erasures(night, work.erasing, journal)
    keep_run(night, journal, work.facts, intake=intake, silent=silent, headline=headline, odd=odd)
    return headline


def _compare(
    night: Night, settings: Settings, asked: _Asked, work: _Work, journal: Journal
) -> list[Anomaly]:
    """Compare with the nights before what is comparable: not what is read again, or erased."""
    if asked.only_erase or work.replayed.loads:
        new = work.replayed.besides(work.new)
        sources = list(dict.fromkeys(file.source.name for file in new))
        return find_anomalies(night, settings, journal, sources, of_days=False)
    sources = [source.name for source in settings.sources]
    return find_anomalies(night, settings, journal, sources, of_days=True)


def _publish(night: Night, settings: Settings, work: _Work, journal: Journal) -> None:
    """Hold the laws, of all that the shadow holds, and let readers see it."""
    warehouse, erasing = night.warehouse, work.erasing
    is_anew = end_details(night, settings) > 0
    with journal.step("check", "checking the laws"):
        hold_laws(warehouse)
        if erasing.pending:
            expect_gone(night)
    with journal.step("publish", "publishing"):
        describe_tables(warehouse)
        fill_vault(night, settings)
        keep = 0 if erasing else settings.warehouse.keep
        try:
            night.publish(keep=keep, is_anew=is_anew or bool(erasing))
        finally:  # what fails after the swap leaves tonight's tables published all the same
            journal.note(is_published=is_published())


def _as_it_stands(settings: Settings, headline: str, journal: Journal) -> Outcome:
    """Tell why nothing was published; draw what a killed run has left undrawn."""
    journal.note(outcome=NOTHING_NEW, headline=headline)
    # One that was brought back from a backup may tell of who is erased.
    if has_erased(settings) or not settings.warehouse.vault:
        tidy_vault(settings, now=journal.started_at)
    published, report_file = settings.published_file, settings.report_file
    drawn = [report_file, *graph_files(settings)]
    drawn_ns = min(file.stat().st_mtime_ns if file.exists() else 0 for file in drawn)
    # To be renamed changes a file's ctime: a publication that came back is found out as well.
    if published.exists() and drawn_ns < published.stat().st_ctime_ns:
        _draw(settings, journal)
    return Outcome(published, report_file, headline, journal=journal)


def _draw(settings: Settings, journal: Journal) -> None:
    """Write graph and page; the page comes last, and so says that both are written."""
    with journal.step("report", "writing the report"):
        publish_graph(settings)
        publish_report(settings, settings.report_file, made_at=journal.started_at)


def _loads_again(night: Night, settings: Settings, asked: _Asked, stale: Stale) -> Replayed:
    """Find the files to be read again: asked for, or because they were read otherwise.

    An erasure leaves all files for the next night.
    """
    if asked.only_erase:
        return Replayed(())
    warehouse, replay = night.warehouse, asked.replay
    wanted = loads_to_replay(warehouse, settings, replay) if replay else Replayed(())
    adapted = loads_read_otherwise(warehouse, settings, stale)
    return Replayed(
        tuple(sorted({*wanted.loads, *adapted.loads})),
        tuple(dict.fromkeys((*wanted.missing, *adapted.missing))),
        adapted.came_back,
        adapted.mixed,
    )
