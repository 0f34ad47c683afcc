"""The shop's year: when people think of flowers, by day and by hour."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.int64]  # microseconds since 1970, UTC

TIME_ZONE = "America/Santiago"
FIRST_DAY = date(2025, 11, 1)
LAST_DAY = date(2026, 10, 31)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Both ends of the year fall into Chile's summer time, three hours behind UTC. The winter hour is
# left out of what follows: an hour more or less does not change when people shop.
_BEHIND_UTC = 3 * HOUR
YEAR_BEGINS = (FIRST_DAY - date(1970, 1, 1)).days * DAY + _BEHIND_UTC
YEAR_ENDS = ((LAST_DAY - date(1970, 1, 1)).days + 1) * DAY + _BEHIND_UTC
_DAYS = (LAST_DAY - FIRST_DAY).days + 1

# The feast, how much more than a common day it brings, and how many days its shadow is long.
_FEASTS = (
    (date(2025, 12, 24), 2.0, 6.0),
    (date(2026, 2, 14), 7.0, 4.0),
    (date(2026, 3, 8), 2.5, 2.5),
    (date(2026, 5, 10), 11.0, 5.0),
    (date(2026, 9, 18), 1.0, 3.0),
)
_HOUR_WEIGHTS = np.array(
    [2, 1, 1, 0, 0, 0, 1, 3, 6, 9, 11, 12, 12, 11, 9, 9, 10, 11, 13, 15, 16, 15, 11, 6], dtype=float
)
# Display, social and mailing campaigns carry the name of the feast that they lead up to.
_CAMPAIGN_DAYS = (
    (date(2025, 12, 1), date(2025, 12, 24), "navidad"),
    (date(2026, 1, 26), date(2026, 2, 14), "san-valentin"),
    (date(2026, 4, 13), date(2026, 5, 10), "dia-de-la-madre"),
)
_EVERYDAY_CAMPAIGN = "siempre-flores"
CAMPAIGNS = (_EVERYDAY_CAMPAIGN, *(name for _, _, name in _CAMPAIGN_DAYS))


def _day_weights() -> npt.NDArray[np.float64]:
    days = np.arange(_DAYS)
    weekday = (days + FIRST_DAY.weekday()) % 7
    weights = np.where(weekday >= 4, 1.25, 1.0)
    for feast, height, shadow in _FEASTS:
        ahead = (feast - FIRST_DAY).days - days
        weights += np.where(ahead >= 0, height * np.exp(-ahead / shadow), 0.0)
    return weights


def draw_moments(chance: np.random.Generator, *, lead_days: npt.NDArray[np.float64]) -> Moments:
    """Draw when journeys begin: on a day that calls for flowers, less how long one plans ahead."""
    ladder = np.cumsum(_day_weights())
    day = np.searchsorted(ladder, chance.random(lead_days.size) * ladder[-1])
    day = np.maximum(day - np.floor(chance.exponential(lead_days)), 0).astype(np.int64)
    hours = np.cumsum(_HOUR_WEIGHTS)
    hour = np.searchsorted(hours, chance.random(lead_days.size) * hours[-1], side="right")
    within_hour = chance.integers(0, HOUR, lead_days.size)
    moments: Moments = YEAR_BEGINS + day * DAY + hour * HOUR + within_hour
    return moments


def within_opening_hours(moments: Moments, chance: np.random.Generator) -> Moments:
    """Move moments outside 10:00 to 20:00 (summer time) forward to the morning after."""
    time_of_day = (moments - _BEHIND_UTC) % DAY
    midnight = moments - time_of_day
    morning = midnight + 10 * HOUR + chance.integers(0, 4 * HOUR, moments.size)
    moved = np.where(time_of_day < 10 * HOUR, morning, moments)
    return np.where(time_of_day > 20 * HOUR, morning + DAY, moved).astype(np.int64)


def campaign_of(moments: Moments) -> npt.NDArray[np.int64]:
    """Give the number, in CAMPAIGNS, of the campaign that runs at each moment."""
    day = (moments - YEAR_BEGINS) // DAY
    running = np.zeros(moments.size, dtype=np.int64)
    for number, (first, last, _) in enumerate(_CAMPAIGN_DAYS, start=1):
        runs = (day >= (first - FIRST_DAY).days) & (day <= (last - FIRST_DAY).days)
        running[runs] = number
    return running


def mailing_moments() -> Moments:
    """Give when the newsletters go out: every fifth Tuesday at eleven in the morning."""
    first_tuesday = FIRST_DAY + timedelta(days=(1 - FIRST_DAY.weekday()) % 7)
    days = np.arange((first_tuesday - FIRST_DAY).days, _DAYS, 35)
    return YEAR_BEGINS + days * DAY + 11 * HOUR
