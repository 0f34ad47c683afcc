-- One row per dimension and value that a journey began with: how many customers there are behind it.
--
-- Source: core.journeys. A customer with journeys of several values counts in each.
with named_journeys as (
    select
        journeys.customer_id,
        unnest(['channel', 'traffic', 'campaign', 'device', 'segment']) as dimension,
        unnest(
            [
                journeys.first_channel,
                journeys.first_traffic,
                journeys.first_campaign,
                journeys.first_device_type,
                journeys.segment
            ]
        ) as dimension_value
    from core.journeys as journeys
)

select
    named_journeys.dimension,
    named_journeys.dimension_value,
    count(distinct named_journeys.customer_id) as customers
from named_journeys
group by named_journeys.dimension, named_journeys.dimension_value
