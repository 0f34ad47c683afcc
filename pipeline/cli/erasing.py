"""The command that removes a person everywhere."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.command import command
from pipeline.cli.nights import journal_of
from pipeline.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    TextFormOption,
    expect_text,
    settings_of,
)
from pipeline.cli.voice import Voice
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

    from pipeline.erase import Erased
    from pipeline.settings import Settings

_FROM_STDIN = "-"


@command
def erase(
    config: ConfigOption = DEFAULT_CONFIG,
    id_: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            help="Whom: email=ana@example.org; may be repeated; - reads one a line from stdin.",
            metavar="TYPE=VALUE",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Whose ids they are, where it matters.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say from where; change nothing.")
    ] = False,
    form: TextFormOption = "table",
    *,
    voice: Voice,
) -> None:
    """Remove a person everywhere, for good, and say from where."""
    settings = settings_of(config)
    from pipeline.erase import erase as erase_person
    from pipeline.erasure.person import read_wanted
    from pipeline.journal import Journal

    wanted = [read_wanted(one) for one in _told(id_ or [])]
    if not wanted:
        raise ConfigError("erase needs --id TYPE=VALUE, such as --id email=ana@example.org")
    journal = Journal(voice.progress, voice.log) if dry_run else journal_of(voice, erase=True)
    erased = erase_person(settings, wanted, source=source, only_tell=dry_run, journal=journal)
    if not dry_run:
        voice.ending.update(outcome="published", headline=journal.facts.get("headline"))
    if form != "table":
        from pipeline.show import show_all

        show_all(_frames(erased), form)
        return
    _say(erased, settings, voice, dry_run=dry_run)


def _told(ids: list[str]) -> list[str]:
    """Take identifiers as they were typed, or from stdin, which no history of a shell keeps."""
    if _FROM_STDIN not in ids:
        return ids
    lines = [line.strip() for line in sys.stdin or ()]  # it may be closed
    expect_text(*lines)
    return [one for one in ids if one != _FROM_STDIN] + [line for line in lines if line]


def _frames(erased: "Erased") -> "dict[str, pl.DataFrame]":
    return {"removed": erased.traces, "files": erased.files, "also_known": erased.also_known}


def _say(erased: "Erased", settings: "Settings", voice: Voice, *, dry_run: bool) -> None:
    from pipeline.own_places import list_file

    for number, type_, known_as in erased.also_known.iter_rows():
        voice.tell(f"not removed: --id number {number} ({type_}) where it is told as {known_as}")
    if not erased.is_known:
        voice.tell("nothing is known of the person" + ("" if dry_run else "; kept out from now on"))
        voice.tell(
            "what files that no night has loaded yet tell of their other identifiers is not known "
            "either: where any wait, or after a rollback, run a night first and erase then"
        )
        return
    voice.tell("would be removed:" if dry_run else "removed, and kept out from now on:")
    for place, what, found in erased.traces.iter_rows():
        voice.tell(f"  {place:<20} {found:>6}  {what}")
    if not erased.files.is_empty():
        voice.tell("not ours to remove: landing files that tell of the person")
    for name, file, records, lies_there in erased.files.iter_rows():
        gone = "" if lies_there else " (not there any more)"
        voice.tell(f"  {file}: {records} record(s) of {name}{gone}")
    voice.tell(
        "look yourself into all other landing files too (what they told again, or had refused, is "
        "not known by person), copies of them, the customer file, exports and pages written "
        "elsewhere, and backups; a reader that still has the old warehouse open holds it until it "
        "closes."
    )
    if not dry_run:
        voice.tell(f"suppression list: {list_file(settings.key_file)}; back it up with the key")
