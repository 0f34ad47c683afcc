-- How long does it take from one new deepest stage to the next?
--
-- One row per pair of stages that followed each other as a journey went deeper. The time runs
-- from the first touch in the one to the first touch in the other. Those who have not gone on,
-- or not yet, have no time: where many are open, the true times are longer.
--
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: segment = null  -- only journeys of this segment; null: all
with

journeys as (
    select * from core.journeys
    where
        ($from_date::date is null or day >= $from_date::date)
        and ($to_date::date is null or day <= $to_date::date)
        and ($segment::varchar is null or segment = $segment::varchar)
),

steps as (
    select
        steps.journey_id,
        steps.step_no,
        steps.stage,
        steps.started_at,
        stage_number(steps.stage) as stage_no,
        max(stage_number(steps.stage)) over (
            partition by steps.journey_id
            order by steps.step_no
            rows between unbounded preceding and 1 preceding
        ) as depth_before
    from core.steps as steps
    inner join journeys on steps.journey_id = journeys.journey_id
),

arrivals as (
    select
        stage as from_stage,
        stage_no as from_stage_no,
        lead(stage) over in_order as to_stage,
        lead(stage_no) over in_order as to_stage_no,
        (epoch_us(lead(started_at) over in_order) - epoch_us(started_at)) / 3600000000 as hours
    from steps
    where stage_no > coalesce(depth_before, 0)
    window in_order as (partition by journey_id order by step_no)
)

select
    from_stage,
    to_stage,
    count(*) as journeys,
    round(quantile_cont(hours, 0.1), 2) as p10_hours,
    round(median(hours), 2) as median_hours,
    round(quantile_cont(hours, 0.9), 2) as p90_hours,
    round(median(hours) / 24, 1) as median_days
from arrivals
where to_stage is not null
group by from_stage, from_stage_no, to_stage, to_stage_no
order by from_stage_no, to_stage_no
