-- What the lost would be worth is their number times the worth of those that went on.
--
-- One row per segment and stage where it is not.
select
    is_all,
    segment,
    stage,
    lost,
    worth,
    opportunity
from marts.stage_map
where opportunity is distinct from (lost * worth)
