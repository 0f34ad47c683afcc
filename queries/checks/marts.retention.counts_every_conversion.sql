-- Each customer who ever bought is in one cohort, and first and later purchases are all conversions.
--
-- One row per figure that differs from that of the journeys.
with

journeys as (
    select
        count(distinct customer_id) as customers,
        count(*) as conversions
    from core.journeys
    where converted_at is not null
),

retention as (
    select
        coalesce(sum(customers) filter (where months_since = 0), 0) as customers,
        coalesce(sum(customers) filter (where months_since = 0), 0) + coalesce(sum(conversions), 0) as conversions
    from marts.retention
)

select
    journeys.customers as customers_of_journeys,
    retention.customers,
    journeys.conversions as conversions_of_journeys,
    retention.conversions
from journeys
cross join retention
where journeys.customers != retention.customers or journeys.conversions != retention.conversions
