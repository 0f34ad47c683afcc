"""The command: flags become settings and calls, errors a bare message and an exit code."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline import __version__
from pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.journal import Journal
    from pipeline.run import Outcome
    from pipeline.settings import Settings

Form = Literal["table", "csv", "json", "parquet"]
Grain = Literal["stage", "stage_channel", "traffic", "touchpoint"]
GraphForm = Literal["graphml", "json", "ocel", "table", "csv"]
Mode = Literal["ordered", "strict", "unordered"]
Counted = Literal["customers", "journeys", "sessions"]
PartedBy = Literal["channel", "traffic", "campaign", "device", "segment", "month"]

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
        journal=_journal(quiet=quiet),
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

        outcome = run_night(settings, replay=Replay(source, reason), journal=_journal(quiet=quiet))
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
    from_day: Annotated[
        str | None, typer.Option("--from", help="Journeys begun from this day on.", metavar="D")
    ] = None,
    to_day: Annotated[
        str | None, typer.Option("--to", help="Journeys begun up to this day.", metavar="D")
    ] = None,
    segment: Annotated[
        str | None, typer.Option("--segment", help="Journeys of this segment.", metavar="S")
    ] = None,
    out: OutOption = None,
) -> None:
    """Write the page again, from the published warehouse; of some journeys only to --out FILE."""
    settings = _settings(config)
    from pipeline.publish import publish_report
    from pipeline.selection import Selection

    only = Selection(_day("--from", from_day), _day("--to", to_day), segment)
    if only != Selection() and out is None:
        raise ConfigError("a page of some journeys only needs --out FILE: report.html is of all")
    file = out or settings.warehouse_dir / "report" / "report.html"
    publish_report(settings, file, made_at=datetime.now(UTC), language=lang, only=only)
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
def funnel(
    events: Annotated[
        list[str] | None, typer.Argument(metavar="EVENT...", help="event or channel/event.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    within: Annotated[
        str | None,
        typer.Option("--within", help="From the first step to the last: 14d.", metavar="T"),
    ] = None,
    mode: Annotated[
        Mode, typer.Option("--mode", help="ordered; strict: nothing between; unordered.")
    ] = "ordered",
    strict_increase: Annotated[
        bool, typer.Option("--strict-increase", help="Each step later than the one before.")
    ] = False,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", help="Ends a chain; may be repeated.", metavar="EVENT"),
    ] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Begin at any step.")] = False,
    count: Annotated[
        Counted, typer.Option("--count", help="customers, journeys or sessions.")
    ] = "customers",
    by: Annotated[
        PartedBy | None,
        typer.Option("--by", help="channel, traffic, campaign, device, segment or month."),
    ] = None,
    from_day: Annotated[
        str | None, typer.Option("--from", help="First day on which to begin.", metavar="D")
    ] = None,
    to_day: Annotated[
        str | None, typer.Option("--to", help="Last day on which to begin.", metavar="D")
    ] = None,
    form: FormOption = "table",
    out: OutOption = None,
) -> None:
    """Show how many came along events of your choice, step by step, and how soon."""
    settings = _settings(config)
    from pipeline.funnels import Asked, ask_funnel, for_people, length_of
    from pipeline.journey.event_funnel import Funnel
    from pipeline.show import show

    asked = Asked(
        Funnel(
            steps=tuple(events or ()),
            within=length_of(within) if within else None,
            mode=mode,
            strict_increase=strict_increase,
            exclusions=tuple(exclude or ()),
            is_open=is_open,
        ),
        count=count,
        by=by,
        from_day=_day("--from", from_day),
        to_day=_day("--to", to_day),
    )
    found = ask_funnel(settings.published_file, asked)
    show(for_people(found) if form == "table" else found, form, out)


@app.command()
def graph(
    config: ConfigOption = DEFAULT_CONFIG,
    grain: Annotated[Grain, typer.Option("--grain", help="What a node is.")] = "stage",
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            help="Say what a change would do: 'evaluation>dropped=-10%'; may be repeated.",
            metavar="EDGE=CHANGE",
        ),
    ] = None,
    form: Annotated[
        GraphForm | None,
        typer.Option(
            "--format",
            help="graphml, json, or ocel: the touches behind it; of --what-if table, csv or json.",
        ),
    ] = None,
    out: OutOption = None,
) -> None:
    """Write the transition graph, or say what a change of its edges would do."""
    settings = _settings(config)
    from pipeline.figures.what_if import for_people
    from pipeline.ocel import write_ocel
    from pipeline.publish import ask_what_if, graph_text, write_text
    from pipeline.show import show
    from pipeline.warehouse import reading

    if form in (("graphml", "ocel") if what_if else ("table", "csv")):
        raise ConfigError(
            "--format: expected graphml, json or ocel for the graph, and table, csv or json with "
            f"--what-if; found {form}"
        )
    with reading(settings.published_file) as warehouse:
        if what_if:
            found = ask_what_if(warehouse, grain, what_if)
            if form == "csv" or form == "json":
                show(found, form, out)
            else:
                show(for_people(found), "table", out)
        elif form != "ocel":
            text = graph_text(warehouse, grain, form or "graphml")
            if out:
                write_text(out, text)
            typer.echo(out or text)
        elif out is None:
            raise ConfigError("--format ocel needs --out FILE")
        else:
            write_ocel(warehouse, out)
            typer.echo(out)


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
def sensitivity(
    config: ConfigOption = DEFAULT_CONFIG,
    form: FormOption = "table",
    out: OutOption = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Draw it as a page, too.", metavar="FILE")
    ] = None,
    lang: Annotated[
        Literal["es", "en"] | None, typer.Option("--lang", help="Of the page: es or en.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Tell how the figures move with silences, stitching, attribution window and model."""
    settings = _settings(config)
    from pipeline.sensitivity import as_text, draw_sensitivity, try_settings
    from pipeline.show import show

    trials = try_settings(settings, say=_teller(quiet=quiet))
    show(as_text(trials) if form == "table" else trials, form, out)
    if picture:
        draw_sensitivity(settings, trials, picture, made_at=datetime.now(UTC), language=lang)


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


def _journal(*, quiet: bool) -> "Journal":
    from pipeline.journal import Journal

    return Journal(say=_teller(quiet=quiet))


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


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"{option}: expected a day such as 2026-10-31, found {text!r}") from None


def _tell(outcome: "Outcome") -> None:
    typer.echo(outcome.headline)
    typer.echo(f"warehouse: {outcome.warehouse}")
    typer.echo(f"report:    {outcome.report}")
