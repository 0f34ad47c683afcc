"""What is wrong in a config, for people: key, line, what was found and what would be right."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pipeline.config_file import key_of, line_of
from pipeline.setting_values import CURRENCY, NAME, SOME_TEXT

_TABLE_TYPES = ("model_type", "dict_type", "model_attributes_type")
# What is expected where a check of Pydantic's own fails, by its name.
_EXPECTED = {
    "bool_parsing": "true or false, without quotation marks",
    "bool_type": "true or false, without quotation marks",
    "dict_type": "a table of names and values, {{ … }}",
    "float_parsing": "a number, without quotation marks",
    "float_type": "a number, without quotation marks",
    "greater_than_equal": "{ge:.15g} or more",
    "int_parsing": "a whole number, without quotation marks",
    "int_type": "a whole number, without quotation marks",
    "less_than_equal": "{le:.15g} at most",
    "literal_error": "{expected}",
    "model_type": "a table of keys and values",
    "path_type": "a path, in quotation marks",
    "string_too_long": "{max_length} letter(s) at most",
    "string_too_short": "{min_length} letter(s) or more",
    "string_type": "a text, in quotation marks",
    "too_short": "at least {min_length} of it",
    "tuple_type": "a list, in brackets",
}
_EXPECTED_OF_PATTERNS = {
    CURRENCY: "expected a currency of three capitals, such as 'EUR'",
    NAME: "expected a name of letters, digits, dots, - and _, and first a letter or digit",
    SOME_TEXT: "expected some text, found none",
}
# An address with a password in it.
_SECRET = re.compile(r"://[^/\s]*@")


def explain(error: ValidationError, model: type[BaseModel], file: Path, text: str) -> str:
    """Say of everything that is wrong its line, its key, what is right, and what was found."""
    found = error.errors()
    # A list with a wrong item also counts as too short.
    real = [detail for detail in found if detail["type"] != "too_short"] or found
    details = [_explain_one(dict(detail), model, text) for detail in real]
    return f"{file} has {len(details)} thing(s) to mend:\n" + "\n".join(
        f"  {detail}" for detail in details
    )


def _explain_one(detail: Mapping[str, Any], model: type[BaseModel], text: str) -> str:
    location = tuple(detail["loc"])
    line = line_of(text, location)
    where = f"line {line}: " if line else ""
    key = key_of([part for part in location if part != "[key]"])
    if detail["type"] == "extra_forbidden":
        known = _keys_of(model, location[:-1])
        close = get_close_matches(str(location[-1]), known, n=1)
        mend = f"did you mean '{close[0]}'?" if close else f"it has: {', '.join(known)}"
        return f"{where}'{key}' is not a key here; {mend}"
    if detail["type"] == "missing":
        return f"{where}'{key}' is missing"
    message = _in_our_words(detail)
    if detail["type"] == "tuple_type" and isinstance(detail.get("input"), dict):
        message = f"expected [[{key}]], in two brackets, for there may be several"
    if detail["type"] in _TABLE_TYPES and isinstance(detail.get("input"), list):
        message = f"expected [{key}], in one bracket, for there is one"
    found = None if _SECRET.search(str(detail.get("input"))) else detail.get("input")
    shown = str(found).lower() if isinstance(found, bool) else repr(found)  # as TOML writes it
    told = f", found {shown}" if isinstance(found, str | int | float) else ""
    return f"{where}{key + ': ' if key else ''}{message}{told}"


def _in_our_words(detail: Mapping[str, Any]) -> str:
    """Say what was expected; what a check of ours says is in our words already."""
    limits = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch":
        return _EXPECTED_OF_PATTERNS.get(limits["pattern"], "expected another text")
    if detail["type"] in _EXPECTED:
        return "expected " + _EXPECTED[detail["type"]].format(**limits)
    said = str(detail["msg"]).removeprefix("Value error, ")
    return said.replace("Input should be", "expected").removesuffix(" instance")


def _keys_of(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """List the keys that the table at a location knows."""
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        inner = model.model_fields[part].annotation
        models = [kind for kind in (inner, *get_args(inner)) if _is_section(kind)]
        if models:
            model = models[0]
    return [name for name in model.model_fields if name != "dir"]


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
