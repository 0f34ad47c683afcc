-- One row per event that no rule knows; give it a rule in [[stages.rules]] or a name in [sources.events].
--
-- Source: ops.unmapped.
select
    unmapped.source,
    unmapped.channel,
    unmapped.event,
    unmapped.touches,
    unmapped.customers
from ops.unmapped
order by unmapped.touches desc, unmapped.source, unmapped.event
