-- One row per link of the path flow: how many journeys went from a node at one position to the
-- next node, and how much they were worth. The node at position n is a journey's n-th step.
--
-- Source: counts.path_flow.
-- Every journey is the sequence start, its first steps by stage/channel, and what came then: its
-- end state if it has no more than [paths] steps, else `truncated`. Back-steps count; so does
-- each position, which is why the flow has no circle. At each position the [paths] top names
-- with most journeys (of equal ones the first by name) keep their name, the rest is `other`.
-- A journey takes one link from each position that it has. `value` is what the journeys earned
-- less what came back. End states and `truncated` stand at no position: null.
with

links as (
    select
        *,
        if(ending is null, position + 1, null) as target_position
    from counts.path_flow
),

names as (
    select
        target_position as position,
        target_stage as stage,
        target_channel as channel,
        row_number() over (
            partition by target_position
            order by sum(journeys) desc, target_stage || '/' || target_channel asc
        ) <= getvariable('path_top')::bigint as is_named
    from links
    where target_position is not null
    group by target_position, target_stage, target_channel
),

named_links as (
    select
        links.position::bigint as position,
        if(origins.is_named, links.origin_stage, null) as origin_stage,
        if(origins.is_named, links.origin_channel, null) as origin_channel,
        links.target_position::bigint as target_position,
        if(targets.is_named, links.target_stage, null) as target_stage,
        if(targets.is_named, links.target_channel, null) as target_channel,
        links.ending,
        sum(links.journeys) as journeys,
        sum(links.value) as value
    from links
    left join names as origins
        on
            links.position = origins.position
            and links.origin_stage = origins.stage
            and links.origin_channel = origins.channel
    left join names as targets
        on
            links.target_position = targets.position
            and links.target_stage = targets.stage
            and links.target_channel = targets.channel
    group by
        links.position,
        if(origins.is_named, links.origin_stage, null),
        if(origins.is_named, links.origin_channel, null),
        links.target_position,
        if(targets.is_named, links.target_stage, null),
        if(targets.is_named, links.target_channel, null),
        links.ending
)

select
    position,
    origin_stage,
    origin_channel,
    case
        when position = 0 then 'start'
        else coalesce(origin_stage || '/' || origin_channel, 'other')
    end as origin,
    target_position,
    target_stage,
    target_channel,
    coalesce(ending, target_stage || '/' || target_channel, 'other') as target,
    journeys::bigint as journeys,
    value::decimal(18, 4) as value
from named_links
order by
    position,
    stage_number(origin_stage) nulls last,
    origin_channel,
    target_position nulls last,
    stage_number(target_stage) nulls last,
    target_channel,
    target
