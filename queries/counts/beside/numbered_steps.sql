-- One row per step, by number: what the counts read of it.
--
-- Source: core.steps, numbered_journeys, step_kinds.
select
    numbered_journeys.journey_no,
    steps.step_no::integer as step_no,
    step_kinds.kind_no,
    step_kinds.stage_no,
    steps.is_new_depth,
    coalesce(
        steps.step_no <= numbered_journeys.conversion_step_no, not numbered_journeys.is_converted
    ) as is_until_conversion,
    steps.value,
    epoch_us(steps.started_at) as started_us,
    epoch_us(steps.ended_at) as ended_us
from core.steps
inner join numbered_journeys on steps.journey_id = numbered_journeys.journey_id
inner join step_kinds on steps.stage = step_kinds.stage and steps.channel is not distinct from step_kinds.channel
