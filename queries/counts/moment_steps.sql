-- One row per segment, stage, length of the journey before a step and length of the step: how many steps
-- there are, and what came of them.
--
-- Source: core.steps, core.journeys, core.touchpoints (judged_steps).
with

segments as (
    select distinct
        segment_no,
        segment
    from numbered_journeys
),

step_counts as (
    select
        segment_no,
        stage_no,
        touches_before_from,
        touches_from,
        count(*) as steps,
        count(*) filter (where is_advanced) as advanced,
        count(*) filter (where is_left) as lost,
        count(*) filter (where is_back) as back,
        count(is_negative) as answered,
        count(*) filter (where is_negative) as negative
    from judged_steps
    group by segment_no, stage_no, touches_before_from, touches_from
)

select
    segments.segment,
    stages.stage,
    step_counts.touches_before_from,
    step_counts.touches_from,
    step_counts.steps,
    step_counts.advanced,
    step_counts.lost,
    step_counts.back,
    step_counts.answered,
    step_counts.negative
from step_counts
inner join segments on step_counts.segment_no = segments.segment_no
inner join stages() as stages on step_counts.stage_no = stages.stage_no
