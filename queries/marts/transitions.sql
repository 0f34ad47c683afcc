-- One row per grain, origin, target and segment: how often customers went from one node to the
-- next, and how long that took. Back-steps and loops count.
--
-- Grains: `stage` (nodes are steps by stage), `stage_channel` (steps by stage/channel of their
-- first touch), `touchpoint` (touches by channel/event). Every journey runs from `start` over
-- its nodes to its end state. A journey without a segment counts in the rows whose segment is
-- null. Ignored and unmapped touches, and those without a customer, take no part.
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

touches as not materialized (
    select * from core.touchpoints
    where journey_id is not null
),

-- Nodes are numbered: the distinct counts of ten million moves fit in memory by number, by name
-- they do not.
names as (
    select distinct
        'stage' as grain,
        stage as name
    from steps
    union all
    select distinct
        'stage_channel' as grain,
        stage || '/' || channel as name
    from steps
    union all
    select distinct
        'touchpoint' as grain,
        channel || '/' || event as name
    from touches
),

nodes as (
    select
        grain,
        name,
        row_number() over (order by grain, name)::integer as node_no
    from names
),

-- End states have the numbers below nought, and the start is 0.
states as (
    select
        state,
        -(row_number() over (order by state))::integer as state_no
    from (select distinct state from journeys)
),

numbered_steps as (
    select
        steps.journey_id,
        steps.customer_id,
        steps.step_no,
        steps.started_at,
        steps.value,
        stage_nodes.node_no as stage_node_no,
        channel_nodes.node_no as channel_node_no
    from steps
    inner join nodes as stage_nodes
        on stage_nodes.grain = 'stage' and steps.stage = stage_nodes.name
    inner join nodes as channel_nodes
        on
            channel_nodes.grain = 'stage_channel'
            and steps.stage || '/' || steps.channel = channel_nodes.name
),

numbered_touches as (
    select
        touches.journey_id,
        touches.customer_id,
        touches.touchpoint_id,
        touches.touch_no,
        touches.occurred_at,
        touches.revenue,
        nodes.node_no
    from touches
    inner join nodes
        on nodes.grain = 'touchpoint' and touches.channel || '/' || touches.event = nodes.name
),

step_moves as (
    select
        journey_id,
        customer_id,
        step_no = 1 as is_first,
        stage_node_no,
        channel_node_no,
        lead(stage_node_no) over in_order as next_stage_node_no,
        lead(channel_node_no) over in_order as next_channel_node_no,
        (epoch_us(lead(started_at) over in_order) - epoch_us(started_at)) // 1000 as duration_ms,
        value as earned_here,
        coalesce(lead(value) over in_order, 0) as earned_next
    from numbered_steps
    window in_order as (partition by journey_id order by step_no)
),

touch_moves as (
    select
        journey_id,
        customer_id,
        touchpoint_id = journey_id as is_first,
        node_no,
        lead(node_no) over in_order as next_node_no,
        (epoch_us(lead(occurred_at) over in_order) - epoch_us(occurred_at)) // 1000
            as duration_ms,
        coalesce(revenue, 0) as earned_here,
        coalesce(lead(revenue) over in_order, 0) as earned_next
    from numbered_touches
    window in_order as (partition by journey_id order by touch_no)
),

moves as not materialized (
    select
        journey_id,
        customer_id,
        is_first,
        stage_node_no as node_no,
        next_stage_node_no as next_node_no,
        duration_ms,
        earned_here,
        earned_next
    from step_moves
    union all
    select
        journey_id,
        customer_id,
        is_first,
        channel_node_no as node_no,
        next_channel_node_no as next_node_no,
        duration_ms,
        earned_here,
        earned_next
    from step_moves
    union all
    select
        journey_id,
        customer_id,
        is_first,
        node_no,
        next_node_no,
        duration_ms,
        earned_here,
        earned_next
    from touch_moves
),

-- A first move is two: that from the start, and its own.
moves_from_the_start as (
    select
        moves.journey_id,
        moves.customer_id,
        journeys.segment,
        0 as origin_no,
        moves.node_no as target_no,
        null::bigint as duration_ms,
        moves.earned_here as earned
    from moves
    inner join journeys on moves.journey_id = journeys.journey_id
    where moves.is_first
),

moves_onward as (
    select
        moves.journey_id,
        moves.customer_id,
        journeys.segment,
        moves.node_no as origin_no,
        coalesce(moves.next_node_no, states.state_no) as target_no,
        moves.duration_ms,
        moves.earned_next as earned
    from moves
    inner join journeys on moves.journey_id = journeys.journey_id
    inner join states on journeys.state = states.state
),

all_moves as (
    select * from moves_from_the_start
    union all
    select * from moves_onward
),

edges as (
    select
        origin_no,
        target_no,
        segment,
        count(distinct journey_id) as journeys,
        count(*) as transitions,
        count(distinct customer_id) as customers,
        quantile_disc(duration_ms, [0.5, 0.9]) as quantiles_ms,
        sum(earned) as value
    from all_moves
    group by origin_no, target_no, segment
)

select
    coalesce(origins.grain, targets.grain) as grain,
    coalesce(origins.name, 'start') as origin,
    coalesce(targets.name, states.state) as target,
    edges.segment,
    edges.journeys::bigint as journeys,
    edges.transitions::bigint as transitions,
    edges.customers::bigint as customers,
    edges.quantiles_ms[1]::bigint as median_ms,
    edges.quantiles_ms[2]::bigint as p90_ms,
    edges.value::decimal(18, 4) as value
from edges
left join nodes as origins on edges.origin_no = origins.node_no
left join nodes as targets on edges.target_no = targets.node_no
left join states on edges.target_no = states.state_no
order by grain, origin, target, edges.segment
