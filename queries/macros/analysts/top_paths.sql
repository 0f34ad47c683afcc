-- The paths that most of the journeys asked for went: one row per path, and `other` for the rest.
--
-- Grain (stage, stage_channel) and until (end, purchase) are those of marts.paths, whose rows
-- this tells anew for the journeys asked for. Paths of more than `steps` steps are cut. Dates are
-- those on which journeys began, both included. What is not given filters nothing. Paths of fewer
-- customers than [project] min_customers are in `other` as well.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro top_paths(
    n := 20,
    from_date := null,
    to_date := null,
    channel := null,
    traffic := null,
    segment := null,
    grain := 'stage',
    until := 'end',
    steps := 8
) as table
with

journeys as (
    select * from core.journeys as journey
    where
        if(steps >= 1 and n >= 0, true, error('expected steps from 1, and n from 0'))
        and (from_date is null or journey.day >= from_date::date)
        and (to_date is null or journey.day <= to_date::date)
        and (channel is null or journey.first_channel = channel)
        and (traffic is null or journey.first_traffic = traffic)
        and (segment is null or journey.segment = segment)
),

ways as (
    select
        step.journey_id,
        list_transform(
            list_sort(list(struct_pack(
                step_no := step.step_no,
                name := case one_of(grain, 'grain', ['stage', 'stage_channel'])
                    when 'stage' then step.stage
                    when 'stage_channel' then step.stage || '/' || step.channel
                end
            ))),
            lambda each: struct_extract(each, 'name')
        ) as nodes,
        list(step.stage order by step.step_no) as stages,
        coalesce(
            min(step.step_no) filter (
                where
                    one_of(until, 'until', ['end', 'purchase']) = 'purchase'
                    and stage_number(step.stage) >= stage_number('purchase')
            ) - 1,
            count(*)
        ) as way_steps
    from core.steps as step
    inner join journeys on step.journey_id = journeys.journey_id
    group by step.journey_id
),

paths_of_journeys as (
    select
        case
            when ways.way_steps = 0 then 'start'
            when ways.way_steps > steps
                then array_to_string(ways.nodes[1:steps], ' → ') || ' → …'
            else array_to_string(ways.nodes[1:ways.way_steps], ' → ')
        end as path,
        -- What the path is called in the other grain, whose rows are told as well.
        ways.stages[1:least(ways.way_steps, steps)] as stages,
        least(ways.way_steps, steps) as path_steps,
        ways.way_steps > steps as is_cut,
        journeys.customer_id,
        journeys.state,
        journeys.value - journeys.returned_value as value,
        (epoch_us(journeys.converted_at) - epoch_us(journeys.started_at)) // 1000
            as to_conversion_ms
    from ways
    inner join journeys on ways.journey_id = journeys.journey_id
),

counted_paths as (
    select
        paths_of_journeys.path,
        struct_pack(stages := paths_of_journeys.stages, is_cut := paths_of_journeys.is_cut) as kin,
        count(*) as journeys,
        count(distinct paths_of_journeys.customer_id) as customers
    from paths_of_journeys
    group by paths_of_journeys.path, kin
),

listed_paths as (
    select counted_paths.path
    from counted_paths
    cross join ops.project as project
    qualify
        row_number() over (order by counted_paths.journeys desc, counted_paths.path asc) <= n
        and not is_folded(counted_paths.customers, project.min_customers, counted_paths.path, 1)
        and not is_folded(
            counted_paths.customers, project.min_customers, counted_paths.path, counted_paths.kin
        )
),

folded_paths as (
    select
        coalesce(listed_paths.path, 'other') as path,
        if(listed_paths.path is null, null, paths_of_journeys.path_steps) as path_steps,
        if(listed_paths.path is null, null, paths_of_journeys.is_cut) as is_cut,
        paths_of_journeys.customer_id,
        paths_of_journeys.state,
        paths_of_journeys.value,
        paths_of_journeys.to_conversion_ms
    from paths_of_journeys
    left join listed_paths on paths_of_journeys.path = listed_paths.path
),

path_counts as (
    select
        folded_paths.path,
        folded_paths.path_steps,
        folded_paths.is_cut,
        count(*) as journeys,
        count(distinct folded_paths.customer_id) as customers,
        count(folded_paths.to_conversion_ms) as conversions,
        count(*) filter (where folded_paths.state = 'open') as open,
        count(*) filter (where folded_paths.state = 'dropped') as dropped,
        count(*) filter (where folded_paths.state = 'returned') as returned,
        count(*) filter (where folded_paths.state = 'detracted') as detracted,
        count(*) filter (where folded_paths.state = 'advocated') as advocated,
        count(*) filter (where folded_paths.state = 'repurchased') as repurchased,
        count(*) filter (where folded_paths.state = 'kept') as kept,
        quantile_disc(folded_paths.to_conversion_ms, 0.5) as median_ms,
        sum(folded_paths.value) as value
    from folded_paths
    group by folded_paths.path, folded_paths.path_steps, folded_paths.is_cut
),

path_rates as (
    select
        path_counts.*,
        path_counts.journeys / sum(path_counts.journeys) over () as journeys_rate,
        wilson(path_counts.conversions, path_counts.conversions + path_counts.dropped)
            as conversion
    from path_counts
)

select
    path_rates.path,
    path_rates.path_steps::bigint as steps,
    path_rates.is_cut,
    path_rates.journeys::bigint as journeys,
    path_rates.journeys_rate::double as journeys_rate,
    path_rates.customers::bigint as customers,
    path_rates.conversions::bigint as conversions,
    struct_extract(path_rates.conversion, 'rate')::double as conversion_rate,
    struct_extract(path_rates.conversion, 'low')::double as conversion_low,
    struct_extract(path_rates.conversion, 'high')::double as conversion_high,
    path_rates.median_ms::bigint as median_ms,
    path_rates.open::bigint as open,
    path_rates.dropped::bigint as dropped,
    path_rates.returned::bigint as returned,
    path_rates.detracted::bigint as detracted,
    path_rates.advocated::bigint as advocated,
    path_rates.repurchased::bigint as repurchased,
    path_rates.kept::bigint as kept,
    path_rates.value::decimal(18, 4) as value
from path_rates
order by path_rates.path_steps is null, path_rates.journeys desc, path_rates.path asc;
