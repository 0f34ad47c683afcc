"""Text that cannot steer a terminal, or pretend to be what it is not."""

import json

_STAND_IN = "\ufffd"


def is_text(told: str) -> bool:
    """Tell whether it is text: bytes that are none in UTF-8 come in as halves of letters."""
    return told.encode(errors="replace").decode() == told


def printable(text: object, *, keep: str = "") -> str:
    """Give text with a mark in place of each letter that is not shown as itself.

    Such are escapes, line ends, marks that turn the direction of writing, and halves of letters.
    What `keep` names stays.
    """
    return "".join(
        letter if letter.isprintable() or letter in keep else _STAND_IN for letter in str(text)
    )


def printable_json(text: str) -> str:
    """Give JSON of one line that means the same, with such letters escaped."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)
