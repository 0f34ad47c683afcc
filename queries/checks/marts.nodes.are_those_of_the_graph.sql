-- marts.nodes has each node of marts.transitions once, with its arrivals, which are at least as many
-- as the journeys that came there.
--
-- One row per node that is missing, is no node, is there twice, or counts otherwise.
with

arrivals as (
    select
        grain,
        target as node,
        sum(transitions) as arrivals
    from marts.transitions
    group by grain, target
    union all
    select distinct
        grain,
        origin as node,
        null as arrivals
    from marts.transitions
    where origin = 'start'
),

nodes as (
    select
        grain,
        node,
        count(*) as copies,
        sum(arrivals) as arrivals,
        sum(journeys) as journeys
    from marts.nodes
    group by grain, node
)

select
    coalesce(nodes.grain, arrivals.grain) as grain,
    coalesce(nodes.node, arrivals.node) as node,
    nodes.copies,
    nodes.journeys,
    nodes.arrivals,
    arrivals.arrivals as arrivals_of_the_graph
from nodes
full outer join arrivals on nodes.grain = arrivals.grain and nodes.node = arrivals.node
where
    nodes.node is null
    or arrivals.node is null
    or nodes.copies > 1
    or nodes.arrivals is distinct from arrivals.arrivals
    or nodes.journeys is null
    or nodes.journeys > coalesce(nodes.arrivals, nodes.journeys)
