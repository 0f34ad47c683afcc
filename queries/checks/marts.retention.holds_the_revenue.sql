-- The months of all cohorts hold what their customers earned, less what came back, from the first
-- purchase on: all revenue but that of customers who never bought, and what came before.
--
-- One row if it differs.
with

first_purchases as (
    select
        customer_id,
        min(touch_no) as touch_no
    from core.touchpoints
    where is_conversion
    group by customer_id
),

-- Few touches come before a first purchase and tell of money: what is returned, or renewed, of one
-- that nobody has told of.
earlier as (
    select coalesce(sum(touches.revenue), 0) as revenue
    from core.touchpoints as touches
    left join first_purchases on touches.customer_id = first_purchases.customer_id
    where
        touches.revenue is not null
        and touches.journey_id is not null
        and coalesce(touches.touch_no < first_purchases.touch_no, true)
),

journeys as (
    select coalesce(sum(value - returned_value), 0) as revenue
    from core.journeys
),

retention as (
    select coalesce(sum(value), 0) as revenue
    from marts.retention
)

select
    journeys.revenue as revenue_of_journeys,
    earlier.revenue as revenue_of_no_cohort,
    retention.revenue
from journeys
cross join earlier
cross join retention
where journeys.revenue - earlier.revenue != retention.revenue
