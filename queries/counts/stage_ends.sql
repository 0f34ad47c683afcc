-- One row per stage, dimension, value of it, and month in which the journeys began
-- (in the project's zone): how many went on from the stage, and how many were lost there.
--
-- Source: core.journeys. A dimension is what the journeys are parted by: `channel`, `traffic`,
-- `campaign` and `device` are those of the first touch. The value is null for the dimension `all`,
-- and for journeys that have none.
-- `undecided` are the open ones that may still be lost: those past their purchase cannot.
with

alike_journeys as (
    select
        date_trunc('month', day)::date as month,
        first_channel,
        first_traffic,
        first_campaign,
        first_device_type,
        segment,
        stage_number(deepest_stage) as deepest_no,
        state,
        state = 'open' and converted_at is null and not entered_late as is_undecided,
        count(*) as journeys
    from core.journeys
    group by
        date_trunc('month', day)::date,
        first_channel,
        first_traffic,
        first_campaign,
        first_device_type,
        segment,
        stage_number(deepest_stage),
        state,
        state = 'open' and converted_at is null and not entered_late
),

journeys_by_dimension as (
    select
        case
            when grouping(first_channel) = 0 then 'channel'
            when grouping(first_traffic) = 0 then 'traffic'
            when grouping(first_campaign) = 0 then 'campaign'
            when grouping(first_device_type) = 0 then 'device'
            when grouping(segment) = 0 then 'segment'
            else 'all'
        end as dimension,
        coalesce(first_channel, first_traffic, first_campaign, first_device_type, segment)
            as dimension_value,
        month,
        deepest_no,
        state,
        is_undecided,
        sum(journeys) as journeys
    from alike_journeys
    group by
        grouping sets (
            (month, deepest_no, state, is_undecided),
            (month, deepest_no, state, is_undecided, first_channel),
            (month, deepest_no, state, is_undecided, first_traffic),
            (month, deepest_no, state, is_undecided, first_campaign),
            (month, deepest_no, state, is_undecided, first_device_type),
            (month, deepest_no, state, is_undecided, segment)
        )
),

journeys_at_stages as (
    select
        stages.stage,
        stages.stage_no,
        journeys_by_dimension.dimension,
        journeys_by_dimension.dimension_value,
        journeys_by_dimension.month,
        journeys_by_dimension.state,
        journeys_by_dimension.is_undecided,
        journeys_by_dimension.journeys,
        journeys_by_dimension.deepest_no > stages.stage_no as is_advanced
    from journeys_by_dimension
    inner join stages() as stages on journeys_by_dimension.deepest_no >= stages.stage_no
)

select
    stage,
    stage_no::utinyint as stage_no,
    dimension,
    dimension_value,
    month,
    coalesce(sum(journeys) filter (where is_advanced), 0)::bigint as advanced,
    coalesce(
        sum(journeys) filter (where not is_advanced and state not in ('dropped', 'open')), 0
    )::bigint as settled,
    coalesce(sum(journeys) filter (where not is_advanced and state = 'dropped'), 0)::bigint
        as dropped,
    coalesce(sum(journeys) filter (where not is_advanced and state = 'open'), 0)::bigint as open,
    coalesce(sum(journeys) filter (where not is_advanced and is_undecided), 0)::bigint as undecided
from journeys_at_stages
group by stage, stage_no, dimension, dimension_value, month
