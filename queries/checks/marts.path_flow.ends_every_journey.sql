-- Every journey leaves the start once, with its value, and comes once to its end state, or to
-- `truncated` if it has more steps than the flow has positions.
--
-- One row per end, or the start, whose journeys or value differ from those of the journeys.
with

path_flow as (
    select * from marts.path_flow
),

-- Where nothing is truncated, no journey has more steps than the flow has positions.
longest as (
    select coalesce(max(position) filter (where target = 'truncated'), max(position)) as steps
    from path_flow
),

journeys as (
    select
        if(journeys.steps > longest.steps, 'truncated', journeys.state) as ending,
        journeys.value - journeys.returned_value as value
    from core.journeys as journeys
    cross join longest
),

journeys_by_end as (
    select
        ending as node,
        count(*) as journeys,
        sum(value) as value
    from journeys
    group by ending
    union all
    select
        'start' as node,
        count(*) as journeys,
        sum(value) as value
    from journeys
),

flow_by_end as (
    select
        target as node,
        sum(journeys) as journeys,
        sum(value) as value
    from path_flow
    where target_position is null
    group by target
    union all
    select
        'start' as node,
        sum(journeys) as journeys,
        sum(value) as value
    from path_flow
    where position = 0
)

select
    coalesce(journeys_by_end.node, flow_by_end.node) as node,
    journeys_by_end.journeys,
    flow_by_end.journeys as journeys_in_flow,
    journeys_by_end.value,
    flow_by_end.value as value_in_flow
from journeys_by_end
full outer join flow_by_end on journeys_by_end.node = flow_by_end.node
where
    coalesce(journeys_by_end.journeys, 0) != coalesce(flow_by_end.journeys, 0)
    or coalesce(journeys_by_end.value, 0) != coalesce(flow_by_end.value, 0)
