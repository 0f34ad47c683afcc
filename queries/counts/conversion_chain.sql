-- One row per grain, origin and target: how often decided journeys went from one node to the next
-- on their way to the conversion, or until they were dropped.
--
-- Source: node_moves, graph_nodes, numbered_journeys.
-- Decided journeys are the converted ones, whose way ends with the node that holds the conversion,
-- then `converted`; and the dropped ones, whose whole way ends in `dropped`. Open ones that have
-- not converted and those entered late are left out: nobody knows how they end, or began.
-- Grains are those of counts.transitions. The node that holds the conversion is the step with the
-- conversion (stage, stage_channel), its touch (touchpoint), or the last visit that began before
-- the conversion or with it (traffic).
-- marts.attribution has another chain: what is to earn credit has led to the conversion, so the
-- visit that begins with it is no part of that one.
with

-- Last moves are counted twice: as such, and as moves to the end.
edges as (
    select
        node_moves.grain_no,
        node_moves.origin_no,
        node_moves.node_no,
        node_moves.is_last_until_conversion as is_last,
        numbered_journeys.is_converted,
        count(*) as transitions
    from node_moves
    inner join numbered_journeys on node_moves.journey_no = numbered_journeys.journey_no
    where
        node_moves.is_until_conversion
        and (numbered_journeys.is_converted or numbered_journeys.state = 'dropped')
    group by
        node_moves.grain_no,
        node_moves.origin_no,
        node_moves.node_no,
        node_moves.is_last_until_conversion,
        numbered_journeys.is_converted
),

all_edges as (
    select
        origins.grain,
        if(sides.is_end, nodes.node, origins.node) as origin,
        case
            when not sides.is_end then nodes.node
            when edges.is_converted then 'converted'
            else 'dropped'
        end as target,
        edges.transitions
    from edges
    cross join (values (false), (true)) as sides (is_end)
    inner join graph_nodes as origins
        on edges.grain_no = origins.grain_no and edges.origin_no = origins.node_no
    inner join graph_nodes as nodes
        on edges.grain_no = nodes.grain_no and edges.node_no = nodes.node_no
    where edges.is_last or not sides.is_end
)

select
    grain,
    origin,
    target,
    sum(transitions)::bigint as transitions
from all_edges
group by grain, origin, target
