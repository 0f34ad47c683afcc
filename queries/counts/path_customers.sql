-- One row per position of a path and node there, by stage and channel: how many customers there are behind it,
-- of nodes that marts.path_flow calls `other` as well.
--
-- Source: core.steps.
select
    steps.step_no::utinyint as position,
    steps.stage,
    steps.channel,
    count(distinct steps.customer_id) as customers
from core.steps as steps
where steps.step_no <= getvariable('path_steps')::bigint
group by steps.step_no, steps.stage, steps.channel
