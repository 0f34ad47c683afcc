-- One row per step: neighbouring touches of one stage of a journey.
--
-- Source: built_steps, what the kernels made of one shard; numbered_customers gives the ids back.
select
    built.journey_id,
    built.step_no::bigint as step_no,
    customers.customer_id,
    stages.stage,
    built.channel,
    built.event,
    built.started_at,
    built.ended_at,
    built.is_new_depth,
    built.touches::bigint as touches,
    built.goals::bigint as goals,
    money(built.value) as value
from built_steps as built
inner join scratch.numbered_customers as customers on built.customer = customers.customer
inner join stages on built.stage = stages.stage_no
