-- One row per link of the stage flow: how many journeys went from one new deepest stage to the
-- next, and how much they were worth.
--
-- Source: core.steps for the way, core.journeys for its end and its value.
-- Every journey is the sequence start, its new deepest stages, its end state: back-steps and
-- loops are left out, so the picture has no circle and its numbers are the funnel's. A journey
-- takes a link at most once. A repurchased journey has come to the outcome, with or without a
-- touch there. `value` is what the journeys earned less what came back.
with

journeys as not materialized (
    select * from core.journeys
),

steps as (
    select * from core.steps
),

new_depths as (
    select
        journey_id,
        step_no,
        stage
    from steps
    where is_new_depth
    union all
    select
        journey_id,
        steps + 1 as step_no,
        'outcome' as stage
    from journeys
    where state = 'repurchased'
),

links as (
    select
        journey_id,
        coalesce(lag(stage) over (partition by journey_id order by step_no), 'start') as origin,
        stage as target
    from new_depths
),

links_with_ends as (
    select
        links.origin,
        links.target,
        journeys.value - journeys.returned_value as value
    from links
    inner join journeys on links.journey_id = journeys.journey_id
    -- A repurchased journey may have come to the outcome already.
    where links.origin <> links.target
    union all
    select
        deepest_stage as origin,
        state as target,
        value - returned_value as value
    from journeys
)

select
    origin,
    target,
    count(*)::bigint as journeys,
    sum(value)::decimal(18, 4) as value
from links_with_ends
group by origin, target
order by stage_number(origin) nulls first, stage_number(target) nulls last, target
