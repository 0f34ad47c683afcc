"""The command: flags become settings and calls, errors a bare message and an exit code."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline import __version__
from pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.run import Outcome
    from pipeline.settings import Settings

Form = Literal["table", "csv", "json", "parquet"]
Grain = Literal["stage", "stage_channel", "touchpoint"]

app = typer.Typer(
    help="Rebuild customer journeys from touchpoint logs, every night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="The config file.", metavar="FILE")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")]
FormOption = Annotated[Form, typer.Option("--format", help="table, csv, json or parquet.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write here instead of to stdout.", metavar="FILE")
]
DEFAULT_CONFIG = Path("recorrido.toml")


def main() -> None:
    """Run the command; what goes wrong on purpose is a message, never a traceback."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app()
    except PipelineError as error:
        if debug:
            raise
        typer.echo(f"recorrido: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            raise
        typer.echo(f"recorrido: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("recorrido: interrupted; nothing was changed", err=True)
        sys.exit(130)


@app.command()
def init(directory: Annotated[Path, typer.Argument(metavar="[DIR]")] = Path()) -> None:
    """Write a commented recorrido.toml, a key, and the landing folders; overwrite nothing."""
    from pipeline.init import init_project

    for line in init_project(directory):
        typer.echo(line)


@app.command()
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
    form: FormOption = "table",
    quiet: QuietOption = False,
) -> None:
    """Run a night: load new files, rebuild what they touch, check, publish."""
    settings = _settings(config)
    if dry_run:
        _rehearse(settings, form)
        return
    from pipeline.run import run_night

    outcome = run_night(
        settings,
        as_of=_moment(as_of, settings) if as_of else None,
        full=full,
        say=_teller(quiet=quiet),
    )
    if not quiet:
        _tell(outcome)


@app.command()
def rejects(
    config: ConfigOption = DEFAULT_CONFIG,
    source: Annotated[str | None, typer.Option("--source", help="Only of this source.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only with this reason.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many at most.")] = 100,
    replay: Annotated[
        bool, typer.Option("--replay", help="Load their files again, after a mend.")
    ] = False,
    form: FormOption = "table",
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show refused records, or load their files again after a mend of adapter or config."""
    settings = _settings(config)
    if source is not None and source not in (names := [one.name for one in settings.sources]):
        raise ConfigError(f"there is no source '{source}'; there are {', '.join(names)}")
    if replay:
        from pipeline.replay import Replay
        from pipeline.run import run_night

        outcome = run_night(settings, replay=Replay(source, reason), say=_teller(quiet=quiet))
        if not quiet:
            _tell(outcome)
        return
    from pipeline.questions import ask_shipped
    from pipeline.show import show

    params = {"source": source, "reason": reason, "top": top}
    found = ask_shipped(settings.published_file, "status/rejected_records", params)
    if reason is not None and found.is_empty():
        known = ask_shipped(settings.published_file, "status/rejects")["reason"].unique().sort()
        if reason not in known:
            raise ConfigError(
                f"no record was refused as '{reason}'; there are {', '.join(known) or 'none'}"
            )
    show(found, form, out)


@app.command()
def report(
    config: ConfigOption = DEFAULT_CONFIG,
    lang: Annotated[Literal["es", "en"] | None, typer.Option("--lang", help="es or en.")] = None,
    out: OutOption = None,
) -> None:
    """Write the page again, from the published warehouse."""
    settings = _settings(config)
    from pipeline.publish import publish_report

    file = out or settings.warehouse_dir / "report" / "report.html"
    publish_report(settings, file, made_at=datetime.now(UTC), language=lang)
    typer.echo(file)


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(metavar="NAME|FILE.sql")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    param: Annotated[
        list[str] | None, typer.Option("--param", help="A value of the query.", metavar="K=V")
    ] = None,
    form: FormOption = "table",
    out: OutOption = None,
) -> None:
    """Ask a question of queries/questions, or one of your own, read-only; none lists them."""
    from pipeline.questions import ask, list_questions
    from pipeline.show import show

    if name is None:
        for line in list_questions():
            typer.echo(line)
        return
    settings = _settings(config)
    show(ask(settings.published_file, settings.dir, name, param or []), form, out)


@app.command()
def graph(
    config: ConfigOption = DEFAULT_CONFIG,
    grain: Annotated[Grain, typer.Option("--grain", help="What a node is.")] = "stage",
    form: Annotated[
        Literal["graphml", "json"], typer.Option("--format", help="graphml or json.")
    ] = "graphml",
    out: OutOption = None,
) -> None:
    """Write the transition graph."""
    settings = _settings(config)
    from pipeline.publish import graph_text, write_text
    from pipeline.warehouse import reading

    with reading(settings.published_file) as warehouse:
        text = graph_text(warehouse, grain, form)
    if out:
        write_text(out, text)
    typer.echo(out or text)


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run every law on the published warehouse."""
    settings = _settings(config)
    from pipeline.checks import hold_laws, judge_laws
    from pipeline.warehouse import reading

    with reading(settings.published_file) as warehouse:
        hold_laws(warehouse)
        laws = judge_laws(warehouse)
    for law in laws:
        typer.echo(f"holds  {law.name}")


@app.command()
def status(config: ConfigOption = DEFAULT_CONFIG, form: FormOption = "table") -> None:
    """Show the last runs, what each source brought, and what was refused or left out."""
    settings = _settings(config)
    from pipeline.questions import ask_shipped
    from pipeline.show import show_all

    names = ("runs", "sources", "rejects", "unmapped", "unrated", "suspected_doubles")
    tables = {name: ask_shipped(settings.published_file, f"status/{name}") for name in names}
    show_all(tables, form)


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR")],
    config: ConfigOption = DEFAULT_CONFIG,
    tables: Annotated[
        str | None, typer.Option("--tables", help="schema.table, comma between; all if not named.")
    ] = None,
) -> None:
    """Write published tables as Parquet."""
    settings = _settings(config)
    from pipeline.publish import export_tables, published_tables
    from pipeline.warehouse import reading

    with reading(settings.published_file) as warehouse:
        known = published_tables(warehouse)
        wanted = tables.split(",") if tables else known
        if unknown := [table for table in wanted if table not in known]:
            raise ConfigError(
                f"there is no table {', '.join(unknown)}; there are {', '.join(known)}"
            )
        for file in export_tables(warehouse, directory, wanted):
            typer.echo(file)


@app.command()
def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR")],
    customers: Annotated[int, typer.Option("--customers", min=1, help="How many people.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same files.")] = 20261101,
) -> None:
    """Invent a flower shop's logs in vendors' own formats, with the truth beside them."""
    from pipeline.sample import write_sample

    told = write_sample(directory, customers=customers, seed=seed)
    typer.echo(
        f"{told.people} people, {told.touches} touches, {told.files} files, "
        f"{told.bytes / 1e6:.1f} MB in {directory}"
    )
    typer.echo(f"next: recorrido run --config {directory / 'recorrido.toml'}")


