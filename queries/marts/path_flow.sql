-- One row per link of the path flow: how many journeys went from a node at one position to the
-- next node, and how much they were worth. The node at position n is a journey's n-th step.
--
-- Source: core.steps for the way, core.journeys for its end and its value.
-- Every journey is the sequence start, its first steps by stage/channel, and what came then: its
-- end state if it has no more than [paths] steps, else `truncated`. Back-steps count; so does
-- each position, which is why the flow has no circle. At each position the [paths] top names
-- with most journeys (of equal ones the first by name) keep their name, the rest is `other`.
-- A journey takes one link from each position that it has. `value` is what the journeys earned
-- less what came back. End states and `truncated` stand at no position: null.
with

journeys as not materialized (
    select * from core.journeys
),

steps as not materialized (
    select * from core.steps
    where step_no <= getvariable('path_steps')::bigint
),

counted_names as (
    select
        step_no as position,
        stage,
        channel,
        count(*) as journeys
    from steps
    group by step_no, stage, channel
),

ranked_names as (
    select
        position,
        stage,
        channel,
        row_number() over (
            partition by position order by journeys desc, stage || '/' || channel asc
        ) <= getvariable('path_top')::bigint as is_named
    from counted_names
),

-- Nodes are numbered, for moves are many and names are long. What keeps no name is the node of
-- its position without a stage.
names as (
    select
        position,
        stage,
        channel,
        if(is_named, stage, null) as node_stage,
        if(is_named, channel, null) as node_channel,
        dense_rank() over (
            order by position, if(is_named, stage, null), if(is_named, channel, null)
        )::integer as node_no
    from ranked_names
),

nodes as (
    select distinct
        node_no,
        position,
        node_stage as stage,
        node_channel as channel
    from names
),

numbered_steps as (
    select
        steps.journey_id,
        steps.step_no,
        names.node_no
    from steps
    inner join names
        on
            steps.step_no = names.position
            and steps.stage = names.stage
            and steps.channel = names.channel
),

-- From a first step two links lead: that from the start, and its own.
moves as (
    select
        journey_id,
        0 as origin_no,
        node_no as target_no
    from numbered_steps
    where step_no = 1
    union all
    select
        journey_id,
        node_no as origin_no,
        lead(node_no) over (partition by journey_id order by step_no) as target_no
    from numbered_steps
),

moves_with_ends as (
    select
        moves.origin_no,
        moves.target_no,
        case
            when moves.target_no is not null then null
            when journeys.steps > getvariable('path_steps')::bigint then 'truncated'
            else journeys.state
        end as ending,
        journeys.value - journeys.returned_value as value
    from moves
    inner join journeys on moves.journey_id = journeys.journey_id
),

links as (
    select
        origin_no,
        target_no,
        ending,
        count(*) as journeys,
        sum(value) as value
    from moves_with_ends
    group by origin_no, target_no, ending
)

select
    coalesce(origins.position, 0)::bigint as position,
    origins.stage as origin_stage,
    origins.channel as origin_channel,
    case
        when links.origin_no = 0 then 'start'
        else coalesce(origins.stage || '/' || origins.channel, 'other')
    end as origin,
    targets.position::bigint as target_position,
    targets.stage as target_stage,
    targets.channel as target_channel,
    coalesce(links.ending, targets.stage || '/' || targets.channel, 'other') as target,
    links.journeys::bigint as journeys,
    links.value::decimal(18, 4) as value
from links
left join nodes as origins on links.origin_no = origins.node_no
left join nodes as targets on links.target_no = targets.node_no
order by
    position,
    stage_number(origins.stage) nulls last,
    origins.channel,
    target_position nulls last,
    stage_number(targets.stage) nulls last,
    targets.channel,
    target
