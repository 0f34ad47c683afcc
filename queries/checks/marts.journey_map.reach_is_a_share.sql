-- Reach is the part of a stage's journeys that meet the company there: of those that the funnel calls
-- visited, never more than all, and no customer without a journey.
--
-- One row per place of the map where that does not hold.
with

funnel_by_segment as (
    select
        segment,
        stage,
        sum(visited) as visited
    from marts.stage_funnel
    group by segment, stage
),

funnel as (
    select
        false as is_all,
        segment,
        stage,
        visited
    from funnel_by_segment
    union all
    select
        true as is_all,
        null as segment,
        stage,
        sum(visited) as visited
    from funnel_by_segment
    group by stage
),

maps as (
    select
        is_all,
        segment,
        stage,
        channel,
        null as event,
        customers,
        journeys,
        stage_journeys,
        reach,
        touches
    from marts.journey_map
    union all
    select
        is_all,
        segment,
        stage,
        channel,
        event,
        customers,
        journeys,
        stage_journeys,
        reach,
        touches
    from marts.touchpoint_map
)

select
    maps.*,
    funnel.visited
from maps
left join funnel
    on
        maps.is_all = funnel.is_all
        and maps.segment is not distinct from funnel.segment
        and maps.stage = funnel.stage
where
    maps.stage_journeys is distinct from funnel.visited
    or not (0 < maps.reach and maps.reach <= 1)
    or abs(maps.reach * maps.stage_journeys - maps.journeys) > 1e-6
    or not (0 < maps.customers and maps.customers <= maps.journeys and maps.journeys <= maps.touches)
