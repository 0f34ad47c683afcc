-- A touchpoint is in the warehouse once.
--
-- One row per id that is there more often. Hashes are compared first: to group all texts costs twice as much.
with repeated_hashes as (
    select hash(touchpoint_id) as id_hash
    from core.touchpoints
    group by id_hash
    having count(*) > 1
)

select
    touchpoint_id,
    count(*) as copies
from core.touchpoints
where hash(touchpoint_id) in (select id_hash from repeated_hashes)
group by touchpoint_id
having count(*) > 1
