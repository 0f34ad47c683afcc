"""How many have not gone on by when: the curve of Kaplan and Meier, from counts in bins of time.

Tables have a row for each cell and a column for each bin, from the shortest times to the longest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_QUANTILE = 1.959963984540054  # of the normal distribution, for 95%


@dataclass(frozen=True)
class Hazards:
    """The chance to go on in a bin for those who came so far, its variance, and how many came.

    nan where nobody was watched for so long.
    """

    chance: Numbers
    variance: Numbers
    at_risk: Numbers

    def of_rows(self, rows: NDArray[np.intp]) -> "Hazards":
        """Give the hazards of some cells, in that order."""
        return Hazards(self.chance[rows], self.variance[rows], self.at_risk[rows])


def hazards(went_on: Numbers, not_yet: Numbers) -> Hazards:
    """Tell the hazards of those who went on in a bin, and those watched up to it who have not.

    Nobody knows where in its bin a journey was last watched: it counts half there, as actuaries do.
    """
    at_risk = _from_here_on(went_on + not_yet) - not_yet / 2
    chance = quotient(went_on, at_risk)
    return Hazards(chance, quotient(chance * (1 - chance), at_risk), at_risk)


def continue_by(own: Hazards, not_yet: Numbers, parent: Hazards) -> Hazards:
    """Continue young cells by the hazards of their parents, row by row.

    A cell speaks for itself as long as half of those who have not gone on were watched. Later on
    few are left, and one of them who goes on would move the whole curve.
    """
    watched = _from_here_on(not_yet)
    is_own = 2 * watched >= watched[:, :1]
    return Hazards(
        np.where(is_own, own.chance, parent.chance),
        np.where(is_own, own.variance, parent.variance),
        np.where(is_own, own.at_risk, 0),
    )


def shares_left(hazards: Hazards) -> Numbers:
    """Give the share that has not gone on by the end of each bin: the product of what stays."""
    left = np.cumprod(1 - hazards.chance, axis=1)
    return np.where(_are_all_gone(hazards), 0, left)


def interval_left(hazards: Hazards, at: int) -> tuple[Numbers, Numbers]:
    """Give the 95% interval of the share that has not gone on by the end of the bin `at`.

    Greenwood's variance on the scale of log(−log), which keeps the bounds between 0 and 1. That
    scale has neither 0 nor 1: there stands Wilson's interval of as many journeys as the last at
    risk stand for.
    """
    left = shares_left(hazards)
    share = left[:, at]
    is_inside = (share > 0) & (share < 1)
    logarithm = np.log(share, out=np.full(share.shape, -1.0), where=is_inside)
    stays = np.where(hazards.chance < 1, (1 - hazards.chance) ** 2, np.nan)
    variance = np.sum(quotient(hazards.variance, stays)[:, : at + 1], axis=1)
    reach = np.exp(_QUANTILE * np.sqrt(np.where(is_inside, variance, 0)) / -logarithm)
    leeway = _QUANTILE**2 / (_QUANTILE**2 + _stood_for(hazards, left)[:, at])
    low = np.where(is_inside, share**reach, share * (1 - leeway))
    high = np.where(is_inside, share ** (1 / reach), share + (1 - share) * leeway)
    return low, high


def _stood_for(hazards: Hazards, left: Numbers) -> Numbers:
    """Tell for how many journeys, watched from the beginning, the last at risk stand by each bin.

    Without journeys that are not watched to the end it is all of them.
    """
    before = np.hstack([np.ones((len(left), 1)), left[:, :-1]])
    is_known = (hazards.at_risk > 0) & (before > 0)
    columns = np.where(is_known, np.arange(left.shape[1]), 0)
    last = np.maximum.accumulate(columns, axis=1)
    stood_for: Numbers = np.take_along_axis(quotient(hazards.at_risk, before), last, axis=1)
    return stood_for


def _are_all_gone(hazards: Hazards) -> NDArray[np.bool_]:
    return np.logical_or.accumulate(hazards.chance == 1, axis=1)


def _from_here_on(counts: Numbers) -> Numbers:
    """Sum each row from a column to its end."""
    return np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]


def quotient(parts: Numbers, wholes: Numbers) -> Numbers:
    """Divide, and leave nan where there is nothing to divide by."""
    quotients: Numbers = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=quotients, where=wholes > 0)
    return quotients
