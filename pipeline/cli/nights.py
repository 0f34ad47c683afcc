"""Commands about nights: to run them, and to look after what they did."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.command import command
from pipeline.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    Form,
    FormOption,
    OutOption,
    TextFormOption,
    moment_of,
    settings_of,
)
from pipeline.cli.voice import Voice
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.journal import Journal
    from pipeline.run import Outcome
    from pipeline.settings import Settings


@command
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The cut-off: a date or time, ISO.", metavar="T")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Rebuild everything, though nothing is new.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be loaded and refused.")
    ] = False,
    form: TextFormOption = "table",
    *,
    voice: Voice,
) -> None:
    """Run a night: load new files, rebuild what they touch, check, publish."""
    settings = settings_of(config)
    cut_off = moment_of(as_of, settings) if as_of is not None else None
    if dry_run:
        _rehearse(settings, form, voice)
        return
    from pipeline.run import run_night

    outcome = run_night(
        settings,
        as_of=cut_off,
        full=full,
        journal=journal_of(voice, as_of=as_of, full=full),
    )
    _tell(outcome, voice)


@command
def rejects(
    config: ConfigOption = DEFAULT_CONFIG,
    source: Annotated[str | None, typer.Option("--source", help="Only of this source.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only with this reason.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=10**15, help="How many at most.")] = 100,
    replay: Annotated[
        bool, typer.Option("--replay", help="Load their files again, after a mend.")
    ] = False,
    form: FormOption = "table",
    out: OutOption = None,
    *,
    voice: Voice,
) -> None:
    """Show refused records, or load their files again after a mend of adapter or config."""
    settings = settings_of(config, out)
    names = [one.name for one in settings.sources]
    if replay:
        from pipeline.replay import Replay
        from pipeline.run import run_night

        _expect_source(source, names)
        journal = journal_of(voice, replay=True, source=source, reason=reason)
        _tell(run_night(settings, replay=Replay(source, reason), journal=journal), voice)
        return
    from pipeline.questions import ask_shipped
    from pipeline.show import show

    params = {"source": source, "reason": reason, "top": top}
    found = ask_shipped(settings.published_file, "status/rejected_records", params)
    if found.is_empty():
        listed = ask_shipped(settings.published_file, "status/rejects")
        # It may be one that the config has no more, or the customer file.
        _expect_source(source, [*names, *listed["source"].unique().sort()])
        known = listed["reason"].unique().sort()
        if reason is not None and reason not in known:
            raise ConfigError(
                f"no record was refused as '{reason}'; there are {', '.join(known) or 'none'}"
            )
    show(found, form, out)


@command
def rollback(
    config: ConfigOption = DEFAULT_CONFIG,
    undo: Annotated[
        bool, typer.Option("--undo", help="Put back what was withdrawn, until the next run.")
    ] = False,
    *,
    voice: Voice,
) -> None:
    """Put the publication before this one in its place, with its page and graph."""
    settings = settings_of(config)
    from pipeline.rollback import roll_back

    done = roll_back(settings, undo=undo)
    voice.tell(
        f"the publication of run {done.run_id} stands again, with data up to "
        f"{done.cut_off:%Y-%m-%d %H:%M} UTC; further ways back: {done.former}"
    )
    voice.tell(
        "the next 'recorrido run' loads what it does not know; until then "
        f"'recorrido rollback --undo' puts back what was withdrawn: {done.withdrawn}"
    )
    voice.tell(f"report:    {done.report}")


@command
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run every law on the published warehouse."""
    settings = settings_of(config)
    from pipeline.checks import hold_laws, judge_laws
    from pipeline.warehouse import reading

    with reading(settings.published_file) as warehouse:
        hold_laws(warehouse)
        laws = judge_laws(warehouse)
    for law in laws:
        typer.echo(f"holds  {law.name}")


@command
def status(config: ConfigOption = DEFAULT_CONFIG, form: TextFormOption = "table") -> None:
    """Show the last runs, failed ones too, how fresh each source is, and what was left out."""
    settings = settings_of(config)
    from pipeline.show import show_all
    from pipeline.status import status_of

    show_all(status_of(settings, now=datetime.now(UTC)), form)


def _expect_source(source: str | None, known: Sequence[str]) -> None:
    if source is not None and source not in known:
        named = ", ".join(dict.fromkeys(known))
        raise ConfigError(f"there is no source '{source}'; there are {named}")


def _rehearse(settings: "Settings", form: Form, voice: Voice) -> None:
    from pipeline.rehearsal import rehearse
    from pipeline.show import show_all

    rehearsal = rehearse(settings)
    if rehearsal.tables["files"].is_empty():
        typer.echo("nothing new")
    else:
        show_all(rehearsal.tables, form)
    for warning in rehearsal.warnings:
        voice.log("warning", "passed_over", message=warning)
    if rehearsal.trouble:
        raise rehearsal.trouble


def journal_of(voice: Voice, **asked: object) -> "Journal":
    """Begin the record of a run; all that the voice says from now on is about it."""
    from pipeline.journal import Journal

    journal = Journal(voice.progress, voice.log)
    journal.note(asked={name: value for name, value in asked.items() if value})
    voice.about["run_id"] = journal.run_id
    voice.log("info", "run_started")
    return journal


def _tell(outcome: "Outcome", voice: Voice) -> None:
    told = outcome.journal.facts.get("outcome", "published")
    voice.ending.update(outcome=told, headline=outcome.headline)
    voice.tell(outcome.headline)
    voice.tell(f"warehouse: {outcome.warehouse}")
    voice.tell(f"report:    {outcome.report}")
