-- One row per grain, origin, target and segment: how often customers went from one node to the next.
-- Back-steps and loops count.
--
-- Source: node_moves, graph_nodes, numbered_journeys.
-- Every journey runs from `start` over its nodes to its end state. A journey without a segment
-- counts in the rows whose segment is null. Ignored and unmapped touches, and those without a
-- customer, take no part.
-- `value` is what was earned at the target, returns negative, so that the edges of a grain sum
-- to the revenue of the journeys. How long it took, counts.transition_times tells.
with

segments as materialized (
    select distinct
        segment_no,
        segment
    from numbered_journeys
),

-- A last move is two: its own, and that to the end state.
moves as not materialized (
    select
        grain_no,
        journey_no,
        origin_no,
        node_no as target_no,
        earned
    from node_moves
    union all
    select
        node_moves.grain_no,
        node_moves.journey_no,
        node_moves.node_no as origin_no,
        numbered_journeys.state_no as target_no,
        0 as earned
    from node_moves
    inner join numbered_journeys on node_moves.journey_no = numbered_journeys.journey_no
    where node_moves.is_last
),

edges as (
    select
        moves.grain_no,
        moves.origin_no,
        moves.target_no,
        numbered_journeys.segment_no,
        count(distinct moves.journey_no) as journeys,
        count(*) as transitions,
        count(distinct numbered_journeys.customer_no) as customers,
        sum(moves.earned) as value
    from moves
    inner join numbered_journeys on moves.journey_no = numbered_journeys.journey_no
    group by moves.grain_no, moves.origin_no, moves.target_no, numbered_journeys.segment_no
)

select
    origins.grain,
    origins.node as origin,
    targets.node as target,
    segments.segment,
    edges.journeys::bigint as journeys,
    edges.transitions::bigint as transitions,
    edges.customers::bigint as customers,
    edges.value::decimal(18, 4) as value
from edges
inner join segments on edges.segment_no = segments.segment_no
inner join graph_nodes as origins
    on edges.grain_no = origins.grain_no and edges.origin_no = origins.node_no
inner join graph_nodes as targets
    on edges.grain_no = targets.grain_no and edges.target_no = targets.node_no
