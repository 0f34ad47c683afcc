"""What is unusual tonight, compared with the same weekdays before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from scipy.special import stdtrit

WEEKS = 8  # how far back a weekday is remembered
FEWEST = 4  # of the same weekday; with fewer nothing is said
_TAIL = 0.0003  # how often chance alone may pass one bound
_OUTLIER = 3.0  # residuals further out, in robust deviations, say nothing about the usual spread
_MAD_TO_DEVIATION = 1.4826
_MOSTLY = 0.75  # of the nights before, something has to have come: else silence is usual

Kind = Literal["silent", "low", "high"]


@dataclass(frozen=True)
class Measured:
    """One figure about one day: a count, or one `out_of` a larger count."""

    day: date
    value: float
    out_of: float | None = None

    @property
    def rate(self) -> float:
        """The figure itself, or the share that it is."""
        return self.value if self.out_of is None else self.value / self.out_of


@dataclass(frozen=True)
class Measure:
    """What deserves a word besides being beyond chance.

    A count has to fall below `low` times, or rise above `high` times what is usual; a share to move
    by `step`. `grain` is what one unit of the count weighs: of revenue, an order.
    """

    low: float | None = None
    high: float | None = None
    step: float | None = None
    falls: bool = False


@dataclass(frozen=True)
class Unusual:
    """A figure out of its bounds, with what is usual on its weekday."""

    kind: Kind
    value: float
    expected: float
    low: float
    high: float
    days: int


def judge(
    tonight: Measured, past: Iterable[Measured], measure: Measure, *, grain: float = 1.0
) -> Unusual | None:
    """Tell whether a figure is unusual; none where it is not, or where too little is known.

    The expected figure is the median of the same weekday in the last eight weeks. The bounds are
    those of Farrington, Andrews, Beale and Catchpole (1996), A statistical algorithm for the early
    detection of outbreaks of infectious disease, J. R. Stat. Soc. A 159, 547-563: counts whose
    variance is a multiple of their mean (quasi-Poisson), made symmetric by the power of 2/3,
    expected * (1 ± 2/3 * z * deviation / expected) ^ (3/2). The multiple is told by how far each
    night before lay from the others of its weekday, without outliers, and is no less than that of
    pure chance, `grain`; few nights widen the bounds by Student's t.
    """
    days = _by_weekday(tonight, past)
    same = days.get(tonight.day.weekday(), [])
    if len(same) < FEWEST or tonight.out_of == 0 or not _is_usual(same, measure):
        return None
    expected = _expected(same, tonight)
    residuals = [
        residual
        for group in days.values()
        if len(group) >= FEWEST
        for residual in _residuals(group)
    ]
    freedom = len(residuals) - sum(len(group) >= FEWEST for group in days.values())
    width = float(stdtrit(freedom, 1 - _TAIL)) * max(_spread(residuals), grain) ** 0.5
    low, high = _bounds(expected, width)
    kind = _kind(tonight, expected, low, high, measure)
    if measure.step is not None and not _is_rare(tonight, days):
        return None
    return kind and Unusual(kind, tonight.value, expected, low, high, len(same))


def _by_weekday(tonight: Measured, past: Iterable[Measured]) -> Mapping[int, Sequence[Measured]]:
    """Sort the days before by weekday: those within reach of which there is anything to say."""
    first = tonight.day - timedelta(weeks=WEEKS)
    days: dict[int, list[Measured]] = {}
    for one in past:
        if first <= one.day < tonight.day and one.out_of != 0:
            days.setdefault(one.day.weekday(), []).append(one)
    return days


def _is_usual(same: Sequence[Measured], measure: Measure) -> bool:
    """Tell whether something comes on this weekday as a rule; a share may well be none."""
    spoke = sum(one.value > 0 for one in same)
    return measure.step is not None or spoke >= _MOSTLY * len(same)


def _is_rare(tonight: Measured, days: Mapping[int, Sequence[Measured]]) -> bool:
    """Tell whether a share is beyond those of all days before but one: they come in bursts."""
    rates = sorted(one.rate for group in days.values() for one in group)
    return not rates[1] <= tonight.rate <= rates[-2]


def _expected(same: Sequence[Measured], one: Measured) -> float:
    """Say what the others of its weekday make expect; never quite none, for chance has no zero."""
    if one.out_of is None:
        return max(median(other.rate for other in same), 0.5)
    share = median((other.value + 0.5) / ((other.out_of or 0) + 1) for other in same)
    return share * one.out_of


def _residuals(group: Sequence[Measured]) -> list[float]:
    """Say how far each day lay from the others of its weekday, in deviations of pure chance."""
    residuals = []
    for number, one in enumerate(group):
        expected = _expected([*group[:number], *group[number + 1 :]], one)
        residuals.append((one.value - expected) / expected**0.5)
    return residuals


def _spread(residuals: Sequence[float]) -> float:
    """Give the variance of residuals without their outliers."""
    reach = _OUTLIER * _MAD_TO_DEVIATION * median(map(abs, residuals))
    near = [residual for residual in residuals if abs(residual) <= reach]
    return sum(residual**2 for residual in near) / len(near)


def _bounds(expected: float, width: float) -> tuple[float, float]:
    lean = 2 / 3 * width / expected**0.5
    return expected * max(0.0, 1 - lean) ** 1.5, expected * (1 + lean) ** 1.5


def _kind(
    tonight: Measured, expected: float, low: float, high: float, measure: Measure
) -> Kind | None:
    value, step = tonight.value, measure.step
    if step is not None:
        moved = (value - expected) / (tonight.out_of or 1)
        if value > high and moved >= step:
            return "high"
        return "low" if measure.falls and value < low and -moved >= step else None
    if measure.low is not None and value < min(low, measure.low * expected):
        return "silent" if value == 0 else "low"
    is_high = measure.high is not None and value > max(high, measure.high * expected)
    return "high" if is_high else None
