-- One row per step that anything came of, with its length and that of the journey before it.
--
-- Source: numbered_steps, step_events, numbered_journeys.
-- Passing touches and purchases add no length, and steps of nothing else are left out. So are the last
-- steps of open journeys, of which nobody knows yet what comes.
-- Lengths are in classes: 0, 1, 2, 3 to 4, 5 to 8, 9 to 16, 17 to 32, 33 and more touches.
-- A step is *answered* by the next touch with a known sentiment after its first touch, if that comes at
-- the latest with the one that brings the journey back to the stage, passing touches and purchases aside: so no
-- answer counts for two steps of a stage.
with

lengths as (
    select
        journey_no,
        step_no,
        sum(touches) as touches,
        min(touch_no) as touch_no,
        min(answer_no) as answer_no,
        arg_min(is_negative, answer_no) as is_negative
    from step_events
    group by journey_no, step_no
),

steps_in_order as (
    select
        steps.journey_no,
        steps.step_no,
        steps.stage_no,
        lengths.touches,
        lengths.answer_no,
        lengths.is_negative,
        coalesce(sum(lengths.touches) over before, 0) as touches_before,
        lead(steps.stage_no) over in_order as next_stage_no,
        lead(steps.is_new_depth) over in_order as next_is_new_depth,
        lead(lengths.touch_no ignore nulls) over in_stage as next_in_stage_no
    from numbered_steps as steps
    left join lengths on steps.journey_no = lengths.journey_no and steps.step_no = lengths.step_no
    window
        in_order as (partition by steps.journey_no order by steps.step_no),
        before as (
            partition by steps.journey_no
            order by steps.step_no
            rows between unbounded preceding and 1 preceding
        ),
        in_stage as (partition by steps.journey_no, steps.stage_no order by steps.step_no)
)

select
    steps.journey_no,
    steps.step_no,
    steps.stage_no,
    steps.next_in_stage_no,
    journeys.segment_no,
    case
        when steps.touches_before <= 2 then steps.touches_before
        when steps.touches_before <= 4 then 3
        when steps.touches_before <= 8 then 5
        when steps.touches_before <= 16 then 9
        when steps.touches_before <= 32 then 17
        else 33
    end::utinyint as touches_before_from,
    case
        when steps.touches <= 2 then steps.touches
        when steps.touches <= 4 then 3
        when steps.touches <= 8 then 5
        when steps.touches <= 16 then 9
        when steps.touches <= 32 then 17
        else 33
    end::utinyint as touches_from,
    coalesce(
        steps.next_is_new_depth,
        journeys.state = 'repurchased' and steps.stage_no != stage_number('outcome')
    ) as is_advanced,
    coalesce(steps.next_stage_no < steps.stage_no, false) as is_back,
    steps.next_stage_no is null and journeys.state = 'dropped' as is_left,
    if(steps.answer_no > steps.next_in_stage_no, null, steps.is_negative) as is_negative
from steps_in_order as steps
inner join numbered_journeys as journeys on steps.journey_no = journeys.journey_no
where steps.touches is not null and (steps.next_stage_no is not null or journeys.state != 'open')
