-- Every journey leaves the start once and comes to its end state once, at each grain and in its
-- segment.
--
-- One row per grain, segment and end state, or start, whose count differs from the journeys'.
with

grains as (
    select * from (values ('stage'), ('stage_channel'), ('traffic'), ('touchpoint')) as listed (grain)
),

journeys as (
    select
        segment,
        state,
        count(*) as journeys
    from core.journeys
    group by segment, state
),

journeys_by_end as (
    select
        segment,
        state as node,
        journeys
    from journeys
    union all
    select
        segment,
        'start' as node,
        sum(journeys) as journeys
    from journeys
    group by segment
),

edges_by_end as (
    select
        grain,
        segment,
        case when origin = 'start' then origin else target end as node,
        sum(transitions) as transitions
    from marts.transitions
    where
        origin = 'start'
        or target in (
            'open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept'
        )
    group by grain, segment, case when origin = 'start' then origin else target end
),

expected_ends as (
    select
        grains.grain,
        journeys_by_end.segment,
        journeys_by_end.node,
        journeys_by_end.journeys
    from grains
    cross join journeys_by_end
)

select
    coalesce(expected_ends.grain, edges_by_end.grain) as grain,
    coalesce(expected_ends.segment, edges_by_end.segment) as segment,
    coalesce(expected_ends.node, edges_by_end.node) as node,
    expected_ends.journeys,
    edges_by_end.transitions
from expected_ends
full outer join edges_by_end
    on
        expected_ends.grain = edges_by_end.grain
        and expected_ends.segment is not distinct from edges_by_end.segment
        and expected_ends.node = edges_by_end.node
where expected_ends.journeys is distinct from edges_by_end.transitions
