-- One row per link of the stage flow: how many journeys went from one new deepest stage to the
-- next, and how much they were worth.
--
-- Source: counts.stage_flow, which says what is counted.
select
    origin,
    target,
    journeys,
    value
from counts.stage_flow
order by stage_number(origin) nulls first, stage_number(target) nulls last, target
