"""Commands that answer from what is published."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli.command import command
from pipeline.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    FormOption,
    OutOption,
    day_of,
    settings_of,
)
from pipeline.cli.voice import Voice
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.settings import Settings

Grain = Literal["stage", "stage_channel", "traffic", "touchpoint"]
GraphForm = Literal["graphml", "json", "ocel", "table", "csv"]
Mode = Literal["ordered", "strict", "unordered"]
Counted = Literal["customers", "journeys", "sessions"]
PartedBy = Literal["channel", "traffic", "campaign", "device", "segment", "month"]


@command
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
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write here instead of to report.html.", metavar="FILE"),
    ] = None,
) -> None:
    """Write the page again, from the published warehouse; of some journeys only to --out FILE."""
    settings = settings_of(config, out)
    from pipeline.lock import one_run_at_a_time
    from pipeline.publish import publish_report
    from pipeline.selection import Selection

    only = Selection(day_of("--from", from_day), day_of("--to", to_day), segment)
    if only != Selection() and out is None:
        raise ConfigError("a page of some journeys only needs --out FILE: report.html is of all")
    file = out or settings.report_file
    # The page of the warehouse is a night's as well, and has to be of what is published.
    is_ours = out is None and settings.published_file.exists()
    with one_run_at_a_time(settings.warehouse_dir, "report") if is_ours else nullcontext():
        publish_report(settings, file, made_at=datetime.now(UTC), language=lang, only=only)
    typer.echo(file)


@command
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
    settings = settings_of(config, out)
    memory = settings.warehouse.memory
    show(ask(settings.published_file, settings.dir, name, param or [], memory=memory), form, out)


@command
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
    settings = settings_of(config, out)
    from pipeline.funnels import Asked, ask_funnel, for_people, length_of
    from pipeline.journey.event_funnel import Funnel
    from pipeline.show import show

    asked = Asked(
        Funnel(
            steps=tuple(events or ()),
            within=length_of(within) if within is not None else None,
            mode=mode,
            strict_increase=strict_increase,
            exclusions=tuple(exclude or ()),
            is_open=is_open,
        ),
        count=count,
        by=by,
        from_day=day_of("--from", from_day),
        to_day=day_of("--to", to_day),
    )
    found = ask_funnel(settings.published_file, asked)
    show(for_people(found) if form == "table" else found, form, out)


@command
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
    settings = settings_of(config, out)
    from pipeline.publish import graph_text
    from pipeline.warehouse import reading
    from pipeline.whole import write_whole

    if form in (("graphml", "ocel") if what_if else ("table", "csv")):
        raise ConfigError(
            "--format: expected graphml, json or ocel for the graph, and table, csv or json with "
            f"--what-if; found {form}"
        )
    if what_if:
        _tell_what_if(settings, grain, what_if, form, out)
    elif form == "ocel":
        _write_log(settings, out)
    else:
        with reading(settings.published_file) as warehouse:
            text = graph_text(warehouse, grain, form or "graphml")
        if out:
            write_whole(out, text.encode())
        typer.echo(out or text)


def _tell_what_if(
    settings: "Settings", grain: Grain, what_if: list[str], form: GraphForm | None, out: Path | None
) -> None:
    from pipeline.figures.what_if import for_people
    from pipeline.publish import ask_what_if
    from pipeline.show import show
    from pipeline.warehouse import reading

    with reading(settings.published_file) as warehouse:
        found = ask_what_if(warehouse, grain, what_if)
    if form == "csv" or form == "json":
        show(found, form, out)
    else:
        show(for_people(found), "table", out)


def _write_log(settings: "Settings", out: Path | None) -> None:
    """Write the log for process mining, whose objects are customers."""
    from pipeline.erasure.aftermath import expect_none_since
    from pipeline.ocel import write_ocel
    from pipeline.warehouse import expect_published, reading
    from pipeline.whole import room_for

    if out is None:
        raise ConfigError("--format ocel needs --out FILE")
    expect_none_erased = expect_none_since(settings)
    expect_published(settings.published_file)  # before a folder is made for what is read of it
    with (
        room_for(out.absolute()) as room,
        reading(settings.published_file, may_write=[room]) as warehouse,
    ):
        write_ocel(warehouse, out.absolute(), room, expect_none_erased)
    typer.echo(out)


@command
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
    *,
    voice: Voice,
) -> None:
    """Tell how the figures move with silences, stitching, attribution window and model."""
    settings = settings_of(config, out, picture)
    from pipeline.sensitivity import as_text, draw_sensitivity, try_settings
    from pipeline.show import expect_out, show

    expect_out(form, out)
    trials = try_settings(settings, say=voice.progress)
    show(as_text(trials) if form == "table" else trials, form, out)
    if picture:
        draw_sensitivity(settings, trials, picture, made_at=datetime.now(UTC), language=lang)


@command
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR")],
    config: ConfigOption = DEFAULT_CONFIG,
    tables: Annotated[
        str | None, typer.Option("--tables", help="schema.table, comma between; all if not named.")
    ] = None,
) -> None:
    """Write published tables as Parquet."""
    settings = settings_of(config)
    from pipeline.erasure.aftermath import expect_none_since
    from pipeline.own_files import expect_ones_own
    from pipeline.publish import export_tables, published_tables
    from pipeline.warehouse import reading

    expect_none_erased = expect_none_since(settings)
    with reading(settings.published_file, may_write=[directory.absolute()]) as warehouse:
        known = published_tables(warehouse)
        wanted = known if tables is None else [name.strip() for name in tables.split(",")]
        if unknown := [table for table in wanted if table not in known]:
            told = ", ".join(repr(name) for name in unknown)
            raise ConfigError(
                f"--tables: expected schema.table, comma between; there is no {told}, there are "
                + ", ".join(known)
            )
        for table in wanted:
            expect_ones_own(directory / f"{table}.parquet", settings)
        for file in export_tables(warehouse, directory.absolute(), wanted, expect_none_erased):
            typer.echo(file)
