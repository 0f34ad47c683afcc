-- One row per grain, origin, target and segment: how often customers went from one node to the
-- next, and how long that took. Back-steps and loops count.
--
-- Grains: `stage` (nodes are steps by stage), `stage_channel` (steps by stage/channel of their
-- first touch), `traffic` (visits by how they came), `touchpoint` (touches by channel/event).
-- Every journey runs from `start` over its nodes to its end state. A journey without a segment
-- counts in the rows whose segment is null. Ignored and unmapped touches, and those without a
-- customer, take no part.
--
-- The time is that from the origin's first touch to the target's; its median and 90th
-- percentile are exact and discrete: times that did occur (of an even number the lower middle).
-- Edges from `start` and to an end state take no time: null.
-- `value` is what was earned at the target, returns negative, so that the edges of a grain sum
-- to the revenue of the journeys.
with

journeys as not materialized (
    select * from core.journeys
),

steps as not materialized (
    select * from core.steps
),

visits as not materialized (
    select * from core.visits
),

touches as not materialized (
    select * from core.touchpoints
    where journey_id is not null
),

-- A journey's comings to nodes; they are numbered inside it, with or without gaps.
arrivals as not materialized (
    select
        'stage' as grain,
        journey_id,
        step_no as arrival_no,
        stage as node,
        started_at as arrived_at,
        value as earned
    from steps
    union all
    select
        'stage_channel' as grain,
        journey_id,
        step_no as arrival_no,
        stage || '/' || channel as node,
        started_at as arrived_at,
        value as earned
    from steps
    union all
    select
        'traffic' as grain,
        journey_id,
        visit_no as arrival_no,
        traffic as node,
        started_at as arrived_at,
        value as earned
    from visits
    union all
    select
        'touchpoint' as grain,
        journey_id,
        touch_no as arrival_no,
        channel || '/' || event as node,
        occurred_at as arrived_at,
        coalesce(revenue, 0) as earned
    from touches
),

-- Whatever is counted is numbered: by number the windows and the distinct counts of ten million
-- moves fit in memory, by name they do not.
nodes as materialized (
    select
        grain,
        dense_rank() over (order by grain) as grain_no,
        node,
        row_number() over (order by grain, node)::integer as node_no
    from (select distinct grain, node from arrivals)
),

-- End states have the numbers below nought, and the start is 0.
states as materialized (
    select
        state,
        -(row_number() over (order by state))::integer as state_no
    from (select distinct state from journeys)
),

segments as materialized (
    select
        segment,
        row_number() over (order by segment)::integer as segment_no
    from (select distinct segment from journeys)
),

numbered_journeys as materialized (
    select
        journeys.journey_id,
        row_number() over () as journey_no,
        dense_rank() over (order by journeys.customer_id)::integer as customer_no,
        segments.segment_no,
        states.state_no
    from journeys
    inner join states on journeys.state = states.state
    inner join segments on journeys.segment is not distinct from segments.segment
),

moves as not materialized (
    select
        numbered_journeys.journey_no,
        coalesce(lag(nodes.node_no) over way, 0) as origin_no,
        nodes.node_no,
        lead(nodes.node_no) over way is null as is_last,
        (epoch_us(arrivals.arrived_at) - epoch_us(lag(arrivals.arrived_at) over way)) // 1000
            as duration_ms,
        arrivals.earned
    from arrivals
    inner join numbered_journeys on arrivals.journey_id = numbered_journeys.journey_id
    inner join nodes on arrivals.grain = nodes.grain and arrivals.node = nodes.node
    -- One number for a journey's way at one grain, of which there are four.
    window way as (
        partition by numbered_journeys.journey_no * 4 + nodes.grain_no
        order by arrivals.arrival_no
    )
),

-- A last move is two: its own, and that to the end state. Told by a join, moves are made once.
all_moves as (
    select
        moves.journey_no,
        numbered_journeys.customer_no,
        numbered_journeys.segment_no,
        if(sides.is_end, moves.node_no, moves.origin_no) as origin_no,
        if(sides.is_end, numbered_journeys.state_no, moves.node_no) as target_no,
        if(sides.is_end, null, moves.duration_ms) as duration_ms,
        if(sides.is_end, 0, moves.earned) as earned
    from moves
    cross join (values (false), (true)) as sides (is_end)
    inner join numbered_journeys on moves.journey_no = numbered_journeys.journey_no
    where moves.is_last or not sides.is_end
),

edges as (
    select
        origin_no,
        target_no,
        segment_no,
        count(distinct journey_no) as journeys,
        count(*) as transitions,
        count(distinct customer_no) as customers,
        quantile_disc(duration_ms, [0.5, 0.9]) as quantiles_ms,
        sum(earned) as value
    from all_moves
    group by origin_no, target_no, segment_no
)

select
    coalesce(origins.grain, targets.grain) as grain,
    coalesce(origins.node, 'start') as origin,
    coalesce(targets.node, states.state) as target,
    segments.segment,
    edges.journeys::bigint as journeys,
    edges.transitions::bigint as transitions,
    edges.customers::bigint as customers,
    edges.quantiles_ms[1]::bigint as median_ms,
    edges.quantiles_ms[2]::bigint as p90_ms,
    edges.value::decimal(18, 4) as value
from edges
inner join segments on edges.segment_no = segments.segment_no
left join nodes as origins on edges.origin_no = origins.node_no
left join nodes as targets on edges.target_no = targets.node_no
left join states on edges.target_no = states.state_no
order by grain, origin, target, segments.segment
