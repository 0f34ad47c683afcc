"""Names of few customers: folded into `other` before anything of the page is written.

The rule is that of queries/macros/small_cells.sql. Names are what tells customers apart on the
page: a channel, a traffic, a campaign, a device, a segment, a path, a node of the path flow, a kind
of touch, an event that no rule knows.
"""

import json
from collections import Counter
from dataclasses import replace

import polars as pl

from pipeline.report.contents import ReportData

OTHER = "other"
UNATTRIBUTED = "unattributed"  # what trials call the credit that no visit has earned
_CELL = ["dimension", "dimension_value"]
_COUNTS = ["advanced", "settled", "dropped", "open", "undecided"]
_NAMES = ["traffic", "campaign", "channel", "touchpoint"]
# Whose totals are told beside those of a dimension's names.
_KIN = {"campaign": "traffic", "touchpoint": "channel"}
_LAST = "\U0010ffff"  # where SQL puts a name that is null
_BETWEEN = "\x1f"  # parts of a name


def is_folded(
    customers: str,
    *,
    least: int,
    name: pl.Expr,
    part: list[str],
    is_hidden: pl.Expr | None = None,
) -> pl.Expr:
    """Tell which rows are folded, of all that the same table (its part) tells of.

    Those of fewer customers than the least are, and those that are hidden for another reason. If
    that leaves one name alone, or so few customers that they are few together, the next smallest go
    with them: or else the one that is missing could be worked out from the total. A name without a
    customer hides nobody and is never folded.
    """
    size = pl.col(customers).fill_null(0).cast(pl.Float64)
    is_small = size < least if is_hidden is None else (size < least) | is_hidden
    counts = (size > 0).cast(pl.Int64)
    cell: list[str | pl.Expr] = [*part] or [pl.lit(1)]
    in_order = [~is_small, size, name.fill_null(_LAST)]
    before = size.cum_sum().over(cell, order_by=in_order) - size
    names_before = counts.cum_sum().over(cell, order_by=in_order) - counts
    has_few = ((size > 0) & is_small).any().over(cell)
    return (size > 0) & has_few & (is_small | (names_before < 2) | (before < least))


def fold_small_cells(data: ReportData) -> ReportData:
    """Fold what the page tells by name, where `min_customers` says so; totals stay as they are."""
    least = data.min_customers
    if least <= 1:
        return data
    maps = _of_large_segments(data, least)
    return replace(
        data,
        drop_off=_fold_drop_off(data.drop_off, data.named_customers, least),
        attribution=_fold_credits(data.attribution, least),
        path_flow=fold_path_flow(data.path_flow, data.path_customers, least),
        paths=_fold_paths(data.paths, least),
        stage_map=maps["stage_map"],
        journey_map=maps["journey_map"],
        touchpoint_map=maps["touchpoint_map"],
        moments=maps["moments"],
        unmapped=_fold_unmapped(data.unmapped, least),
    )


def _fold_drop_off(
    drop_off: pl.DataFrame, named_customers: pl.DataFrame, least: int
) -> pl.DataFrame:
    """Sum the counts of folded values; what cannot be summed is not told of them."""
    sizes = named_customers.with_columns(
        is_folded=is_folded(
            "customers", least=least, name=pl.col("dimension_value"), part=["dimension"]
        )
    )
    marked = drop_off.join(
        sizes.select(*_CELL, "is_folded"), on=_CELL, how="left", nulls_equal=True
    ).with_columns(pl.col("is_folded").fill_null(value=False))
    kept = marked.filter(~pl.col("is_folded") & (pl.col("dimension_value").ne_missing(OTHER)))
    # A value may be called `other` itself: it is then told with those that are folded.
    has_folded = pl.col("is_folded").any().over("dimension")
    other = marked.with_columns(has_folded=has_folded).filter(
        pl.col("is_folded") | pl.col("dimension_value").eq_missing(OTHER)
    )
    called_other = other.filter(~pl.col("has_folded"))
    summed = (
        other.filter("has_folded")
        .group_by("dimension", "stage", "stage_no", "period")
        .agg(pl.col(*_COUNTS).sum(), pl.col("is_ripe").first())
        .with_columns(
            dimension_value=pl.lit(OTHER),
            is_final=pl.lit(value=False),
            is_significant=pl.lit(value=False),
        )
    )
    frames = [kept, called_other.select(kept.columns), summed]
    return pl.concat(frames, how="diagonal_relaxed").select(drop_off.columns)


