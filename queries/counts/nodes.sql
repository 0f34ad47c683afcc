-- One row per grain and node of the transition graph: how many journeys came to it.
--
-- Source: node_moves, events_met (where touches of a kind are together), graph_nodes. Grains are those of
-- counts.transitions; start and end states are no nodes here.
with

node_counts as (
    select
        grain_no,
        node_no,
        count(distinct journey_no) as journeys
    from node_moves
    where grain_no < 3
    group by grain_no, node_no
    union all
    select
        3 as grain_no,
        touch_kinds.node_no,
        count(distinct events_met.journey_no) as journeys
    from events_met
    inner join touch_kinds on events_met.kind_no = touch_kinds.kind_no
    group by touch_kinds.node_no
)

select
    graph_nodes.grain,
    graph_nodes.node,
    node_counts.journeys::bigint as journeys
from node_counts
inner join graph_nodes
    on node_counts.grain_no = graph_nodes.grain_no and node_counts.node_no = graph_nodes.node_no
