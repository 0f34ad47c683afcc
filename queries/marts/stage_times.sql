-- One row per stage, dimension, value of it, month in which the journeys began, and bin of times:
-- how many went on from the stage after so long, and how many have not, watched for so long.
--
-- Source: counts.stage_times for those who went on; core.journeys for those who have not, for how long
-- these were watched is another number every night.
-- A journey reaches a stage with its first step there or deeper. It goes on with its first step
-- deeper down, or with its conversion (up to the purchase stage, at which who buys is not lost), or
-- with its beginning if it entered late. So a journey waits in its deepest stage alone, and up to the
-- purchase stage only where it has not bought. Who has not gone on is watched until the cut-off, dropped
-- or not. A repurchased journey comes to the outcome with the customer's next conversion.
-- Who came to a deeper stage first has only `passed`: it went on at once.
--
-- A bin is named by its longest time (macro bin_end): a time is told to 4%.
with

project as (
    select * from ops.project
),

waiting_journeys as (
    select
        stage_number(journeys.deepest_stage) as stage_no,
        date_trunc('month', journeys.day)::date as month,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.first_campaign,
        journeys.first_device_type,
        journeys.segment,
        bin_end(
            (epoch_us(project.cut_off) - epoch_us(journeys.deepest_at)) // 1000,
            project.journey_silence_ms
        ) as within_ms,
        count(*) as not_yet
    from core.journeys
    cross join project
    where
        journeys.deepest_stage = 'experience'
        or (
            journeys.deepest_stage in ('need', 'research', 'evaluation', 'purchase')
            and journeys.converted_at is null
            and not journeys.entered_late
        )
    group by
        stage_number(journeys.deepest_stage),
        date_trunc('month', journeys.day)::date,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.first_campaign,
        journeys.first_device_type,
        journeys.segment,
        within_ms
),

waits as (
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
        sum(not_yet) as not_yet
    from waiting_journeys
    group by
        grouping sets (
            (stage_no, month, within_ms),
            (stage_no, month, within_ms, first_channel),
            (stage_no, month, within_ms, first_traffic),
            (stage_no, month, within_ms, first_campaign),
            (stage_no, month, within_ms, first_device_type),
            (stage_no, month, within_ms, segment)
        )
),

all_times as (
    select
        stage_no,
        dimension,
        dimension_value,
        month,
        within_ms,
        went_on,
        passed,
        0 as not_yet,
        went_on_ms
    from counts.stage_times
    union all
    select
        stage_no,
        dimension,
        dimension_value,
        month,
        within_ms,
        0 as went_on,
        0 as passed,
        not_yet,
        0 as went_on_ms
    from waits
),

bin_counts as (
    select
        stage_no,
        dimension,
        dimension_value,
        month,
        within_ms,
        sum(went_on) as went_on,
        sum(passed) as passed,
        sum(not_yet) as not_yet,
        sum(went_on_ms) as went_on_ms
    from all_times
    group by stage_no, dimension, dimension_value, month, within_ms
)

select
    stages.stage,
    stages.stage_no,
    bin_counts.dimension,
    bin_counts.dimension_value,
    bin_counts.month,
    bin_counts.within_ms::bigint as within_ms,
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
