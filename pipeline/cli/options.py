"""What commands share: their options, and what is made of them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.errors import ConfigError
from pipeline.printable import is_text

if TYPE_CHECKING:
    from pipeline.settings import Settings

Form = Literal["table", "csv", "json", "parquet"]
TextForm = Literal["table", "csv", "json"]

ConfigOption = Annotated[Path, typer.Option("--config", help="The config file.", metavar="FILE")]
FormOption = Annotated[Form, typer.Option("--format", help="table, csv, json or parquet.")]
# Of commands that write to stdout alone.
TextFormOption = Annotated[TextForm, typer.Option("--format", help="table, csv or json.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write here instead of to stdout.", metavar="FILE")
]
# As far as a touch may lie ahead before it is refused as `in_future`.
_AHEAD = timedelta(days=1)
# Before it a touch is refused as `too_old`.
_FIRST_YEAR = 2000
DEFAULT_CONFIG = Path("recorrido.toml")


def expect_text(*told: object) -> None:
    """Refuse what was typed, or came in, as bytes that are no text."""
    for one in told:
        if isinstance(one, str) and not is_text(one):
            raise ConfigError("expected text in UTF-8, found other bytes in what was typed")


def settings_of(config: Path, *outs: Path | None) -> "Settings":
    """Read the config file; refuse `outs` that are no files of one's own to write to.

    What is written outlives an erasure: while one is to be obeyed, nothing is.
    """
    from pipeline.settings import load_settings

    settings = load_settings(config)
    for out in filter(None, outs):
        from pipeline.own_files import expect_ones_own

        _expect_a_file(out)
        expect_ones_own(out, settings)
    if any(outs):
        from pipeline.erasure.aftermath import expect_obeyed

        expect_obeyed(settings)
    return settings


def _expect_a_file(out: Path) -> None:
    if out.is_dir() or not out.name:
        raise ConfigError(f"expected a file to write to, found {out}, which is a folder")
    there = next(folder for folder in out.absolute().parents if folder.exists())
    if not there.is_dir():
        raise ConfigError(
            f"expected a folder to write {out.name} into, found {there}, which is a file"
        )


def moment_of(text: str, settings: "Settings") -> datetime:
    """Read the cut-off; without a zone it is in the project's."""
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
    if moment.year < _FIRST_YEAR:
        raise ConfigError(
            f"--as-of: expected a moment from the year {_FIRST_YEAR} on, for no touch is older; "
            f"found {text!r}"
        )
    if moment > datetime.now(UTC) + _AHEAD:
        raise ConfigError(
            f"--as-of: expected a moment no more than a day ahead, found {text!r}; every open "
            "journey would be told as lost by then."
        )
    return moment.astimezone(UTC)


def day_of(option: str, text: str | None) -> date | None:
    """Read a day, if one was given."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise ConfigError(f"{option}: expected a day such as 2026-10-31, found {text!r}") from None
