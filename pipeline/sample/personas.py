"""Who buys flowers: four kinds of customers, and passers-by who only ever see the ads."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Where a walk may go from each of the four stages before the purchase is made.
WALK_STATES = ("need", "research", "evaluation", "purchase", "bought", "left")
BOUGHT = WALK_STATES.index("bought")
LEFT = WALK_STATES.index("left")


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of customer, in chances.

    `starts` are the chances that a journey begins in each of the first four stages. `walk` has a
    row for each of them: the chances of what comes next, in the order of WALK_STATES.
    `away_days` is the usual pause between two visits, `stays` the chance to go on in the same one.
    `arrivals` weighs how a visit comes, in the order of arrivals.ARRIVALS.
    """

    name: str
    share: float
    journeys: float
    lead_days: float
    starts: tuple[float, ...]
    walk: tuple[tuple[float, ...], ...]
    away_days: float
    stays: float
    buys_in_store: float
    buys_again: float
    has_account: float
    has_card: float
    reads_newsletter: float
    arrivals: tuple[float, ...]


PLANNER = Persona(
    "planner", 0.21, 2.4, 12.0,
    starts=(0.30, 0.50, 0.18, 0.02),
    walk=(
        (0.05, 0.56, 0.12, 0.01, 0.0, 0.26),
        (0.03, 0.06, 0.56, 0.02, 0.0, 0.33),
        (0.01, 0.22, 0.07, 0.40, 0.0, 0.30),
        (0.00, 0.04, 0.12, 0.00, 0.68, 0.16),
    ),
    away_days=3.0, stays=0.45, buys_in_store=0.12, buys_again=0.22,
    has_account=0.55, has_card=0.22, reads_newsletter=0.30,
    arrivals=(0.18, 0.30, 0.06, 0.05, 0.18, 0.12, 0.06, 0.05),
)  # fmt: skip
LAST_MINUTE = Persona(
    "last_minute", 0.23, 2.1, 0.4,
    starts=(0.18, 0.52, 0.24, 0.06),
    walk=(
        (0.02, 0.55, 0.15, 0.03, 0.0, 0.25),
        (0.01, 0.03, 0.55, 0.08, 0.0, 0.33),
        (0.00, 0.12, 0.04, 0.52, 0.0, 0.32),
        (0.00, 0.02, 0.08, 0.00, 0.72, 0.18),
    ),
    away_days=0.12, stays=0.80, buys_in_store=0.28, buys_again=0.12,
    has_account=0.30, has_card=0.10, reads_newsletter=0.10,
    arrivals=(0.15, 0.22, 0.05, 0.06, 0.32, 0.12, 0.05, 0.03),
)  # fmt: skip
LOYAL = Persona(
    "loyal", 0.14, 2.6, 4.0,
    starts=(0.26, 0.26, 0.34, 0.14),
    walk=(
        (0.04, 0.44, 0.26, 0.05, 0.0, 0.21),
        (0.02, 0.03, 0.60, 0.10, 0.0, 0.25),
        (0.00, 0.08, 0.05, 0.60, 0.0, 0.27),
        (0.00, 0.01, 0.06, 0.00, 0.82, 0.11),
    ),
    away_days=1.5, stays=0.62, buys_in_store=0.34, buys_again=0.45,
    has_account=0.85, has_card=0.72, reads_newsletter=0.60,
    arrivals=(0.42, 0.10, 0.16, 0.12, 0.05, 0.06, 0.06, 0.03),
)  # fmt: skip
BROWSER = Persona(
    "browser", 0.31, 2.5, 5.0,
    starts=(0.36, 0.50, 0.13, 0.01),
    walk=(
        (0.06, 0.48, 0.06, 0.00, 0.0, 0.40),
        (0.02, 0.08, 0.38, 0.01, 0.0, 0.51),
        (0.01, 0.22, 0.06, 0.13, 0.0, 0.58),
        (0.00, 0.06, 0.14, 0.00, 0.40, 0.40),
    ),
    away_days=5.0, stays=0.50, buys_in_store=0.10, buys_again=0.06,
    has_account=0.22, has_card=0.05, reads_newsletter=0.18,
    arrivals=(0.12, 0.28, 0.04, 0.02, 0.10, 0.22, 0.16, 0.06),
)  # fmt: skip
PASSER_BY = Persona(
    "passer_by", 0.11, 1.8, 5.0,
    starts=(1.0, 0.0, 0.0, 0.0),
    walk=((0.30, 0.0, 0.0, 0.0, 0.0, 0.70), *((0.0, 0.0, 0.0, 0.0, 0.0, 1.0),) * 3),
    away_days=4.0, stays=0.0, buys_in_store=0.0, buys_again=0.0,
    has_account=0.0, has_card=0.0, reads_newsletter=0.0,
    arrivals=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)  # fmt: skip

PERSONAS = (PLANNER, LAST_MINUTE, LOYAL, BROWSER, PASSER_BY)
PERSONA_NAMES = tuple(persona.name for persona in PERSONAS)


def trait(name: str) -> npt.NDArray[np.float64]:
    """Give one trait of all personas, in their order: a number each, or a row of them."""
    return np.array([getattr(persona, name) for persona in PERSONAS], dtype=np.float64)
