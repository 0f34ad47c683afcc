-- One row per grain, origin and target: how often decided journeys went from one node to the next
-- on their way to the conversion, or until they were dropped.
--
-- Source: counts.conversion_chain, which says what is counted.
select
    grain,
    origin,
    target,
    transitions
from counts.conversion_chain
order by grain, origin, target
