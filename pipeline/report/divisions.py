"""What each model gives to each name of visits, read from the table of attribution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.report.notation import Notation
from pipeline.report.small_cells import OTHER
from pipeline.report.texts import Texts

# Every model that divides, in the order in which they are listed; participation does not.
DIVIDING = (
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "j",
    "inverse_j",
    "time_decay",
    "markov_1",
    "markov_2",
    "markov_3",
    "shapley",
)
LISTED = (*DIVIDING, "participation")
SHOWN = ("last_non_direct", "linear", "markov_1", "shapley")
# Campaigns are ordered by it: Shapley is not divided so finely.
LEADING = "markov_1"
_MOST_TRAFFICS = 14

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Division:
    """One name of visits and what each model gives it."""

    name: str
    note: str
    is_unattributed: bool
    by_model: dict[str, Row]

    @property
    def spend(self) -> Any:
        """What was spent on it: the same whatever the model."""
        return next(iter(self.by_model.values()))["spend"]

    def of_all(self, column: str) -> dict[str, Any]:
        """Give a column by the models that divide."""
        return {m: self.by_model[m][column] for m in DIVIDING if m in self.by_model}


def traffics_of(credits: pl.DataFrame, texts: Texts) -> list[Division]:
    """Give the traffics that earned most in the mean of the shown models first, the rest last."""
    of_traffic = credits.filter(dimension="traffic").rows(named=True)
    found: dict[str | None, dict[str, Row]] = {}
    for row in of_traffic:
        found.setdefault(row["traffic"], {})[row["model"]] = row
    divisions = [
        Division(
            texts.say("credit.unattributed" if name is None else "page.other")
            if name in (None, OTHER)
            else str(name),
            texts.say("credit.unattributed_note") if name is None else "",
            name is None,
            by_model,
        )
        for name, by_model in found.items()
    ]
    return sorted(
        divisions,
        key=lambda each: (
            each.is_unattributed,
            -sum(each.by_model[model]["conversions"] for model in SHOWN),
            each.name,
        ),
    )


def campaigns_of(credits: pl.DataFrame) -> list[Division]:
    """Give the campaigns by what the leading model credits to them."""
    of_campaign = credits.filter(
        (pl.col("dimension") == "campaign") & pl.col("campaign").is_not_null()
    )
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in of_campaign.iter_rows(named=True):
        found.setdefault((row["campaign"], row["traffic"]), {})[row["model"]] = row
    divisions = [
        Division(campaign, traffic, False, by_model)
        for (campaign, traffic), by_model in found.items()
    ]
    return sorted(
        divisions,
        key=lambda each: (-each.by_model[LEADING]["conversions"], each.name, each.note),
    )


def fold(divisions: list[Division], texts: Texts, notation: Notation) -> list[Division]:
    """Put the least together in one row, so that what is shown still sums to all."""
    named = [each for each in divisions if not each.is_unattributed]
    least = named[_MOST_TRAFFICS:]
    if len(least) < 2:
        return divisions
    rest = {model: sum_up([each.by_model[model] for each in least]) for model in least[0].by_model}
    name = texts.say("credit.rest", number=notation.number(len(least)))
    folded = Division(name, "", False, rest)
    return [*named[:_MOST_TRAFFICS], folded, *(each for each in divisions if each.is_unattributed)]


def sum_up(rows: Sequence[Row]) -> Row:
    """Add the credits of one model; costs are not told of a sum."""
    spends = [row["spend"] for row in rows if row["spend"] is not None]
    return {
        "conversions": sum(row["conversions"] for row in rows),
        "revenue": sum(row["revenue"] for row in rows),
        "share": sum(row["share"] for row in rows),
        "error": None,
        "spend": sum(spends) if spends else None,
        # What has no spend would make the rest look cheaper.
        "cpa": None,
        "roas": None,
    }
