-- Every journey leaves the start once and comes to its end state once, in the stage flow.
--
-- One row per end state, or the start, whose count differs from that of the journeys.
with

journeys_by_end as (
    select
        state as node,
        count(*) as journeys
    from core.journeys
    group by state
    union all
    select
        'start' as node,
        count(*) as journeys
    from core.journeys
),

flow_by_end as (
    select
        target as node,
        sum(journeys) as journeys
    from marts.stage_flow
    where
        target in ('open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept')
    group by target
    union all
    select
        'start' as node,
        coalesce(sum(journeys), 0) as journeys
    from marts.stage_flow
    where origin = 'start'
)

select
    coalesce(journeys_by_end.node, flow_by_end.node) as node,
    journeys_by_end.journeys,
    flow_by_end.journeys as journeys_in_flow
from journeys_by_end
full outer join flow_by_end on journeys_by_end.node = flow_by_end.node
where coalesce(journeys_by_end.journeys, 0) != coalesce(flow_by_end.journeys, 0)
