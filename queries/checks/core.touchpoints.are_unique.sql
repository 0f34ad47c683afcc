-- A touchpoint is in the warehouse once.
--
-- One row per id that is there more often.
select
    touchpoint_id,
    count(*) as copies
from core.touchpoints
group by touchpoint_id
having count(*) > 1
