"""Credits: by each rule of attribution, how much of its journey's conversion a visit has earned."""

from datetime import timedelta

import polars as pl

from pipeline.journey.order import last_row, row_numbers, scattered, starts_run

RULES = (
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "j",
    "inverse_j",
    "time_decay",
)

_MIDDLE = 0.2  # what those between the first and the last share, where these have more

_ONLY = pl.col("visits") == 1
_OF_TWO = pl.col("visits") == 2
_FIRST = pl.col("number") == 1
_LAST = pl.col("number") == pl.col("visits")


def add_credits(
    visits: pl.DataFrame, *, lookback: timedelta | None, half_life: timedelta
) -> pl.DataFrame:
    """Add a column `credit_…` for each of `RULES`: the share of the conversion that a visit earns.

    In: a journey's visits together and in order; journey, traffic, to_conversion. A visit earns if
    it began before the conversion, at most `lookback` earlier where that is given; null is a visit
    that earns nothing by any rule. The shares of a journey sum to 1, if it has any.
    """
    is_early_enough = True if lookback is None else pl.col("to_conversion") <= lookback
    earns = pl.col("to_conversion").is_not_null() & is_early_enough
    rows = row_numbers(visits).filter(visits.select(earns).to_series())
    earning = _numbered(visits.select("journey", "traffic", "to_conversion")[rows])
    earning = _add_weight(earning, half_life)
    credits = earning.select(
        first=_FIRST.cast(pl.Float64),
        last=_LAST.cast(pl.Float64),
        last_non_direct=_is_last_non_direct().cast(pl.Float64),
        linear=1 / pl.col("visits"),
        position=_ends_and_middle(first=0.4, last=0.4, first_of_two=0.5),
        j=_ends_and_middle(first=0.2, last=0.6, first_of_two=0.25),
        inverse_j=_ends_and_middle(first=0.6, last=0.2, first_of_two=0.75),
        time_decay=pl.col("weight") / pl.col("weight").sum().over("start"),
    )
    return visits.with_columns(
        scattered(visits.height, rows, credits[rule]).alias(f"credit_{rule}") for rule in RULES
    )


def _numbered(earning: pl.DataFrame) -> pl.DataFrame:
    """Number each journey's visits from 1, and say where they begin and end, and how many."""
    is_start = earning.select(starts_run("journey")).to_series()
    starts = is_start.arg_true()
    ends = starts.shift(-1, fill_value=earning.height) - 1
    run = is_start.cum_sum() - 1
    start, end = starts.gather(run), ends.gather(run)
    row = row_numbers(earning)
    return earning.with_columns(
        row=row, start=start, end=end, number=row - start + 1, visits=end - start + 1
    )


def _is_last_non_direct() -> pl.Expr:
    """Tell the last visit that did not come direct; if all of the journey's did, the last."""
    at_end = last_row(pl.col("traffic").ne_missing("direct")).gather("end")
    return pl.col("row") == pl.when(at_end >= pl.col("start")).then(at_end).otherwise("end")


def _ends_and_middle(*, first: float, last: float, first_of_two: float) -> pl.Expr:
    return (
        pl.when(_ONLY)
        .then(1.0)
        .when(_OF_TWO)
        .then(pl.when(_FIRST).then(first_of_two).otherwise(1 - first_of_two))
        .when(_FIRST)
        .then(first)
        .when(_LAST)
        .then(last)
        .otherwise(_MIDDLE / (pl.col("visits") - 2))
    )


def _add_weight(earning: pl.DataFrame, half_life: timedelta) -> pl.DataFrame:
    """Weigh a visit by half for each half-life that lies between it and the journey's last one.

    Counted from the last visit and not from the conversion, the shares are the same, and weights of
    long ago do not all vanish.
    """
    before_last = earning["to_conversion"] - earning["to_conversion"].gather(earning["end"])
    half_lives = before_last.dt.total_microseconds() / (half_life // timedelta(microseconds=1))
    return earning.with_columns(weight=0.5**half_lives)
