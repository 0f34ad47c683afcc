"""The rules of one project, as the kernels need them: silences, places, and what events mean."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipeline.vocabulary import DEFAULT_RULES, PLACE_OF_CHANNEL, Condition, Place, Rule

Break = Literal["midnight", "campaign"]


def _default_silences() -> Mapping[Place, timedelta]:
    return {
        "online": timedelta(minutes=30),
        "store": timedelta(hours=2),
        "contact": timedelta(hours=24),
    }


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides a customer's journeys besides the customer's touches.

    `sources` are the names of the sources in the order of the config: a source's place in it is its
    rank. `amount_rank` names the sources whose word on an order's amount counts first; the others
    follow in their order. `break_on` adds session breaks; `midnight` is that of `time_zone`.
    `lookback` and `half_life` are those of credits (pipeline.journey.credits).
    """

    rules: tuple[Rule, ...] = DEFAULT_RULES
    sources: tuple[str, ...] = ()
    amount_rank: tuple[str, ...] = ()
    silences: Mapping[Place, timedelta] = field(default_factory=_default_silences)
    journey_silence: timedelta = timedelta(days=90)
    after_silence: timedelta = timedelta(days=180)
    break_on: frozenset[Break] = frozenset()
    use_source_sessions: bool = False
    time_zone: str = "UTC"
    lookback: timedelta | None = None
    half_life: timedelta = timedelta(days=7)
    places: Mapping[str, Place] = field(default_factory=lambda: dict(PLACE_OF_CHANNEL))

    def rule_of(
        self, event: str, channel: str, source: str, held: Collection[Condition] = ()
    ) -> Rule | None:
        """Give the first rule that matches a touch, or None where no rule knows it.

        `held` are those of `conditions()[event]` that hold for it.
        """
        return next(
            (rule for rule in self.rules if rule.matches(event, channel, source, held)), None
        )

    def conditions(self) -> dict[str, tuple[Condition, ...]]:
        """List what the rules ask of the properties of touches, by event, each thing once."""
        asked: dict[str, dict[Condition, None]] = {}
        for rule in self.rules:
            for condition in rule.asks:
                asked.setdefault(rule.event, {})[condition] = None
        return {event: tuple(each) for event, each in asked.items()}

    def place_of(self, channel: str) -> Place:
        """Give the place where touches of a channel happen; what is not listed is online."""
        return self.places.get(channel, "online")

    def amount_rank_of(self, source: str) -> int:
        """Give a source's rank for the amounts of orders: the smallest number has the last word."""
        order = (
            *self.amount_rank,
            *(name for name in self.sources if name not in self.amount_rank),
        )
        return order.index(source) if source in order else len(order)
