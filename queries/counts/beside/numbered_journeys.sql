-- One row per journey, with numbers for it, its customer, its segment and its end.
--
-- Source: core.journeys, conversions. Counts of millions go by number; by name they would not fit in
-- memory. The numbers are of this counting alone. End states have the numbers below nought.
with

customers as (
    select
        customer_id,
        (row_number() over ())::integer as customer_no
    from (select distinct customer_id from core.journeys)
),

segments as (
    select
        segment,
        (row_number() over ())::integer as segment_no
    from (select distinct segment from core.journeys)
),

states as (
    select
        state,
        -(row_number() over ())::integer as state_no
    from (select distinct state from core.journeys)
)

select
    journeys.journey_id,
    journeys.segment,
    journeys.state,
    (journeys.value - journeys.returned_value)::decimal(18, 4) as revenue,
    journeys.converted_at is not null as is_converted,
    conversions.touch_no::integer as conversion_touch_no,
    conversions.step_no::integer as conversion_step_no,
    (row_number() over ())::integer as journey_no,
    customers.customer_no,
    segments.segment_no,
    states.state_no
from core.journeys
inner join customers on journeys.customer_id is not distinct from customers.customer_id
inner join segments on journeys.segment is not distinct from segments.segment
inner join states on journeys.state is not distinct from states.state
left join conversions on journeys.journey_id = conversions.journey_id
