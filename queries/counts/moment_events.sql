-- One row per segment, stage, kind of touch (channel and event), length of the journey before a step and
-- length of the step: how many steps held such a touch, and what came of them.
--
-- Source: core.steps, core.journeys, core.touchpoints (judged_steps, step_events).
-- Here a step is *answered* by the next touch with a known sentiment after its first touch of the kind, as
-- long as that comes before the next step of the stage. `answered_as_step` and `negative_as_step` are
-- the same steps as counts.moment_steps has them.
with

segments as (
    select distinct
        segment_no,
        segment
    from numbered_journeys
),

exposed_steps as (
    select
        steps.segment_no,
        steps.touches_before_from,
        steps.touches_from,
        steps.is_advanced,
        steps.is_back,
        steps.is_left,
        steps.is_negative,
        step_events.kind_no,
        if(step_events.answer_no > steps.next_in_stage_no, null, step_events.is_negative)
            as is_negative_after
    from judged_steps as steps
    inner join step_events
        on steps.journey_no = step_events.journey_no and steps.step_no = step_events.step_no
),

step_counts as (
    select
        segment_no,
        kind_no,
        touches_before_from,
        touches_from,
        count(*) as steps,
        count(*) filter (where is_advanced) as advanced,
        count(*) filter (where is_left) as lost,
        count(*) filter (where is_back) as back,
        count(is_negative_after) as answered,
        count(*) filter (where is_negative_after) as negative,
        count(is_negative) as answered_as_step,
        count(*) filter (where is_negative) as negative_as_step
    from exposed_steps
    group by segment_no, kind_no, touches_before_from, touches_from
)

select
    segments.segment,
    touch_kinds.stage,
    touch_kinds.channel,
    touch_kinds.event,
    step_counts.touches_before_from,
    step_counts.touches_from,
    step_counts.steps,
    step_counts.advanced,
    step_counts.lost,
    step_counts.back,
    step_counts.answered,
    step_counts.negative,
    step_counts.answered_as_step,
    step_counts.negative_as_step
from step_counts
inner join segments on step_counts.segment_no = segments.segment_no
inner join touch_kinds on step_counts.kind_no = touch_kinds.kind_no
