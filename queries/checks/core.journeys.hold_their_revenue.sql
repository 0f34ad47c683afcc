-- A journey is worth what its touchpoints earned, and what came back is told apart.
--
-- One row per journey where they differ: `value` is the sum of what was earned, `returned_value`
-- that of what was given back.
with

earning_touchpoints as (
    select * from core.touchpoints
    where revenue is not null and journey_id is not null
),

journeys_with_value as (
    select * from core.journeys
    where value != 0 or returned_value != 0
),

revenue_found as (
    select
        journey_id,
        coalesce(sum(revenue) filter (where revenue > 0), 0) as value,
        coalesce(-sum(revenue) filter (where revenue < 0), 0) as returned_value
    from earning_touchpoints
    group by journey_id
)

select
    coalesce(revenue_found.journey_id, journeys_with_value.journey_id) as journey_id,
    revenue_found.value as value_found,
    journeys_with_value.value as value_told,
    revenue_found.returned_value as returned_value_found,
    journeys_with_value.returned_value as returned_value_told
from revenue_found
full outer join journeys_with_value on revenue_found.journey_id = journeys_with_value.journey_id
where
    coalesce(revenue_found.value, 0) != coalesce(journeys_with_value.value, 0)
    or coalesce(revenue_found.returned_value, 0)
    != coalesce(journeys_with_value.returned_value, 0)
