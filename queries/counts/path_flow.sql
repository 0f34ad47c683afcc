-- One row per position, node there, and node or end that comes next: how many journeys went so, and how
-- much they were worth. The node at position n is a journey's n-th step, by stage and channel.
--
-- Source: numbered_steps for the way, core.journeys for its end and its value.
-- Every journey is the sequence start (position 0), its first steps, and what came then: its end
-- state if it has no more than [paths] steps, else `truncated`. Back-steps count.
-- `value` is what the journeys earned less what came back.
with

steps as not materialized (
    select * from numbered_steps
    where step_no <= getvariable('path_steps')::bigint
),

lengths as (
    select
        numbered_journeys.journey_no,
        numbered_journeys.revenue,
        if(
            journeys.steps > getvariable('path_steps')::bigint, 'truncated', journeys.state
        ) as ending
    from numbered_journeys
    inner join core.journeys on numbered_journeys.journey_id = journeys.journey_id
),

-- From a first step two links lead: that from the start, and its own.
moves as (
    select
        journey_no,
        0 as position,
        0 as origin_no,
        kind_no as target_no
    from steps
    where step_no = 1
    union all
    select
        journey_no,
        step_no as position,
        kind_no as origin_no,
        lead(kind_no) over (partition by journey_no order by step_no) as target_no
    from steps
),

links as (
    select
        moves.position,
        moves.origin_no,
        moves.target_no,
        if(moves.target_no is null, lengths.ending, null) as ending,
        count(*) as journeys,
        sum(lengths.revenue) as value
    from moves
    inner join lengths on moves.journey_no = lengths.journey_no
    group by
        moves.position,
        moves.origin_no,
        moves.target_no,
        if(moves.target_no is null, lengths.ending, null)
)

select
    links.position::utinyint as position,
    origins.stage as origin_stage,
    origins.channel as origin_channel,
    targets.stage as target_stage,
    targets.channel as target_channel,
    links.ending,
    links.journeys::bigint as journeys,
    links.value::decimal(18, 4) as value
from links
left join step_kinds as origins on links.origin_no = origins.kind_no
left join step_kinds as targets on links.target_no = targets.kind_no