def _fold_credits(credits: pl.DataFrame, least: int) -> pl.DataFrame:
    """Sum the credits of names that took part in few conversions; costs are told anew of the sums.

    Each conversion is of one customer, and participation counts all in which a name took part.
    Campaigns are folded within their traffic, and touchpoints within their channel, for the totals
    of these are told as well: of one that is folded itself all are.
    """
    took_part = pl.col("model") == "participation"
    is_named = ~pl.col("is_unattributed")
    name = pl.concat_str(pl.col(*_NAMES), separator=_BETWEEN, ignore_nulls=True)
    kin = (
        pl.when(dimension="campaign")
        .then("traffic")
        .when(dimension="touchpoint")
        .then(pl.col("touchpoint").str.split("/").list.first())
    )
    sizes = credits.filter(took_part & is_named).with_columns(
        kin=kin, of_kin=pl.col("dimension").replace(_KIN)
    )
    sizes = sizes.with_columns(
        is_folded=is_folded("conversions", least=least, name=name, part=["dimension", "kin"])
    )
    folded_kin = sizes.filter("is_folded").select(
        of_kin="dimension", kin=pl.coalesce(*_NAMES), is_folded_kin=pl.lit(value=True)
    )
    sizes = sizes.join(folded_kin, on=["of_kin", "kin"], how="left").select(
        "dimension",
        *_NAMES,
        pl.col("is_folded") | pl.col("is_folded_kin").fill_null(value=False),
        is_unattributed=pl.lit(value=False),
    )
    keys = ["dimension", *_NAMES, "is_unattributed"]
    marked = credits.join(sizes, on=keys, how="left", nulls_equal=True).with_columns(
        pl.col("is_folded").fill_null(value=False)
    )
    kept = marked.filter(~pl.col("is_folded"))
    folded = marked.filter("is_folded").with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(OTHER)).alias(name) for name in _NAMES
    )
    if folded.is_empty():
        return credits
    # A traffic may be called `other` itself: it is then told with those that are folded.
    group = ["model", *keys]
    is_other = pl.struct(group).is_in(
        folded.select(pl.struct(group).unique()).to_series().implode()
    )
    summed = (
        pl.concat([folded, kept.filter(is_other)])
        .group_by(group)
        .agg(
            pl.col("conversions", "revenue", "share").sum(),
            pl.when(pl.col("spend").is_not_null().any()).then(pl.col("spend").sum()).alias("spend"),
        )
    )
    rest = kept.filter(~is_other)
    return pl.concat([rest, summed], how="diagonal_relaxed").select(credits.columns)


def fold_traffics(trials: pl.DataFrame, credits: pl.DataFrame, least: int) -> pl.DataFrame:
    """Sum the shares of traffics that took part in few conversions as published, or in none.

    In: trials with traffic_shares, JSON; `credits` is marts.attribution. What no visit has earned
    is no traffic, and stays.
    """
    if least <= 1:
        return trials
    took_part = credits.filter(
        (pl.col("model") == "participation")
        & (pl.col("dimension") == "traffic")
        & ~pl.col("is_unattributed")
    )
    told = took_part.filter(
        ~is_folded("conversions", least=least, name=pl.col("traffic"), part=[])
        & (pl.col("conversions") >= least)
    )
    names = {*told["traffic"], UNATTRIBUTED}

    def folded(shares: str) -> str:
        summed = Counter[str]()
        for name, share in json.loads(shares).items():
            summed[name if name in names else OTHER] += share
        return json.dumps(summed)

    return trials.with_columns(
        pl.col("traffic_shares").map_elements(folded, return_dtype=pl.String)
    )


def _fold_paths(paths: pl.DataFrame, least: int) -> pl.DataFrame:
    """Leave out the paths of few customers, and add their journeys to those of the other rest."""
    part = ["grain", "until"]
    marked = paths.with_columns(
        is_folded=is_folded("customers", least=least, name=pl.col("path"), part=part)
        & (pl.col("path") != OTHER)
    )
    folded = marked.filter(pl.col("is_folded") | (pl.col("path") == OTHER))
    summed = folded.group_by(*part).agg(pl.col("journeys").sum()).with_columns(path=pl.lit(OTHER))
    kept = marked.filter(~pl.col("is_folded") & (pl.col("path") != OTHER))
    return pl.concat([kept, summed], how="diagonal_relaxed").select(paths.columns)


