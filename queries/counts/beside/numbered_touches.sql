-- One row per touch of a journey, by number: what the counts read of it.
--
-- Source: core.touchpoints, numbered_journeys, touch_kinds.
select
    numbered_journeys.journey_no,
    touchpoints.touch_no::integer as touch_no,
    touchpoints.step_no::integer as step_no,
    touch_kinds.kind_no,
    touch_kinds.node_no,
    stage_number(touchpoints.goal_stage)::tinyint as goal_no,
    touchpoints.is_conversion,
    coalesce(
        touchpoints.touch_no <= numbered_journeys.conversion_touch_no, not numbered_journeys.is_converted
    ) as is_until_conversion,
    touchpoints.sentiment::tinyint as sentiment,
    touchpoints.revenue,
    epoch_us(touchpoints.occurred_at) as occurred_us
from core.touchpoints
inner join numbered_journeys on touchpoints.journey_id = numbered_journeys.journey_id
inner join touch_kinds
    on
        touchpoints.stage is not distinct from touch_kinds.stage
        and touchpoints.channel is not distinct from touch_kinds.channel
        and touchpoints.event is not distinct from touch_kinds.event
