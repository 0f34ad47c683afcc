-- The drop-off of the journeys asked for: one row per stage and value of the dimension, rates anew
-- from the counts.
--
-- `dimension` is all, channel, traffic, campaign, device (of the first touch) or segment. Dates are
-- those on which journeys began, both included; `by_month` parts them by month, or else `period` is
-- null. What is not given filters nothing. `is_ripe` is true where the last of these days lies so far
-- back that the journeys had their silence. Values of fewer customers than [project] min_customers are
-- folded into `other`, all periods alike.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro drop_off(
    dimension := 'all',
    by_month := false,
    from_date := null,
    to_date := null,
    channel := null,
    traffic := null,
    campaign := null,
    device := null,
    segment := null
) as table
with

chosen_journeys as (
    select
        case
            when dimension = 'channel' then journeys.first_channel
            when dimension = 'traffic' then journeys.first_traffic
            when dimension = 'campaign' then journeys.first_campaign
            when dimension = 'device' then journeys.first_device_type
            when dimension = 'segment' then journeys.segment
            when one_dimension(dimension) = 'all'
                then null
        end as dimension_value,
        if(by_month, date_trunc('month', journeys.day)::date, null) as period,
        journeys.customer_id,
        stage_number(journeys.deepest_stage) as deepest_no,
        journeys.state,
        journeys.state = 'open' and journeys.converted_at is null and not journeys.entered_late
            as is_undecided
    from core.journeys as journeys
    where
        (from_date is null or journeys.day >= from_date::date)
        and (to_date is null or journeys.day <= to_date::date)
        and (channel is null or journeys.first_channel = channel)
        and (traffic is null or journeys.first_traffic = traffic)
        and (campaign is null or journeys.first_campaign = campaign)
        and (device is null or journeys.first_device_type = device)
        and (segment is null or journeys.segment = segment)
),

named_values as (
    select
        chosen.dimension_value,
        count(distinct chosen.customer_id) as customers
    from chosen_journeys as chosen
    where dimension != 'all'
    group by chosen.dimension_value
),

folded_values as (
    select
        named_values.dimension_value,
        is_folded(named_values.customers, project.min_customers, named_values.dimension_value, 1) as is_folded
    from named_values
    cross join ops.project as project
),

alike_journeys as (
    select
        if(folded.is_folded, 'other', chosen.dimension_value) as dimension_value,
        chosen.period,
        chosen.deepest_no,
        chosen.state,
        chosen.is_undecided,
        count(*) as journeys
    from chosen_journeys as chosen
    left join folded_values as folded
        on chosen.dimension_value is not distinct from folded.dimension_value
    group by
        if(folded.is_folded, 'other', chosen.dimension_value),
        chosen.period,
        chosen.deepest_no,
        chosen.state,
        chosen.is_undecided
),

stage_counts as (
    select
        stages.stage,
        stages.stage_no,
        alike.dimension_value,
        alike.period,
        coalesce(sum(alike.journeys) filter (where alike.deepest_no > stages.stage_no), 0)::bigint
            as advanced,
        coalesce(
            sum(alike.journeys) filter (
                where alike.deepest_no = stages.stage_no and alike.state not in ('dropped', 'open')
            ),
            0
        )::bigint as settled,
        coalesce(
            sum(alike.journeys) filter (
                where alike.deepest_no = stages.stage_no and alike.state = 'dropped'
            ),
            0
        )::bigint as dropped,
        coalesce(
            sum(alike.journeys) filter (
                where alike.deepest_no = stages.stage_no and alike.state = 'open'
            ),
            0
        )::bigint as open,
        coalesce(
            sum(alike.journeys) filter (
                where alike.deepest_no = stages.stage_no and alike.is_undecided
            ),
            0
        )::bigint as undecided
    from alike_journeys as alike
    cross join stages() as stages
    group by stages.stage, stages.stage_no, alike.dimension_value, alike.period
),

stage_rates as (
    select
        stage_counts.*,
        wilson(
            stage_counts.dropped,
            stage_counts.advanced + stage_counts.settled + stage_counts.dropped
        ) as drop_off,
        least((stage_counts.period + interval 1 month)::date, to_date::date + 1) as first_day_after
    from stage_counts
)

select
    stage_rates.stage,
    stage_rates.stage_no,
    dimension as dimension,
    stage_rates.dimension_value,
    stage_rates.period,
    stage_rates.advanced,
    stage_rates.settled,
    stage_rates.dropped,
    stage_rates.open,
    stage_rates.undecided,
    struct_extract(stage_rates.drop_off, 'rate')::double as rate,
    struct_extract(stage_rates.drop_off, 'low')::double as low,
    struct_extract(stage_rates.drop_off, 'high')::double as high,
    coalesce(
        timezone(project.time_zone, stage_rates.first_day_after::timestamp)
        + to_milliseconds(project.journey_silence_ms)
        <= project.cut_off,
        false
    ) as is_ripe
from stage_rates
cross join ops.project as project
order by stage_rates.dimension_value, stage_rates.period, stage_rates.stage_no;
