"""How far on their way customers were when they first met a person of the company."""

from dataclasses import dataclass

import polars as pl

from pipeline.report.notation import Notation
from pipeline.report.texts import Texts


@dataclass(frozen=True)
class Part:
    """A piece of the bar of all purchases, in percent of its width."""

    meaning: str
    name: str
    written: str
    start: float
    width: float


@dataclass(frozen=True)
class Way:
    """The way to the purchase, and where on it the first person was met: mean and median."""

    name: str
    mean: str
    mean_at: float
    median: str
    median_at: float


@dataclass(frozen=True)
class FirstContact:
    """The sentence, whom the purchases had met, and where on their way."""

    sentence: str
    parts: list[Part]
    ways: list[Way]


def first_contact(table: pl.DataFrame, texts: Texts, notation: Notation) -> FirstContact | None:
    """Write the first personal contact of all segments together; none without a purchase."""
    rows = table.filter(pl.col("is_all")).rows(named=True)
    if not rows or not rows[0]["conversions"]:
        return None
    row = rows[0]
    parts, start = [], 0.0
    for meaning in ("met", "met_buying", "unmet"):
        share = row[meaning] / row["conversions"]
        written = f"{notation.number(row[meaning])} · {notation.share(share)}"
        name = texts.say(f"contact.{meaning}")
        parts.append(Part(meaning, name, written, round(start, 3), round(100 * share, 3)))
        start += 100 * share
    counted = {"met": notation.number(row["met"]), "all": notation.number(row["conversions"])}
    if not row["met"]:
        return FirstContact(texts.say("contact.nobody", **counted), parts, [])
    sentence = texts.say(
        "contact.sentence",
        share=notation.share(row["met_rate"]),
        touches=notation.share(row["mean_touches_rate"]),
        time=notation.share(row["mean_time_rate"]),
        **counted,
    )
    ways = [
        Way(
            name=texts.say(f"contact.{name}"),
            mean=notation.share(row[f"mean_{name}_rate"]),
            mean_at=round(100 * row[f"mean_{name}_rate"], 3),
            median=notation.share(row[f"median_{name}_rate"]),
            median_at=round(100 * row[f"median_{name}_rate"], 3),
        )
        for name in ("touches", "time")
    ]
    return FirstContact(sentence, parts, ways)
