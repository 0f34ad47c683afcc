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

visited_stages as (
    select
        journey_id,
        step_no,
        stage
    from steps
    union all
    select
        journey_id,
        steps + 1 as step_no,
        'outcome' as stage
    from journeys
    where state = 'repurchased'
),

stages_and_depths as (
    select
        journey_id,
        stage,
        stage_number(stage) as stage_no,
        max(stage_number(stage)) over (
            partition by journey_id
            order by step_no
            rows between unbounded preceding and 1 preceding
        ) as depth_before
    from visited_stages
),

links as (
    select
        stages_and_depths.journey_id,
        coalesce(shallower.stage, 'start') as origin,
        stages_and_depths.stage as target
    from stages_and_depths
    left join stages() as shallower on stages_and_depths.depth_before = shallower.stage_no
    where stages_and_depths.stage_no > coalesce(stages_and_depths.depth_before, 0)
),

links_with_ends as (
    select
        links.origin,
        links.target,
        journeys.value - journeys.returned_value as value
    from links
    inner join journeys on links.journey_id = journeys.journey_id
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
