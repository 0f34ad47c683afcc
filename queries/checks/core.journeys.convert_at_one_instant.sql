-- A converted journey has one instant of conversion, and no other journey has any.
--
-- One row per journey that breaks this. Several purchases of one instant are one conversion.
with

conversions as (
    select * from core.touchpoints
    where is_conversion
),

converted_journeys as (
    select * from core.journeys
    where converted_at is not null
),

conversions_found as (
    select
        journey_id,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from conversions
    where journey_id is not null
    group by journey_id
)

select
    coalesce(conversions_found.journey_id, converted_journeys.journey_id) as journey_id,
    conversions_found.first_at,
    conversions_found.last_at,
    converted_journeys.converted_at
from conversions_found
full outer join converted_journeys on conversions_found.journey_id = converted_journeys.journey_id
where
    conversions_found.first_at is distinct from converted_journeys.converted_at
    or conversions_found.last_at is distinct from converted_journeys.converted_at
