"""How customers felt along the stages: a face at each, as high as its mood, and a line between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline.report.notation import Notation
from pipeline.report.texts import Texts
from pipeline.vocabulary import STAGES

# In percent of the drawing's height: a face has to stay within it.
_MIDDLE, _REACH = 50.0, 34.0
# From here on a mean is a mood of its own, and not one of many minds.
_CLEAR = 1 / 3


@dataclass(frozen=True)
class Feeling:
    """The mood of a stage: where its face stands, how its mouth bends, what is written."""

    mood: str
    across: float
    down: float
    mouth: str
    mean: str
    told: str
    known: str


@dataclass(frozen=True)
class MoodLine:
    """A piece of the line between two faces; a gap, where a stage between them tells nothing."""

    start: Feeling
    end: Feeling
    is_gap: bool


def feeling(row: Mapping[str, Any], texts: Texts, notation: Notation) -> Feeling | None:
    """Draw the mood of a stage; none where no touch tells any."""
    mean = row["mean_sentiment"]
    if mean is None:
        return None
    mood = "good" if mean >= _CLEAR else "bad" if mean <= -_CLEAR else "mixed"
    ends, bend = round(3.5 - 1.5 * mean, 2), round(3.5 + 4.5 * mean, 2)
    return Feeling(
        mood=mood,
        across=round(100 * (row["stage_no"] - 0.5) / len(STAGES), 3),
        down=round(_MIDDLE - _REACH * mean, 3),
        mouth=f"M-4.5 {ends}Q0 {bend} 4.5 {ends}",
        mean=("+" if mean > 0 else "") + notation.number(mean, decimals=2).replace("-", "−"),
        told=texts.say(
            "map.told",
            positive=notation.number(row["positive"]),
            negative=notation.number(row["negative"]),
        ),
        known=texts.say(
            "map.known",
            known=notation.number(row["known_sentiment"]),
            touches=notation.number(row["touches"]),
        ),
    )


def mood_lines(feelings: Sequence[Feeling | None]) -> list[MoodLine]:
    """Join the faces of the stages, in their order."""
    known = [(number, each) for number, each in enumerate(feelings) if each is not None]
    return [
        MoodLine(start, end, is_gap=later - earlier > 1)
        for (earlier, start), (later, end) in pairwise(known)
    ]
