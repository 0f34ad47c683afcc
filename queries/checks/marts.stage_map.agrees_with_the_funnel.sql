-- The map counts the journeys of a stage as the funnel does: of each segment, and of all together.
--
-- One row per segment and stage that differs.
with

funnel_by_segment as (
    select
        segment,
        stage,
        sum(reached) as reached,
        sum(visited) as visited,
        sum(advanced) as advanced,
        sum(dropped) as dropped,
        sum(open) as open,
        sum(settled) as settled,
        sum(goal_met) as goal_met
    from marts.stage_funnel
    group by segment, stage
),

funnel as (
    select
        false as is_all,
        *
    from funnel_by_segment
    union all
    select
        true as is_all,
        null as segment,
        stage,
        sum(reached) as reached,
        sum(visited) as visited,
        sum(advanced) as advanced,
        sum(dropped) as dropped,
        sum(open) as open,
        sum(settled) as settled,
        sum(goal_met) as goal_met
    from funnel_by_segment
    group by stage
)

select
    coalesce(map.is_all, funnel.is_all) as is_all,
    coalesce(map.segment, funnel.segment) as segment,
    coalesce(map.stage, funnel.stage) as stage,
    map.reached,
    funnel.reached as reached_in_funnel,
    map.advanced,
    funnel.advanced as advanced_in_funnel,
    map.lost,
    funnel.dropped as dropped_in_funnel
from marts.stage_map as map
full outer join funnel
    on
        map.is_all = funnel.is_all
        and map.segment is not distinct from funnel.segment
        and map.stage = funnel.stage
where
    map.reached is distinct from funnel.reached
    or map.visited is distinct from funnel.visited
    or map.advanced is distinct from funnel.advanced
    or map.lost is distinct from funnel.dropped
    or map.open is distinct from funnel.open
    or map.settled is distinct from funnel.settled
    or map.goal_met is distinct from funnel.goal_met
