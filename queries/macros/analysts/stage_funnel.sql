-- The stage funnel of the journeys asked for: one row per stage, rates anew from the counts.
--
-- Dates are those on which journeys began, both included. What is not given filters nothing.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro stage_funnel(
    from_date := null, to_date := null, channel := null, traffic := null, segment := null
) as table
with

stage_counts as (
    select
        funnel.stage,
        funnel.stage_no,
        sum(funnel.reached)::bigint as reached,
        sum(funnel.visited)::bigint as visited,
        sum(funnel.skipped)::bigint as skipped,
        sum(funnel.advanced)::bigint as advanced,
        sum(funnel.dropped)::bigint as dropped,
        sum(funnel.open)::bigint as open,
        sum(funnel.settled)::bigint as settled,
        sum(funnel.converted)::bigint as converted,
        sum(funnel.goal_met)::bigint as goal_met
    from marts.stage_funnel as funnel
    where
        (from_date is null or funnel.day >= from_date::date)
        and (to_date is null or funnel.day <= to_date::date)
        and (channel is null or funnel.first_channel = channel)
        and (traffic is null or funnel.first_traffic = traffic)
        and (segment is null or funnel.segment = segment)
    group by funnel.stage, funnel.stage_no
),

stage_rates as (
    select
        stage_counts.*,
        wilson(
            stage_counts.dropped,
            stage_counts.advanced + stage_counts.settled + stage_counts.dropped
        ) as drop_off
    from stage_counts
)

select
    stage_rates.stage,
    stage_rates.stage_no,
    stage_rates.reached,
    stage_rates.visited,
    stage_rates.skipped,
    stage_rates.advanced,
    stage_rates.dropped,
    stage_rates.open,
    stage_rates.settled,
    stage_rates.converted,
    stage_rates.goal_met,
    struct_extract(stage_rates.drop_off, 'rate')::double as drop_off_rate,
    struct_extract(stage_rates.drop_off, 'low')::double as drop_off_low,
    struct_extract(stage_rates.drop_off, 'high')::double as drop_off_high
from stage_rates
order by stage_rates.stage_no;
