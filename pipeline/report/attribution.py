"""What earned the purchases: credit by traffic and by campaign, and where the models disagree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil

from pipeline.report.contents import ReportData
from pipeline.report.divisions import (
    DIVIDING,
    LEADING,
    LISTED,
    SHOWN,
    Division,
    Row,
    campaigns_of,
    fold,
    sum_up,
    traffics_of,
)
from pipeline.report.notation import NOTHING, Notation
from pipeline.report.small_cells import OTHER
from pipeline.report.texts import Texts

_MOST_CAMPAIGNS = 10
# Models that lie no further apart divide alike; parts of a conversion so small are none.
_UNNOTED, _WHOLE = 0.005, 0.005


@dataclass(frozen=True)
class Credit:
    """What one model gives: as written, and its bar in percent of the drawing."""

    model: str
    conversions: str
    share: str
    error: str
    revenue: str
    cpa: str
    roas: str
    width: float


@dataclass(frozen=True)
class Mark:
    """One model's share on the line of all models."""

    model: str
    at: float
    told: str


@dataclass(frozen=True)
class CreditRow:
    """A traffic or a campaign: its credits side by side, and from where to where they go."""

    name: str
    note: str
    is_unattributed: bool
    credits: list[Credit]
    marks: list[Mark]
    low: float
    high: float
    told: str
    spend: str
    of_all_models: list[str]


@dataclass(frozen=True)
class CreditTable:
    """The rows, what they sum to, and the scale on which they are drawn."""

    models: list[str]
    all_models: list[str]
    rows: list[CreditRow]
    totals: list[Credit]
    total_of_all_models: list[str]
    spend: str
    scale: list[str]


@dataclass(frozen=True)
class Attribution:
    """The sentences and the tables."""

    sentences: list[str]
    traffics: CreditTable
    campaigns: CreditTable | None
    campaigns_told: list[str]


def attribution(data: ReportData, texts: Texts, notation: Notation) -> Attribution | None:
    """Write what the models credit; none where nobody has bought."""
    traffics = traffics_of(data.attribution, texts)
    if not any(sum(each.of_all("conversions").values()) for each in traffics):
        return None
    campaigns = campaigns_of(data.attribution)
    best = [each for each in campaigns if each.by_model[LEADING]["conversions"]]
    best = best[:_MOST_CAMPAIGNS]
    return Attribution(
        sentences=_sentences(traffics, texts, notation),
        traffics=_table(fold(traffics, texts, notation), texts, notation),
        campaigns=_table(best, texts, notation) if best else None,
        campaigns_told=_campaigns_told(campaigns, best, texts, notation),
    )


def _table(divisions: Sequence[Division], texts: Texts, notation: Notation) -> CreditTable:
    models = [model for model in SHOWN if model in divisions[0].by_model]
    listed = [model for model in LISTED if model in divisions[0].by_model]
    highest = max(max(each.of_all("share").values()) for each in divisions)
    scale = max(1, ceil(10 * highest - 1e-9)) / 10
    sums = {model: sum_up([each.by_model[model] for each in divisions]) for model in listed}
    spend = sums[models[0]]["spend"]
    return CreditTable(
        models=models,
        all_models=listed,
        rows=[_row(each, models, listed, scale, texts, notation) for each in divisions],
        totals=[_credit(model, sums[model], scale, notation) for model in models],
        total_of_all_models=[
            notation.number(sums[model]["conversions"])
            if model in DIVIDING
            else texts.say("credit.does_not_sum")
            for model in listed
        ],
        spend=NOTHING if spend is None else notation.money(spend),
        scale=[notation.share(part * scale) for part in (0, 0.5, 1)],
    )