def _rehearse(settings: "Settings", form: Form) -> None:
    from pipeline.rehearsal import rehearse
    from pipeline.show import show_all

    rehearsal = rehearse(settings)
    if rehearsal.tables["files"].is_empty():
        typer.echo("nothing new")
        return
    show_all(rehearsal.tables, form)
    if rehearsal.trouble:
        raise rehearsal.trouble


def _teller(*, quiet: bool) -> "Callable[[str], None]":
    """Give what tells of each step: on a terminal, unless nothing is to be said."""

    def say(step: str) -> None:
        if not quiet and sys.stderr.isatty():
            typer.echo(f"  {step} …", err=True)

    return say


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False,
) -> None:
    if version:
        typer.echo(f"recorrido {__version__}")
        raise typer.Exit


def _settings(config: Path) -> "Settings":
    from pipeline.settings import load_settings

    return load_settings(config)


def _moment(text: str, settings: "Settings") -> datetime:
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--as-of: expected a date or time such as 2026-10-31 or 2026-10-31T23:59:59Z, "
            f"found {text!r}"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings.project.timezone))
    return moment.astimezone(UTC)


def _tell(outcome: "Outcome") -> None:
    typer.echo(outcome.headline)
    typer.echo(f"warehouse: {outcome.warehouse}")
    typer.echo(f"report:    {outcome.report}")
