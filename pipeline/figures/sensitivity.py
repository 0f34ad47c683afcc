"""How far figures move from those of the settings as they are, trial by trial."""

import json

import polars as pl

RATES = (
    "conversion_rate",
    "drop_off_need",
    "drop_off_research",
    "drop_off_evaluation",
    "drop_off_purchase",
)
_KEY = ("parameter", "value")


def compare_trials(counted: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Lay beside each trial's figures their change, and how its credit is divided.

    In: `counted`, one row per trial: parameter, value, is_configured, and its figures, of which
    `RATES` are shares; `credits`, the trials' traffics: parameter, value, traffic, share, summing
    to 1 a trial. Out: the same rows in the same order, and for each figure `…_change`: of a rate
    the difference, of what is counted the quotient less 1, null where there is no base to it;
    top_traffic, top_share; credit_moved, the share that stands under another traffic than as
    configured (the total variation distance); traffic_shares, all of them as JSON.
    """
    figures = [name for name in counted.columns if name not in (*_KEY, "is_configured")]
    base = counted.filter("is_configured").row(0, named=True)
    changes = [_change(name, base[name]).alias(f"{name}_change") for name in figures]
    return (
        counted.with_columns(changes)
        .join(_divisions(credits), on=_KEY, how="left", maintain_order="left")
        .join(_moved(counted, credits), on=_KEY, how="left", maintain_order="left")
    )


def _change(name: str, base: object) -> pl.Expr:
    figure = pl.col(name).cast(pl.Float64)
    to = pl.lit(base).cast(pl.Float64)
    return figure - to if name in RATES else pl.when(to != 0).then(figure / to - 1)


def _divisions(credits: pl.DataFrame) -> pl.DataFrame:
    """Give each trial the traffic with most credit, and the whole division as JSON."""
    in_order = credits.sort("share", "traffic", descending=[True, False])
    return pl.DataFrame(
        [
            (
                *key,
                own["traffic"][0],
                own["share"][0],
                json.dumps(dict(own.select("traffic", "share").iter_rows())),
            )
            for key, own in in_order.group_by(_KEY, maintain_order=True)
        ],
        schema={
            **dict.fromkeys((*_KEY, "top_traffic"), pl.String),
            "top_share": pl.Float64,
            "traffic_shares": pl.String,
        },
        orient="row",
    )


def _moved(counted: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Give each trial half the sum of what its traffics' shares differ by from the configured."""
    configured = counted.filter("is_configured").select(_KEY).head(1)
    base = credits.join(configured, on=_KEY).select("traffic", base="share")
    trials = credits.select(_KEY).unique()
    pairs = trials.join(
        pl.concat([credits["traffic"], base["traffic"]]).unique().to_frame(), how="cross"
    )
    return (
        pairs.join(credits, on=[*_KEY, "traffic"], how="left")
        .join(base, on="traffic", how="left")
        .group_by(_KEY)
        .agg(
            credit_moved=(pl.col("share").fill_null(0) - pl.col("base").fill_null(0)).abs().sum()
            / 2
        )
    )
