-- One row per visit: what a journey did in one session under one campaign.
--
-- Source: built_visits, what the kernels made of one shard; numbered_customers gives the ids back.
select
    built.journey_id,
    built.visit_no::bigint as visit_no,
    customers.customer_id,
    built.session_id,
    built.traffic,
    built.campaign,
    built.channel,
    built.event,
    stages.stage,
    built.started_at,
    built.ended_at,
    built.touches::bigint as touches,
    money(built.value) as value,
    epoch_us(built.to_conversion) // 1000 as to_conversion_ms,
    built.credit_first,
    built.credit_last,
    built.credit_last_non_direct,
    built.credit_linear,
    built.credit_position,
    built.credit_j,
    built.credit_inverse_j,
    built.credit_time_decay
from built_visits as built
inner join scratch.numbered_customers as customers on built.customer = customers.customer
inner join stages on built.stage = stages.stage_no
