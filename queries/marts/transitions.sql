-- One row per grain, origin, target and segment: how often customers went from one node to the
-- next, and how long that took. Back-steps and loops count.
--
-- Source: counts.transitions, counts.transition_times.
-- Grains: `stage` (nodes are steps by stage), `stage_channel` (steps by stage/channel of their
-- first touch), `traffic` (visits by how they came), `touchpoint` (touches by channel/event).
-- Every journey runs from `start` over its nodes to its end state. A journey without a segment
-- counts in the rows whose segment is null. Ignored and unmapped touches, and those without a
-- customer, take no part.
--
-- The time is that from the origin's first touch to the target's; its median and 90th percentile
-- are the mean times of the bins (macro time_bin) that hold them: within 2.2% of those that did
-- occur. Edges from `start` and to an end state take no time: null.
-- `value` is what was earned at the target, returns negative, so that the edges of a grain sum
-- to the revenue of the journeys.
with

bins as (
    select
        *,
        sum(transitions) over in_order as so_far,
        sum(transitions) over of_edge as all_transitions
    from counts.transition_times
    window
        of_edge as (partition by grain, origin, target, segment),
        in_order as (partition by grain, origin, target, segment order by bin)
),

times as (
    select
        grain,
        origin,
        target,
        segment,
        arg_min(round(duration_ms / transitions), bin) filter (where so_far >= 0.5 * all_transitions)
            as median_ms,
        arg_min(round(duration_ms / transitions), bin) filter (where so_far >= 0.9 * all_transitions)
            as p90_ms
    from bins
    group by grain, origin, target, segment
)

select
    edges.grain,
    edges.origin,
    edges.target,
    edges.segment,
    edges.journeys,
    edges.transitions,
    edges.customers,
    times.median_ms::bigint as median_ms,
    times.p90_ms::bigint as p90_ms,
    edges.value
from counts.transitions as edges
left join times
    on
        edges.grain = times.grain
        and edges.origin = times.origin
        and edges.target = times.target
        and edges.segment is not distinct from times.segment
order by edges.grain, edges.origin, edges.target, edges.segment
