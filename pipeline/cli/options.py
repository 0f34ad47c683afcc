"""What commands share: their options, and what is made of them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.settings import Settings

Form = Literal["table", "csv", "json", "parquet"]

ConfigOption = Annotated[Path, typer.Option("--config", help="The config file.", metavar="FILE")]
FormOption = Annotated[Form, typer.Option("--format", help="table, csv, json or parquet.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write here instead of to stdout.", metavar="FILE")
]
# As far as a touch may lie ahead before it is refused as `in_future`.
_AHEAD = timedelta(days=1)
DEFAULT_CONFIG = Path("recorrido.toml")


def settings_of(config: Path, *outs: Path | None) -> "Settings":
    """Read the config file; refuse `outs` that are files which the project cannot do without."""
    from pipeline.settings import load_settings

    settings = load_settings(config)
    for out in outs:
        if out is not None:
            _expect_ones_own(out, config, settings)
    return settings


def _expect_ones_own(out: Path, config: Path, settings: "Settings") -> None:
    from pipeline.suppression import list_file

    kept = {
        "the config": config,
        "the project's key": settings.key_file,
        "the list of erased people": list_file(settings.key_file),
        "the publication": settings.published_file,
        "the vault": settings.vault_file,
    }
    for what, file in kept.items():
        if out.resolve() == file.resolve():
            raise ConfigError(
                f"expected a file of your own to write to, found {out}, which is {what}"
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
    if moment > datetime.now(UTC) + _AHEAD:
        raise ConfigError(
            f"--as-of: expected a moment no more than a day ahead, found {text!r}; every open "
            "journey would be told as lost by then."
        )
    return moment.astimezone(UTC)


def day_of(option: str, text: str | None) -> date | None:
    """Read a day, if one was given."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"{option}: expected a day such as 2026-10-31, found {text!r}") from None
