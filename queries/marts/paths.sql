-- One row per grain, reach and distinct path: how many journeys went it, and what came of them.
--
-- Source: core.steps for the way, core.journeys for what came of it.
-- Grains: `stage` (steps by stage), `stage_channel` (steps by stage/channel of their first
-- touch). Back-steps count. Until `end` a path is all of a journey's steps; until `purchase` it
-- is those before its first step in the purchase stage or a later one (`start`: there are none),
-- so that whoever bought and whoever was lost can be on the same path, and rates tell something.
--
-- A path of more than [paths] steps is cut there and ends in an ellipsis. The [paths] listed
-- paths with most journeys (of equal ones the first by name) have a row each, and all others are
-- one row, `other`: so every grain and reach holds each journey once, however many paths there
-- are. The rate is of decided journeys, which bought or were dropped; open ones without a
-- purchase and those entered late stand beside it. `median_ms` is exact and a time that did
-- occur, from first touch to conversion. `value` is what was earned less what came back.
with

journeys as not materialized (
    select * from core.journeys
),

steps as not materialized (
    select * from core.steps
),

-- Sorted when they are together: an aggregate with an order takes ten times as long.
ways as (
    select
        journey_id,
        list_sort(list(struct_pack(
            step_no := step_no, stage := stage, name := stage || '/' || channel
        ))) as steps,
        coalesce(
            min(step_no) filter (where stage_number(stage) >= stage_number('purchase')) - 1,
            count(*)
        ) as steps_before
    from steps
    group by journey_id
),

kinds as (
    select
        unnest(['stage', 'stage_channel', 'stage', 'stage_channel']) as grain,
        unnest(['end', 'end', 'purchase', 'purchase']) as until
),

ways_by_kind as (
    select
        kinds.grain,
        kinds.until,
        ways.journey_id,
        list_transform(
            ways.steps,
            lambda step: if(
                kinds.grain = 'stage', struct_extract(step, 'stage'), struct_extract(step, 'name')
            )
        ) as nodes,
        if(kinds.until = 'end', len(ways.steps), ways.steps_before) as steps
    from ways
    cross join kinds
),

paths_of_journeys as (
    select
        ways_by_kind.grain,
        ways_by_kind.until,
        case
            when ways_by_kind.steps = 0 then 'start'
            when ways_by_kind.steps > getvariable('path_steps')::bigint
                then
                    array_to_string(
                        ways_by_kind.nodes[1:getvariable('path_steps')::bigint], ' → '
                    ) || ' → …'
            else array_to_string(ways_by_kind.nodes[1:ways_by_kind.steps], ' → ')
        end as path,
        least(ways_by_kind.steps, getvariable('path_steps')::bigint) as steps,
        ways_by_kind.steps > getvariable('path_steps')::bigint as is_cut,
        journeys.customer_id,
        journeys.state,
        journeys.value - journeys.returned_value as value,
        (epoch_us(journeys.converted_at) - epoch_us(journeys.started_at)) // 1000
            as to_conversion_ms
    from ways_by_kind
    inner join journeys on ways_by_kind.journey_id = journeys.journey_id
),

listed_paths as (
    select
        grain,
        until,
        path
    from paths_of_journeys
    group by grain, until, path
    qualify
        row_number() over (partition by grain, until order by count(*) desc, path asc)
        <= getvariable('path_listed')::bigint
),

folded_paths as (
    select
        paths_of_journeys.grain,
        paths_of_journeys.until,
        coalesce(listed_paths.path, 'other') as path,
        if(listed_paths.path is null, null, paths_of_journeys.steps) as steps,
        if(listed_paths.path is null, null, paths_of_journeys.is_cut) as is_cut,
        paths_of_journeys.customer_id,
        paths_of_journeys.state,
        paths_of_journeys.value,
        paths_of_journeys.to_conversion_ms
    from paths_of_journeys
    left join listed_paths
        on
            paths_of_journeys.grain = listed_paths.grain
            and paths_of_journeys.until = listed_paths.until
            and paths_of_journeys.path = listed_paths.path
),

path_counts as (
    select
        grain,
        until,
        path,
        steps,
        is_cut,
        count(*) as journeys,
        count(distinct customer_id) as customers,
        count(to_conversion_ms) as conversions,
        count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'dropped') as dropped,
        count(*) filter (where state = 'returned') as returned,
        count(*) filter (where state = 'detracted') as detracted,
        count(*) filter (where state = 'advocated') as advocated,
        count(*) filter (where state = 'repurchased') as repurchased,
        count(*) filter (where state = 'kept') as kept,
        quantile_disc(to_conversion_ms, 0.5) as median_ms,
        sum(value) as value
    from folded_paths
    group by grain, until, path, steps, is_cut
),

path_rates as (
    select
        *,
        wilson(conversions, conversions + dropped) as conversion
    from path_counts
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
