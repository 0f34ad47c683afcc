-- One row per segment and stage: how many customers have a journey that came so far.
--
-- Source: core.journeys.
with

customers as (
    select
        segment,
        customer_id,
        max(stage_number(deepest_stage)) as deepest_no
    from core.journeys
    group by segment, customer_id
),

customers_by_depth as (
    select
        segment,
        deepest_no,
        count(*) as customers
    from customers
    group by segment, deepest_no
)

select
    customers_by_depth.segment,
    stages.stage,
    sum(customers_by_depth.customers)::bigint as customers
from customers_by_depth
inner join stages() as stages on customers_by_depth.deepest_no >= stages.stage_no
group by customers_by_depth.segment, stages.stage
