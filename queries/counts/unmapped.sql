-- One row per event that no rule knows, by source and channel: how many touches and customers have it.
--
-- Source: core.touchpoints, those without a customer as well. Such touches stay in their sessions and take
-- no part in the flow.
select
    touchpoints.source,
    touchpoints.channel,
    touchpoints.event,
    count(*) as touches,
    count(distinct touchpoints.customer_id) as customers
from core.touchpoints
where touchpoints.is_unmapped
group by touchpoints.source, touchpoints.channel, touchpoints.event
