"""Which settings are tried: one at a time, around what is configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from pipeline.sections import Section
from pipeline.setting_values import StitchingMode
from pipeline.settings import Settings

_LENGTHS = (("sessions", "silence"), ("journeys", "silence"), ("journeys", "after_silence"))
_LOOKBACKS = (timedelta(days=7), timedelta(days=30), timedelta(days=90), None)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


@dataclass(frozen=True)
class Trial:
    """One setting at one value, and all others as configured."""

    parameter: str
    value: str
    settings: Settings
    is_configured: bool

    @property
    def fingerprint(self) -> str:
        """Name the settings, of which several trials may have the same."""
        return self.settings.fingerprint()


def list_trials(settings: Settings) -> list[Trial]:
    """List silences halved and doubled, ways to stitch and lookbacks, with the configured value.

    What the config would refuse, such as journeys shorter than sessions, is not tried.
    """
    values: dict[tuple[str, str], Sequence[object]] = {
        **{
            (section, key): _half_to_double(getattr(settings, section), key)
            for section, key in _LENGTHS
        },
        ("identity", "mode"): get_args(StitchingMode),
        ("attribution", "lookback"): _lookbacks(settings.attribution.lookback),
    }
    trials = [
        _trial(settings, section, key, value)
        for (section, key), tried in values.items()
        for value in tried
    ]
    return [trial for trial in trials if _is_allowed(trial.settings)]


def _half_to_double(section: Section, key: str) -> list[timedelta]:
    length: timedelta = getattr(section, key)
    half = timedelta(seconds=length // timedelta(seconds=2))
    return list(dict.fromkeys((half, length, 2 * length)))


def _lookbacks(configured: timedelta | None) -> list[timedelta | None]:
    tried = {configured, *_LOOKBACKS}
    return sorted(tried, key=lambda lookback: lookback or timedelta.max)


def _trial(settings: Settings, section: str, key: str, value: object) -> Trial:
    own: Section = getattr(settings, section)
    changed = own.model_copy(update={key: value})
    return Trial(
        f"{section}.{key}",
        _written(value),
        settings.model_copy(update={section: changed}),
        is_configured=changed == own,
    )


def _is_allowed(settings: Settings) -> bool:
    sessions, journeys = settings.sessions, settings.journeys
    longest = max(sessions.silence, sessions.store_silence, sessions.contact_silence)
    return min(journeys.silence, journeys.after_silence) >= longest


def _written(value: object) -> str:
    """Write a value as recorrido.toml has it; no lookback at all is `none`."""
    if not isinstance(value, timedelta):
        return str(value or "none")
    for unit, length in _UNITS.items():
        if value and not value % length:
            return f"{value // length}{unit}"
    return f"{value // timedelta(seconds=1)}s"
