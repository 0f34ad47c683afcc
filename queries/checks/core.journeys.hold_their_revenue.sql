-- A journey is worth what its touchpoints earned, less what was given back.
--
-- One row per journey where what it tells differs from the sum over its touchpoints.
with

revenue_found as (
    select
        touchpoints.journey_id,
        sum(touchpoints.revenue) as revenue
    from core.touchpoints
    where touchpoints.revenue is not null and touchpoints.journey_id is not null
    group by touchpoints.journey_id
),

revenue_told as (
    select
        journeys.journey_id,
        journeys.value - journeys.returned_value as revenue
    from core.journeys
    where journeys.value != 0 or journeys.returned_value != 0
)

select
    coalesce(revenue_found.journey_id, revenue_told.journey_id) as journey_id,
    revenue_found.revenue as revenue_found,
    revenue_told.revenue as revenue_told
from revenue_found
full outer join revenue_told on revenue_found.journey_id = revenue_told.journey_id
where coalesce(revenue_found.revenue, 0) != coalesce(revenue_told.revenue, 0)
