-- One row per grain, origin, target, segment and bin of times: how often a transition took so long.
--
-- Source: node_moves, graph_nodes, numbered_journeys. Transitions are those of counts.transitions,
-- bins those of the macro time_bin. The time is that from the origin's first touch to the target's;
-- edges from `start` and to an end state take none, and are left out.
with

segments as materialized (
    select distinct
        segment_no,
        segment
    from numbered_journeys
),

edges as (
    select
        node_moves.grain_no,
        node_moves.origin_no,
        node_moves.node_no as target_no,
        numbered_journeys.segment_no,
        time_bin(node_moves.duration_ms) as bin,
        count(*) as transitions,
        sum(node_moves.duration_ms) as duration_ms
    from node_moves
    inner join numbered_journeys on node_moves.journey_no = numbered_journeys.journey_no
    where node_moves.duration_ms is not null
    group by
        node_moves.grain_no,
        node_moves.origin_no,
        node_moves.node_no,
        numbered_journeys.segment_no,
        time_bin(node_moves.duration_ms)
)

select
    origins.grain,
    origins.node as origin,
    targets.node as target,
    segments.segment,
    edges.bin,
    edges.transitions::bigint as transitions,
    edges.duration_ms::bigint as duration_ms
from edges
inner join segments on edges.segment_no = segments.segment_no
inner join graph_nodes as origins
    on edges.grain_no = origins.grain_no and edges.origin_no = origins.node_no
inner join graph_nodes as targets
    on edges.grain_no = targets.grain_no and edges.target_no = targets.node_no
