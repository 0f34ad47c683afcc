"""The page on sensitivity: how far each setting moves each figure, as small multiples."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report.contents import Language
from pipeline.report.notation import NOTHING, Notation
from pipeline.report.palette import as_css
from pipeline.report.sensitivity_credit import MODELS, divisions
from pipeline.report.sensitivity_texts import value_word, word
from pipeline.report.texts import Texts

_TEMPLATES = Path(__file__).parent / "templates"
COUNTS = ("customers", "sessions", "journeys", "open", "conversions", "revenue")
RATES = (
    "conversion_rate",
    "drop_off_need",
    "drop_off_research",
    "drop_off_evaluation",
    "drop_off_purchase",
)
# A smaller change would be written as 0.0; and scales are never finer than theirs, so that a little
# looks little.
_LEAST_CHANGE = 0.0005
_LEAST_SCALE = 0.02
# From here on an amount has no room in a column but in millions.
_MILLIONS = 10**8

Row = dict[str, Any]


@dataclass(frozen=True)
class SensitivityData:
    """Everything that the page shows; `trials` is the table of `pipeline.sensitivity`."""

    project: str
    currency: str
    time_zone: str
    cut_off: datetime
    made_at: datetime
    trials: pl.DataFrame


@dataclass(frozen=True)
class Move:
    """One figure of one trial: where its dot stands, in percent, and what is written beside it.

    `start` is where what is published stands.
    """

    name: str
    start: int
    at: float
    change: str
    written: str
    is_same: bool


@dataclass(frozen=True)
class TrialRow:
    """One trial: its value, and its moves in the order of the columns."""

    name: str
    is_configured: bool
    moves: list[Move]


@dataclass(frozen=True)
class Setting:
    """A setting with its trials."""

    name: str
    says: str
    key: str
    trials: list[TrialRow]


def render_sensitivity(data: SensitivityData, *, language: Language) -> str:
    """Write the whole page, self-contained: it opens offline and asks nothing of anyone."""
    notation = Notation(language, data.time_zone, data.currency)
    style = as_css() + "".join(
        (_TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "sensitivity.css")
    )
    trials = data.trials.rows(named=True)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sensitivity.html.j2").render(
        language=language,
        data=data,
        say=lambda key, **figures: word(language, key, **figures),
        write=notation,
        headline=headline(trials, notation),
        columns=column_names(language),
        counts=len(COUNTS),
        base=_base_figures(trials, notation),
        settings=setting_moves(trials, notation),
        divisions=divisions(trials, notation),
        style=Markup(style),
        policy=_policy(style),
    )


def _policy(style: str) -> str:
    """Allow this page's own style by its hash, and nothing else at all."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


# ---- Sentences ---------------------------------------------------------------------------------


def headline(trials: Sequence[Row], notation: Notation) -> list[str]:
    """Say what weighs most on the rate of purchases, and whether revenue hangs on anything."""
    language = notation.language
    if not _base(trials)["journeys"]:
        return [Texts(language).say("headline.nothing")]
    rated = [row for row in trials if row["conversion_rate_change"] is not None]
    strongest = max(rated, key=lambda row: abs(row["conversion_rate_change"]), default=None)
    if strongest is None or abs(strongest["conversion_rate_change"]) < _LEAST_CHANGE:
        sentences = [word(language, "headline.steady")]
    else:
        rates = [row["conversion_rate"] for row in rated]
        sentences = [
            word(
                language,
                "headline.rate",
                today=notation.share(_base(trials)["conversion_rate"]),
                low=notation.share(min(rates)),
                high=notation.share(max(rates)),
                parameter=word(language, f"the.{strongest['parameter']}"),
            )
        ]
    if all(
        abs(row[f"{name}_change"] or 0) < _LEAST_CHANGE for row in trials for name in COUNTS[4:]
    ):
        sentences.append(word(language, "headline.revenue"))
    return sentences


# ---- How figures move --------------------------------------------------------------------------


def column_names(language: Language) -> list[str]:
    """Name the columns: the counts, the rates, and the credit."""
    texts = Texts(language)
    stages = [name.removeprefix("drop_off_") for name in RATES[1:]]
    return [
        *(word(language, f"figure.{name}") for name in (*COUNTS, RATES[0])),
        *(
            word(language, "moves.drop_off", stage=texts.node(stage, short=True))
            for stage in stages
        ),
        word(language, "figure.credit_moved"),
    ]


def setting_moves(trials: Sequence[Row], notation: Notation) -> list[Setting]:
    """Give each setting's trials, all of a kind drawn to one scale; models are told apart."""
    own = [row for row in trials if row["parameter"] != MODELS]
    scales = {
        **dict.fromkeys(COUNTS, _scale(own, COUNTS)),
        **dict.fromkeys(RATES, _scale(own, RATES)),
        "credit_moved": _scale(own, ("credit_moved",)),
    }
    parameters = dict.fromkeys(row["parameter"] for row in own)
    return [
        Setting(
            word(notation.language, f"parameter.{parameter}"),
            word(notation.language, f"says.{parameter}"),
            parameter,
            [
                TrialRow(
                    value_word(notation.language, row["value"]),
                    row["is_configured"],
                    [
                        _move(row, name, column, scales[name], notation)
                        for name, column in zip(
                            scales, column_names(notation.language), strict=True
                        )
                    ],
                )
                for row in own
                if row["parameter"] == parameter
            ],
        )
        for parameter in parameters
    ]


def _scale(trials: Sequence[Row], names: Sequence[str]) -> float:
    return max(_LEAST_SCALE, *(abs(_change(row, name) or 0) for row in trials for name in names))


def _change(row: Row, name: str) -> float | None:
    change: float | None = row["credit_moved" if name == "credit_moved" else f"{name}_change"]
    return change


def _move(row: Row, name: str, column: str, scale: float, notation: Notation) -> Move:
    change = _change(row, name)
    is_same = change is None or abs(change) < _LEAST_CHANGE
    language = notation.language
    if change is None or is_same:
        told = word(language, "moves.same")
    elif name in COUNTS:
        told = _signed(change, notation)
    else:
        told = word(language, "moves.points", change=_signed(change, notation, sign=""))
    written = "" if name == "credit_moved" else _written(row, name, notation)
    # Credit moves one way only, away from where it is.
    start, length = (8, 84) if name == "credit_moved" else (50, 46)
    at = round(start + length * (change or 0) / scale, 3)
    return Move(column, start, at, told, written, is_same)


def _signed(change: float, notation: Notation, *, sign: str = "%") -> str:
    """Write a change in hundredths with its sign; small ones to a decimal."""
    decimals = 0 if abs(change) >= 0.0995 else 1
    written = notation.number(abs(change) * 100, decimals=decimals)
    unit = f"\u00a0{sign}" if sign and notation.language == "es" else sign
    return f"{'+' if change > 0 else '−'}{written}{unit}"


def _written(row: Row, name: str, notation: Notation) -> str:
    amount = row[name]
    if amount is None:
        return NOTHING
    if name in RATES:
        return notation.share(amount, decimals=1)
    if name == "revenue" and abs(amount) >= _MILLIONS:
        return f"{notation.number(amount / 10**6)}\u00a0M"
    return notation.money(amount) if name == "revenue" else notation.number(amount)


def _base(trials: Sequence[Row]) -> Row:
    return next(row for row in trials if row["is_configured"])


def _base_figures(trials: Sequence[Row], notation: Notation) -> list[str]:
    base = _base(trials)
    return [_written(base, name, notation) for name in (*COUNTS, *RATES)]
