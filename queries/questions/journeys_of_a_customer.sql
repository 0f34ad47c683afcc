-- What did one customer do, step by step, from journey to journey?
--
-- One row per step. Times are those of the project's zone; `hours_since` is the time since the
-- step before it in its journey began.
--
-- param: customer = null  -- a customer_id; null: whoever has the most steps
with

project as (
    select * from ops.project
),

steps_of_customers as (
    select
        customer_id,
        sum(steps) as steps
    from core.journeys
    group by customer_id
),

customer as (
    select coalesce(
        $customer::varchar,
        (select customer_id from steps_of_customers order by steps desc, customer_id asc limit 1)
    ) as customer_id
),

journeys as (
    select
        journeys.*,
        row_number() over (order by journeys.started_at, journeys.journey_id) as journey_no
    from core.journeys as journeys
    where journeys.customer_id = (select customer_id from customer)
),

steps as (
    select * from core.steps
    where customer_id = (select customer_id from customer)
)

select
    journeys.journey_no,
    journeys.state as ended,
    steps.step_no,
    steps.stage,
    steps.channel,
    steps.event as first_event,
    timezone(project.time_zone, steps.started_at) as began_at,
    round(
        (
            epoch_us(steps.started_at)
            - epoch_us(lag(steps.started_at) over (
                partition by steps.journey_id order by steps.step_no
            ))
        ) / 3600000000,
        2
    ) as hours_since,
    steps.touches,
    steps.goals,
    steps.value,
    steps.journey_id
from steps
inner join journeys on steps.journey_id = journeys.journey_id
cross join project
order by journeys.journey_no, steps.step_no