def fold_path_flow(
    path_flow: pl.DataFrame, path_customers: pl.DataFrame, least: int
) -> pl.DataFrame:
    """Call the nodes of few customers `other`, at each position by itself; links are summed."""
    name = pl.concat_str("stage", "channel", separator=_BETWEEN)
    small = path_customers.filter(is_folded("customers", least=least, name=name, part=["position"]))
    flow = path_flow
    for end, position in (("origin", "position"), ("target", "target_position")):
        kind = [f"{end}_stage", f"{end}_channel"]
        nodes = small.select(
            pl.col("position").alias(position),
            pl.col("stage").alias(kind[0]),
            pl.col("channel").alias(kind[1]),
            is_small=pl.lit(value=True),
        )
        has_name = pl.col("is_small").is_null()
        flow = (
            flow.join(nodes, on=[position, *kind], how="left", maintain_order="left")
            .with_columns(
                *(pl.when(has_name).then(pl.col(column)) for column in kind),
                pl.when(has_name).then(pl.col(end)).otherwise(pl.lit(OTHER)).alias(end),
            )
            .drop("is_small")
        )
    link = [column for column in path_flow.columns if column not in ("journeys", "value")]
    summed = flow.group_by(link, maintain_order=True).agg(pl.col("journeys", "value").sum())
    return summed.select(path_flow.columns)


def _fold_unmapped(unmapped: pl.DataFrame, least: int) -> pl.DataFrame:
    """Sum the touches of events that few customers have, who may have several of them."""
    name = pl.concat_str("source", "channel", "event", separator=_BETWEEN, ignore_nulls=True)
    folded = is_folded("customers", least=least, name=name, part=[])
    other = unmapped.filter(folded).select(pl.col("touches").sum(), event=pl.lit(OTHER))
    told = [unmapped.filter(~folded), other.filter(pl.col("touches") > 0)]
    return pl.concat(told, how="diagonal_relaxed").select(unmapped.columns)


def _of_large_segments(data: ReportData, least: int) -> dict[str, pl.DataFrame]:
    """Leave out the maps of small segments, and of the others the kinds of touch that few met.

    Kinds have no total to be kept: who met one met others as well. But a customer is of one
    segment, so of a kind that one segment's map leaves out another's leaves it out as well: or
    else the one that is missing could be worked out from the map of all.
    """
    sizes = folded_segments(data.stage_map, least)
    maps = {
        name: getattr(data, name).join(
            sizes, on=["segment", "is_all"], how="anti", nulls_equal=True
        )
        for name in ("stage_map", "journey_map", "touchpoint_map", "moments")
    }
    for name in ("journey_map", "touchpoint_map"):
        maps[name] = of_many(getattr(data, name), sizes, least)
    kinds = ["is_all", "segment", "stage", "channel", "event"]
    maps["moments"] = maps["moments"].join(
        maps["touchpoint_map"].select(kinds), on=kinds, how="semi", nulls_equal=True
    )
    return maps


def folded_segments(stage_map: pl.DataFrame, least: int) -> pl.DataFrame:
    """Give the segments that are not told apart, by `segment` and `is_all`, which is false.

    In: marts.stage_map, at least its stage 1, which every customer's journey has reached.
    """
    return (
        stage_map.filter(~pl.col("is_all") & (pl.col("stage_no") == 1))
        .with_columns(
            is_folded=is_folded("customers", least=least, name=pl.col("segment"), part=[])
        )
        .filter("is_folded")
        .select("segment", is_all=pl.lit(value=False))
    )


def of_many(kinds: pl.DataFrame, small_segments: pl.DataFrame, least: int) -> pl.DataFrame:
    """Leave out rows of few customers, and of each kind as many that nobody can be worked out."""
    kind = ["stage", "channel", *(name for name in kinds.columns if name == "event")]
    has_many = pl.col("customers") >= least
    is_small = pl.col("is_small").fill_null(value=False)
    folded = is_folded(
        "customers", least=least, name=pl.col("segment"), part=kind, is_hidden=is_small
    )
    of_segments = (
        kinds.filter(~pl.col("is_all"))
        .join(
            small_segments.with_columns(is_small=pl.lit(value=True)),
            on=["segment", "is_all"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .filter(has_many & ~is_small & ~folded)
    )
    of_all = kinds.filter(pl.col("is_all") & has_many)
    return pl.concat([of_all, of_segments.select(kinds.columns)])
