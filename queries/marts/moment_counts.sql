-- One row per segment, stage, kind of touch (channel and event), length of the journey before a step and
-- length of the step: how many steps held such a touch, how many did not, and what came of each.
--
-- Source: counts.moment_events, counts.moment_steps, which say what is counted; the others are all steps
-- less those with the touch. marts.moments compares the two.
select
    exposed.segment,
    exposed.stage,
    stage_number(exposed.stage) as stage_no,
    exposed.channel,
    exposed.event,
    exposed.touches_before_from::bigint as touches_before_from,
    exposed.touches_from::bigint as touches_from,
    exposed.steps as exposed,
    exposed.advanced as exposed_advanced,
    exposed.lost as exposed_left,
    exposed.back as exposed_back,
    exposed.answered as exposed_answered,
    exposed.negative as exposed_negative,
    steps.steps - exposed.steps as others,
    steps.advanced - exposed.advanced as others_advanced,
    steps.lost - exposed.lost as others_left,
    steps.back - exposed.back as others_back,
    steps.answered - exposed.answered_as_step as others_answered,
    steps.negative - exposed.negative_as_step as others_negative
from counts.moment_events as exposed
inner join counts.moment_steps as steps
    on
        exposed.stage = steps.stage
        and exposed.segment is not distinct from steps.segment
        and exposed.touches_before_from = steps.touches_before_from
        and exposed.touches_from = steps.touches_from
order by
    exposed.segment,
    stage_number(exposed.stage),
    exposed.channel,
    exposed.event,
    exposed.touches_before_from,
    exposed.touches_from
