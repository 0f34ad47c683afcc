-- One row: how many journeys there are, how they stand, and what they are worth.
--
-- Source: core.journeys. Revenue is what orders and renewals earned, less what was given back.
select
    count(*) as journeys,
    count(distinct journeys.customer_id) as customers,
    count(*) filter (where journeys.state = 'open') as open,
    count(*) filter (
        where journeys.state = 'open' and journeys.converted_at is not null
    ) as open_converted,
    count(*) filter (where journeys.state = 'dropped') as dropped,
    count(journeys.converted_at) as converted,
    (
        coalesce(sum(journeys.value), 0) - coalesce(sum(journeys.returned_value), 0)
    )::decimal(18, 4) as revenue,
    min(journeys.started_at) as first_began_at,
    max(journeys.started_at) as last_began_at
from core.journeys
