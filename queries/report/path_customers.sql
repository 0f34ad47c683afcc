-- One row per position of marts.path_flow and stage and channel there, those that it calls `other` as well:
-- how many customers there are behind it.
--
-- Source: core.steps.
select
    steps.step_no as position,
    steps.stage,
    steps.channel,
    count(distinct steps.customer_id) as customers
from core.steps as steps
where steps.step_no <= (select max(path_flow.position) from marts.path_flow as path_flow)
group by steps.step_no, steps.stage, steps.channel
