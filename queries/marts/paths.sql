-- One row per grain, reach and distinct path: how many journeys went it, and what came of them.
--
-- Source: counts.paths, counts.path_times.
-- Grains: `stage` (steps by stage), `stage_channel` (steps by stage/channel of their first
-- touch). Back-steps count. Until `end` a path is all of a journey's steps; until `purchase` it
-- is those before its first step in the purchase stage or a later one (`start`: there are none),
-- so that whoever bought and whoever was lost can be on the same path, and rates tell something.
--
-- A path of more than [paths] steps is cut there and ends in an ellipsis. The [paths] listed
-- paths with most journeys (of equal ones the first by name) have a row each, and all others are
-- one row, `other`: so every grain and reach holds each journey once, however many paths there
-- are. Customers do not add up over paths: `other` tells none.
-- The rate is of decided journeys, which bought or were dropped; open ones without a purchase and
-- those entered late stand beside it. `median_ms` is the mean time of the bin (macro time_bin)
-- that holds the median, from first touch to conversion: within 2.2% of a time that did occur.
-- `value` is what was earned less what came back.
with

all_paths as (
    select
        *,
        row_number() over (partition by grain, until order by journeys desc, path asc)
        <= getvariable('path_listed')::bigint as is_listed
    from counts.paths
),

folded_paths as (
    select
        grain,
        until,
        if(is_listed, path, 'other') as path,
        if(is_listed, steps, null) as steps,
        if(is_listed, is_cut, null) as is_cut,
        sum(journeys) as journeys,
        sum(if(is_listed, customers, null)) as customers,
        sum(conversions) as conversions,
        sum(open) as open,
        sum(dropped) as dropped,
        sum(returned) as returned,
        sum(detracted) as detracted,
        sum(advocated) as advocated,
        sum(repurchased) as repurchased,
        sum(kept) as kept,
        sum(value) as value
    from all_paths
    group by
        grain,
        until,
        if(is_listed, path, 'other'),
        if(is_listed, steps, null),
        if(is_listed, is_cut, null)
),

bins as (
    select
        path_times.grain,
        path_times.until,
        if(all_paths.is_listed, path_times.path, 'other') as path,
        path_times.bin,
        sum(path_times.conversions) as conversions,
        sum(path_times.to_conversion_ms) as to_conversion_ms
    from counts.path_times as path_times
    inner join all_paths
        on
            path_times.grain = all_paths.grain
            and path_times.until = all_paths.until
            and path_times.path = all_paths.path
    group by
        path_times.grain,
        path_times.until,
        if(all_paths.is_listed, path_times.path, 'other'),
        path_times.bin
),

bins_in_order as (
    select
        *,
        sum(conversions) over of_path as all_conversions,
        sum(conversions) over in_order as so_far
    from bins
    window
        of_path as (partition by grain, until, path),
        in_order as (partition by grain, until, path order by bin)
),

medians as (
    select
        grain,
        until,
        path,
        arg_min(round(to_conversion_ms / conversions), bin) as median_ms
    from bins_in_order
    where so_far >= 0.5 * all_conversions
    group by grain, until, path
),

path_rates as (
    select
        folded_paths.*,
        medians.median_ms,
        wilson(folded_paths.conversions, folded_paths.conversions + folded_paths.dropped)
            as conversion
    from folded_paths
    left join medians
        on
            folded_paths.grain = medians.grain
            and folded_paths.until = medians.until
            and folded_paths.path = medians.path
)

select
    grain,
    until,
    path,
    steps::bigint as steps,
    is_cut,
    journeys::bigint as journeys,
    customers::bigint as customers,
    conversions::bigint as conversions,
    struct_extract(conversion, 'rate')::double as conversion_rate,
    struct_extract(conversion, 'low')::double as conversion_low,
    struct_extract(conversion, 'high')::double as conversion_high,
    median_ms::bigint as median_ms,
    open::bigint as open,
    dropped::bigint as dropped,
    returned::bigint as returned,
    detracted::bigint as detracted,
    advocated::bigint as advocated,
    repurchased::bigint as repurchased,
    kept::bigint as kept,
    value::decimal(18, 4) as value
from path_rates
order by grain, until, steps is null, journeys desc, path
