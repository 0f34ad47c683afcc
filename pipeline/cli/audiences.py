"""The command that lists customers to be addressed again."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli.command import command
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from pipeline.cli.voice import Voice
from pipeline.errors import ConfigError
from pipeline.vocabulary import STAGES, STATES

_DECIMALS = 4  # of an amount in the tables
_TOO_LARGE = Decimal(10) ** 14

Purpose = Literal["ads", "email", "analytics"]
ListForm = Literal["csv", "google", "meta"]


@command
def audience(
    config: ConfigOption = DEFAULT_CONFIG,
    stage: Annotated[
        str | None, typer.Option("--stage", help="How far they came.", metavar="S")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="How their journey stands.", metavar="S")
    ] = None,
    silent_for: Annotated[
        str | None,
        typer.Option("--silent-for", help="Not active before the cut-off: 7d.", metavar="T"),
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Where the journey began.")
    ] = None,
    traffic: Annotated[str | None, typer.Option("--traffic", help="How they came first.")] = None,
    campaign: Annotated[
        str | None, typer.Option("--campaign", help="What brought them first.")
    ] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Of this segment.")] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute", help="Of the customer file; may be repeated.", metavar="NAME=VALUE"
        ),
    ] = None,
    min_value: Annotated[
        str | None, typer.Option("--min-value", help="Earned of them, at least.", metavar="N")
    ] = None,
    max_value: Annotated[
        str | None, typer.Option("--max-value", help="Earned of them, at most.", metavar="N")
    ] = None,
    consent: Annotated[
        Purpose, typer.Option("--consent", help="What they granted: ads, email or analytics.")
    ] = "ads",
    form: Annotated[
        ListForm, typer.Option("--format", help="csv; google or meta: hashed for their ads.")
    ] = "csv",
    out: Annotated[
        Path | None, typer.Option("--out", help="The list; needed.", metavar="FILE")
    ] = None,
    *,
    voice: Voice,
) -> None:
    """List customers to be addressed again, with their consent, in a file of your own."""
    settings = settings_of(config, out)
    from pipeline.audience import Asked, write_audience
    from pipeline.funnels import length_of

    if out is None:
        raise ConfigError("audience needs --out FILE: a list of people is not for the screen")
    least, most = _amount("--min-value", min_value), _amount("--max-value", max_value)
    if least is not None and most is not None and least > most:
        raise ConfigError(
            f"expected --min-value up to --max-value, found {min_value} and {max_value}"
        )
    audience = write_audience(
        settings,
        Asked(
            purpose=consent,
            form=form,
            stage=_one_of("--stage", stage, STAGES),
            state=_one_of("--state", state, STATES),
            silent_for=length_of(silent_for, "--silent-for") if silent_for is not None else None,
            channel=channel,
            traffic=traffic,
            campaign=campaign,
            segment=segment,
            min_value=least,
            max_value=most,
            attributes=_attributes(attribute or []),
        ),
        out.absolute(),
    )
    voice.tell("\n".join([str(out), *audience.told()]))


def _one_of(option: str, name: str | None, names: tuple[str, ...]) -> str | None:
    if name is not None and name not in names:
        raise ConfigError(f"{option}: expected one of {', '.join(names)}, found {name!r}")
    return name


def _amount(option: str, text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text) if text is not None else None
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount is None:
        return None
    if not amount.is_finite() or abs(amount) >= _TOO_LARGE:
        raise ConfigError(
            f"{option}: expected an amount such as 100 or 99.90, below 10^14; found {text!r}"
        )
    if amount != round(amount, _DECIMALS):
        raise ConfigError(f"{option}: expected {_DECIMALS} decimals at most, found {text}")
    # An exponent is lost on the way to DuckDB: 1E+5 would arrive as 1.
    return Decimal(format(amount, "f"))


def _attributes(told: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in told:
        name, value = _pair(text)
        if pairs.setdefault(name, value) != value:
            raise ConfigError(
                f"--attribute: expected one value of {name}, for nobody has two; found "
                f"{pairs[name]!r} and {value!r}"
            )
    return pairs


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ConfigError(f"--attribute: expected NAME=VALUE such as persona=gives, found {text!r}")
    return name, value
