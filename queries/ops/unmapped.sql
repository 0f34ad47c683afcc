-- One row per event that no rule knows, by source and channel.
--
-- Source: counts.unmapped. Such touches stay in their sessions and take no part in the flow.
select
    unmapped.source,
    unmapped.channel,
    unmapped.event,
    unmapped.touches,
    unmapped.customers
from counts.unmapped as unmapped
order by unmapped.touches desc, unmapped.source, unmapped.channel, unmapped.event
