-- The values of the dimensions of marts.drop_off: how many customers there are behind each, of all time, and
-- whether it is folded for being of fewer than [project] min_customers.
--
-- A customer with journeys of several values counts in each.
create or replace macro named_values() as table
with

named_journeys as (
    select
        journey.customer_id,
        unnest(['channel', 'traffic', 'campaign', 'device', 'segment']) as dimension,
        unnest(
            [
                journey.first_channel,
                journey.first_traffic,
                journey.first_campaign,
                journey.first_device_type,
                journey.segment
            ]
        ) as dimension_value
    from core.journeys as journey
),

counted_values as (
    select
        named_journeys.dimension,
        named_journeys.dimension_value,
        count(distinct named_journeys.customer_id) as customers
    from named_journeys
    group by named_journeys.dimension, named_journeys.dimension_value
)

select
    counted_values.dimension,
    counted_values.dimension_value,
    counted_values.customers,
    is_folded(
        counted_values.customers,
        project.min_customers,
        counted_values.dimension_value,
        counted_values.dimension
    ) as is_folded
from counted_values
cross join ops.project as project;
