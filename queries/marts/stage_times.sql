-- One row per stage, dimension, value of it, month in which the journeys began, and bin of times:
-- how many went on from the stage after so long, and how many have not, watched for so long.
--
-- Source: core.steps for the new depths, core.journeys for the rest.
-- A journey reaches a stage with its first step there or deeper. It goes on with its first step
-- deeper down, or with its conversion (up to the purchase stage, at which who buys is not lost), or
-- with its beginning if it entered late. Who has not gone on is watched until the cut-off, dropped
-- or not. A repurchased journey comes to the outcome with the customer's next conversion.
-- Who came to a deeper stage first has only `passed`: it went on at once.
--
-- A bin is named by its longest time. Bins end below each 2^(k/16) ms, so that a time is told to
-- 4%; and at an hour, a day, 7 days, 30 days and the journey silence, each of which belongs to what
-- it ends. No time at all is a bin of its own.
with

journeys as (
    select * from core.journeys
),

steps as (
    select * from core.steps
    where is_new_depth
),

project as (
    select * from ops.project
),

depths as (
    select
        journey_id,
        bit_or(1 << stage_number(stage)) as stages_arrived,
        min(started_at) as need_at,
        min(started_at) filter (where stage_number(stage) >= 2) as research_at,
        min(started_at) filter (where stage_number(stage) >= 3) as evaluation_at,
        min(started_at) filter (where stage_number(stage) >= 4) as purchase_at,
        min(started_at) filter (where stage_number(stage) >= 5) as experience_at,
        min(started_at) filter (where stage_number(stage) >= 6) as outcome_at
    from steps
    group by journey_id
),

repurchases as (
    select
        journey_id,
        lead(converted_at ignore nulls) over (
            partition by customer_id order by coalesce(converted_at, started_at), converted_at
        ) as repurchased_at
    from journeys
    where converted_at is not null or entered_late
),

journeys_with_depths as (
    select
        date_trunc('month', journeys.day)::date as month,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.first_campaign,
        journeys.first_device_type,
        journeys.segment,
        journeys.entered_late,
        journeys.converted_at,
        depths.stages_arrived,
        depths.need_at,
        depths.research_at,
        depths.evaluation_at,
        depths.purchase_at,
        depths.experience_at,
        depths.outcome_at,
        -- A renewal is a touch of the outcome, and so is the journey's last at the latest.
        if(
            journeys.state = 'repurchased',
            coalesce(repurchases.repurchased_at, journeys.ended_at),
            null
        ) as repurchased_at
    from journeys
    inner join depths on journeys.journey_id = depths.journey_id
    left join repurchases on journeys.journey_id = repurchases.journey_id
),

arrivals as (
    select
        *,
        unnest([1, 2, 3, 4, 5]) as stage_no,
        unnest([need_at, research_at, evaluation_at, purchase_at, experience_at]) as touched_at,
        unnest([research_at, evaluation_at, purchase_at, experience_at, outcome_at]) as deeper_at
    from journeys_with_depths
),

reached_stages as (
    select
        *,
        least(touched_at, repurchased_at) as reached_at,
        case
            when stage_no > 4 then least(deeper_at, repurchased_at)
            when entered_late then touched_at
            else least(deeper_at, converted_at)
        end as went_on_at,
        (stages_arrived >> stage_no) & 1 = 0 as is_passed
    from arrivals
    where touched_at is not null or repurchased_at is not null
),

waits as (
    select
        reached_stages.*,
        went_on_at is not null as has_gone_on,
        (
            epoch_us(coalesce(reached_stages.went_on_at, project.cut_off))
            - epoch_us(reached_stages.reached_at)
        ) // 1000 as wait_ms,
        project.journey_silence_ms
    from reached_stages
    cross join project
),

binned_waits as (
    select
        *,
        case
            when wait_ms = 0 then 0
            else least(
                ceil(2 ** ((floor(16 * log2(wait_ms)) + 1) / 16)) - 1,
                if(wait_ms <= 3600000, 3600000, null),
                if(wait_ms <= 86400000, 86400000, null),
                if(wait_ms <= 604800000, 604800000, null),
                if(wait_ms <= 2592000000, 2592000000, null),
                if(wait_ms <= journey_silence_ms, journey_silence_ms, null)
            )::bigint
        end as within_ms
    from waits
),

bin_counts as (
    select
        stage_no,
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
        within_ms,
        count(*) filter (where has_gone_on) as went_on,
        count(*) filter (where has_gone_on and is_passed) as passed,
        count(*) filter (where not has_gone_on) as not_yet,
        coalesce(sum(wait_ms) filter (where has_gone_on), 0) as went_on_ms
    from binned_waits
    group by
        grouping sets (
            (stage_no, month, within_ms),
            (stage_no, month, within_ms, first_channel),
            (stage_no, month, within_ms, first_traffic),
            (stage_no, month, within_ms, first_campaign),
            (stage_no, month, within_ms, first_device_type),
            (stage_no, month, within_ms, segment)
        )
)

select
    stages.stage,
    stages.stage_no,
    bin_counts.dimension,
    bin_counts.dimension_value,
    bin_counts.month,
    bin_counts.within_ms,
    bin_counts.went_on::bigint as went_on,
    bin_counts.passed::bigint as passed,
    bin_counts.not_yet::bigint as not_yet,
    bin_counts.went_on_ms::bigint as went_on_ms
from bin_counts
inner join stages() as stages on bin_counts.stage_no = stages.stage_no
order by
    bin_counts.dimension,
    bin_counts.dimension_value,
    bin_counts.month,
    stages.stage_no,
    bin_counts.within_ms
