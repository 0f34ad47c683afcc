-- The kinds of touch that a stage met, of each segment and of all, and whether each is folded: for few customers of
-- [project] min_customers, or because the map of all would give away the segment that is.
create or replace macro named_touchpoints() as table
select
    map.is_all,
    map.segment,
    map.stage,
    map.channel,
    map.event,
    coalesce(segments.is_folded, false)
    or is_folded(
        map.customers,
        project.min_customers,
        map.segment,
        struct_pack(is_all := map.is_all, stage := map.stage, channel := map.channel, event := map.event),
        coalesce(segments.is_folded, false)
    ) as is_folded
from marts.touchpoint_map as map
cross join ops.project as project
left join named_segments() as segments on not map.is_all and map.segment is not distinct from segments.segment;
