-- One row per customer: a person, or a device that nobody has been seen on.
--
-- Source: core.touchpoints and core.journeys; touches after the cut-off are left out.
with seen as (
    select
        touchpoints.customer_id,
        min(touchpoints.occurred_at) as first_seen_at,
        max(touchpoints.occurred_at) as last_seen_at,
        count(*) as touches
    from core.touchpoints
    where touchpoints.customer_id is not null and touchpoints.occurred_at <= getvariable('cut_off')
    group by touchpoints.customer_id
),

travelled as (
    select
        journeys.customer_id,
        count(*) as journeys,
        count(journeys.converted_at) as conversions,
        sum(journeys.value) as value
    from core.journeys
    group by journeys.customer_id
)

select
    seen.customer_id,
    numbered_customers.segment,
    numbered_customers.attributes,
    seen.first_seen_at,
    seen.last_seen_at,
    seen.touches,
    coalesce(travelled.journeys, 0) as journeys,
    coalesce(travelled.conversions, 0) as conversions,
    coalesce(travelled.value, 0)::decimal(18, 4) as value
from seen
inner join scratch.numbered_customers on seen.customer_id = numbered_customers.customer_id
left join travelled on seen.customer_id = travelled.customer_id
