"""Touches: the scenes played out, line by line, with who, when and on what."""

import numpy as np
import polars as pl

from pipeline.sample.draw import Numbers, words
from pipeline.sample.scenes import CHANNELS, EVENTS, SCENE_NAMES, SCENES, STAGES
from pipeline.sample.season import DAY, SECOND, YEAR_ENDS

_LINES = [line for scene in SCENES for line in scene.lines]
_LENGTH = np.array([len(scene.lines) for scene in SCENES])
_FIRST_LINE = np.cumsum(_LENGTH) - _LENGTH
_LIKELY = np.array([line.likely for line in _LINES])
_SECONDS = np.array([line.seconds for line in _LINES])
_EVENT = np.array([EVENTS.index(line.event) for line in _LINES])
_CHANNEL = np.array([CHANNELS.index(line.channel) for line in _LINES])
_ONLY_ENTRY = np.array([line.only == "entry" for line in _LINES])
_ONLY_LOGIN = np.array([line.only == "login" for line in _LINES])
_SINCE_LOGIN = np.concatenate(
    [np.cumsum([line.only == "login" for line in scene.lines]) > 0 for scene in SCENES]
)
_WEB = CHANNELS.index("web")
# No scene outlasts this, nor the pause before the journey's next step.
_LONGEST_SCENE = DAY


def play_scenes(
    steps: pl.DataFrame, visits: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Play the scene of every step: one row a touch, within the shop's year, in the order of steps.

    Gives person, journey, step, stage, scene, channel, event, occurred_at (µs), visit, order_no,
    stars, and has_login (the touch carries the account's id).
    """
    scene = steps["scene"].to_numpy()
    step = np.repeat(np.arange(scene.size), _LENGTH[scene])
    begins = np.cumsum(_LENGTH[scene]) - _LENGTH[scene]
    line = _FIRST_LINE[scene[step]] + np.arange(step.size) - begins[step]
    visit = steps["visit"].fill_null(-1).to_numpy()[step]
    # The last visit stands in for none: what is no visit is never asked about one.
    logs_in = _of_visit(visits, "logs_in")[visit]
    is_logged_in = _of_visit(visits, "is_logged_in")[visit]
    opens = steps["opens_visit"].to_numpy()[step]
    is_played = chance.random(step.size) < _LIKELY[line]
    is_played &= ~_ONLY_ENTRY[line] | opens
    is_played &= ~_ONLY_LOGIN[line] | (logs_in & ~is_logged_in)
    has_login = is_logged_in | (logs_in & _SINCE_LOGIN[line])
    has_login &= (visit >= 0) & (_CHANNEL[line] == _WEB)
    step, line, has_login = step[is_played], line[is_played], has_login[is_played]
    played = steps.select("person", "journey", "visit", "order_no", "stars").select(
        pl.all().gather(pl.lit(pl.Series(step)))
    )
    return played.with_columns(
        step=pl.lit(pl.Series(step)),
        stage=pl.lit(words(steps["stage"].to_numpy()[step], STAGES)),
        scene=pl.lit(words(scene[step], SCENE_NAMES)),
        channel=pl.lit(words(_CHANNEL[line], CHANNELS)),
        event=pl.lit(words(_EVENT[line], EVENTS)),
        occurred_at=pl.lit(pl.Series(_moments(steps, step, line, chance))),
        has_login=pl.lit(pl.Series(has_login)),
    ).filter(pl.col("occurred_at") < YEAR_ENDS)


def _of_visit(visits: pl.DataFrame, column: str) -> np.ndarray:
    values = visits[column].to_numpy()
    return values if values.size else np.zeros(1, dtype=bool)


def _moments(
    steps: pl.DataFrame, step: Numbers, line: Numbers, chance: np.random.Generator
) -> Numbers:
    """Put the touches of each step one after the other, squeezed where the room is short."""
    pause = _SECONDS[line] * chance.lognormal(0.0, 0.7, line.size) * SECOND
    is_first = np.diff(step, prepend=-1) != 0
    pause[is_first] = 0.0
    elapsed = np.cumsum(pause)
    place = np.cumsum(is_first) - 1
    since = elapsed - elapsed[is_first][place]
    is_last = np.append(is_first[1:], True)[: line.size]
    length = since[is_last][place]
    room = steps["room"].fill_null(_LONGEST_SCENE).to_numpy()[step].clip(max=_LONGEST_SCENE)
    squeeze = np.minimum(1.0, 0.9 * room / np.maximum(length, 1.0))
    moments: Numbers = steps["at"].to_numpy()[step] + (since * squeeze).astype(np.int64)
    return moments