def _row(
    division: Division,
    models: Sequence[str],
    listed: Sequence[str],
    scale: float,
    texts: Texts,
    notation: Notation,
) -> CreditRow:
    shares = division.of_all("share")
    least, most = min(shares.values()), max(shares.values())
    spend = division.spend
    return CreditRow(
        name=texts.say("page.other") if division.name == OTHER else division.name,
        note="" if division.note == OTHER else division.note,
        is_unattributed=division.is_unattributed,
        credits=[_credit(m, division.by_model[m], scale, notation) for m in models],
        marks=[
            Mark(
                model,
                _within(shares[model], scale),
                f"{texts.say(f'model.{model}')}: {notation.share(shares[model], decimals=1)}",
            )
            for model in models
        ],
        low=_within(least, scale),
        high=_within(most, scale),
        told=texts.say("credit.range_told", least=notation.share(least), most=notation.share(most)),
        spend=NOTHING if spend is None else notation.money(spend),
        of_all_models=[_count(division.by_model[m]["conversions"], notation) for m in listed],
    )


def _credit(model: str, row: Row, scale: float, notation: Notation) -> Credit:
    error, cpa, roas = row["error"], row["cpa"], row["roas"]
    return Credit(
        model=model,
        conversions=_count(row["conversions"], notation),
        share=notation.share(row["share"]),
        error="" if error is None else notation.number(error, decimals=1),
        revenue=notation.money(row["revenue"]),
        cpa="" if cpa is None else notation.money(cpa),
        roas="" if roas is None else notation.number(roas, decimals=1),
        width=_within(row["share"], scale),
    )


def _within(share: float, scale: float) -> float:
    return round(100 * min(1.0, max(0.0, share / scale)), 3)


def _count(conversions: float, notation: Notation) -> str:
    """Write conversions, parts of one with a decimal where they are few."""
    is_whole = abs(conversions - round(conversions)) < _WHOLE
    return notation.number(conversions, decimals=0 if is_whole or conversions >= 10 else 1)


def _sentences(traffics: Sequence[Division], texts: Texts, notation: Notation) -> list[str]:
    """Say how far the models disagree, and over whom most."""
    shares = [each.of_all("share") for each in traffics]
    models = [model for model in DIVIDING if model in shares[0]]
    apart = {
        (one, other): sum(abs(each[one] - each[other]) for each in shares) / 2
        for one, other in combinations(models, 2)
    }
    (one, other), moved = max(apart.items(), key=lambda each: each[1])
    if moved < _UNNOTED:
        return [texts.say("credit.agree")]
    told = texts.say(
        "credit.disagree",
        moved=notation.share(moved),
        one=texts.say(f"model.{one}"),
        other=texts.say(f"model.{other}"),
    )
    spreads = [max(each.values()) - min(each.values()) for each in shares]
    widest = traffics[spreads.index(max(spreads))]
    credited = widest.of_all("conversions")
    least, most = min(models, key=credited.__getitem__), max(models, key=credited.__getitem__)
    return [
        told,
        texts.say(
            "credit.widest",
            name=widest.name,
            least=_count(credited[least], notation),
            one=texts.say(f"model.{least}"),
            most=_count(credited[most], notation),
            other=texts.say(f"model.{most}"),
        ),
    ]


def _campaigns_told(
    campaigns: Sequence[Division], best: Sequence[Division], texts: Texts, notation: Notation
) -> list[str]:
    """Say how much of all the best campaigns are, and what was spent in vain."""
    told = []
    if best:
        share = sum(each.by_model[LEADING]["share"] for each in best)
        told.append(
            texts.say(
                "credit.campaigns_shown",
                shown=notation.number(len(best)),
                all=notation.number(len(campaigns)),
                share=notation.share(share),
            )
        )
    spent = [
        each.spend for each in campaigns if each.spend and not any(each.of_all("share").values())
    ]
    if spent:
        told.append(
            texts.say(
                "credit.wasted" if len(spent) > 1 else "credit.wasted_one",
                number=notation.number(len(spent)),
                currency=notation.currency,
                spend=notation.money(sum(spent)),
            )
        )
    return told
