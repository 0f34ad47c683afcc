"""How a length of time is written: in the unit in which it reads well."""

from datetime import timedelta

from pipeline.report.notation import NOTHING, Notation
from pipeline.report.texts import Texts

_UNITS = (
    (timedelta(days=1), "days"),
    (timedelta(hours=1), "hours"),
    (timedelta(minutes=1), "minutes"),
)


def written_length(milliseconds: int | None, texts: Texts, notation: Notation) -> str:
    """Write a length of time in days, hours, minutes or seconds; none at all is a moment."""
    if milliseconds is None:
        return NOTHING
    if not milliseconds:
        return texts.say("length.none")
    length = timedelta(milliseconds=milliseconds)
    for unit, name in _UNITS:
        if length >= 2 * unit:
            return texts.say(f"length.{name}", number=notation.number(length / unit))
    seconds = max(1, round(length / timedelta(seconds=1)))
    return texts.say("length.seconds", number=notation.number(seconds))
