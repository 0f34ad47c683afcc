-- One row per stage, dimension, value of it, month in which the journeys began, and bin of times:
-- how many went on from the stage after so long.
--
-- Source: numbered_steps for the new depths, core.journeys for the rest.
-- A journey reaches a stage with its first step there or deeper. It goes on with its first step
-- deeper down, or with its conversion (up to the purchase stage, at which who buys is not lost), or
-- with its beginning if it entered late. Who has not gone on waits for the cut-off, which no count
-- knows: marts.stage_times adds them. A repurchased journey comes to the outcome with the customer's
-- next conversion. Who came to a deeper stage first has only `passed`: it went on at once.
-- Bins are those of the macro bin_end.
with

project as (
    select * from ops.project
),

depths as (
    select
        journey_no,
        bit_or(1 << stage_no) as stages_arrived,
        min(started_us) as need_us,
        min(started_us) filter (where stage_no >= 2) as research_us,
        min(started_us) filter (where stage_no >= 3) as evaluation_us,
        min(started_us) filter (where stage_no >= 4) as purchase_us,
        min(started_us) filter (where stage_no >= 5) as experience_us,
        min(started_us) filter (where stage_no >= 6) as outcome_us
    from numbered_steps
    where is_new_depth
    group by journey_no
),

repurchases as (
    select
        journey_id,
        lead(converted_at ignore nulls) over (
            partition by customer_id order by coalesce(converted_at, started_at), converted_at
        ) as repurchased_at
    from core.journeys
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
        epoch_us(journeys.converted_at) as converted_us,
        depths.stages_arrived,
        depths.need_us,
        depths.research_us,
        depths.evaluation_us,
        depths.purchase_us,
        depths.experience_us,
        depths.outcome_us,
        -- A renewal is a touch of the outcome, and so is the journey's last at the latest.
        if(
            journeys.state = 'repurchased',
            epoch_us(coalesce(repurchases.repurchased_at, journeys.ended_at)),
            null
        ) as repurchased_us
    from core.journeys
    inner join numbered_journeys on journeys.journey_id = numbered_journeys.journey_id
    inner join depths on numbered_journeys.journey_no = depths.journey_no
    left join repurchases on journeys.journey_id = repurchases.journey_id
),

arrivals as (
    select
        *,
        unnest([1, 2, 3, 4, 5]) as stage_no,
        unnest([need_us, research_us, evaluation_us, purchase_us, experience_us]) as touched_us,
        unnest([research_us, evaluation_us, purchase_us, experience_us, outcome_us]) as deeper_us
    from journeys_with_depths
),

passages as (
    select
        *,
        least(touched_us, repurchased_us) as reached_us,
        case
            when stage_no > 4 then least(deeper_us, repurchased_us)
            when entered_late then touched_us
            else least(deeper_us, converted_us)
        end as went_on_us,
        (stages_arrived >> stage_no) & 1 = 0 as is_passed
    from arrivals
    where touched_us is not null or repurchased_us is not null
),

alike_passages as (
    select
        passages.stage_no,
        passages.month,
        passages.first_channel,
        passages.first_traffic,
        passages.first_campaign,
        passages.first_device_type,
        passages.segment,
        bin_end((passages.went_on_us - passages.reached_us) // 1000, project.journey_silence_ms)
            as within_ms,
        count(*) as went_on,
        count(*) filter (where passages.is_passed) as passed,
        sum((passages.went_on_us - passages.reached_us) // 1000) as went_on_ms
    from passages
    cross join project
    where passages.went_on_us is not null
    group by
        passages.stage_no,
        passages.month,
        passages.first_channel,
        passages.first_traffic,
        passages.first_campaign,
        passages.first_device_type,
        passages.segment,
        bin_end((passages.went_on_us - passages.reached_us) // 1000, project.journey_silence_ms)
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
        sum(went_on) as went_on,
        sum(passed) as passed,
        sum(went_on_ms) as went_on_ms
    from alike_passages
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
    stages.stage_no::utinyint as stage_no,
    bin_counts.dimension,
    bin_counts.dimension_value,
    bin_counts.month,
    bin_counts.within_ms,
    bin_counts.went_on::bigint as went_on,
    bin_counts.passed::bigint as passed,
    bin_counts.went_on_ms::bigint as went_on_ms
from bin_counts
inner join stages() as stages on bin_counts.stage_no = stages.stage_no
