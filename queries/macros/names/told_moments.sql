-- marts.moments without those that are folded: whose kind of touch fewer customers met than [project]
-- min_customers, or that would give away a segment of which that is so, beside the map of all.
create or replace macro told_moments() as table
with

touchpoints as (
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
    left join named_segments() as segments
        on not map.is_all and map.segment is not distinct from segments.segment
)

select moments.*
from marts.moments as moments
anti join (from touchpoints where is_folded) as folded
    on
        moments.is_all = folded.is_all
        and moments.segment is not distinct from folded.segment
        and moments.stage = folded.stage
        and moments.channel = folded.channel
        and moments.event = folded.event;
