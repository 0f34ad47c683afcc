-- One row per stage, day that the journey began (in the project's zone), first channel,
-- first traffic and segment: how many journeys came so far, and what became of them there.
--
-- Source: core.journeys; core.steps for visits; core.touchpoints for goals.
-- Every combination that has a journey has all six stages, so that a funnel has no holes.
-- `converted` are those of the reached that bought; `goal_met` looks at touches, not at depth.
-- The drop-off rate leaves open journeys out: they have not ended. It is null where none did.
with

journeys as (
    select * from core.journeys
),

steps as (
    select * from core.steps
),

goal_touchpoints as (
    select * from core.touchpoints
    where goal_stage is not null and journey_id is not null
),

-- Sets of stages are bit masks, so that a journey is one row and no pair is counted twice.
visits as (
    select
        steps.journey_id,
        bit_or(1 << stage_number(steps.stage)) as visited_stages
    from steps
    group by steps.journey_id
),

goals as (
    select
        goal_touchpoints.journey_id,
        bit_or(1 << stage_number(goal_touchpoints.goal_stage)) as goal_stages
    from goal_touchpoints
    group by goal_touchpoints.journey_id
),

-- Journeys that look the same are counted once here, and only then spread over the stages.
alike_journeys as (
    select
        journeys.day,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.segment,
        stage_number(journeys.deepest_stage) as deepest_no,
        journeys.state,
        journeys.converted_at is not null as is_converted,
        coalesce(visits.visited_stages, 0) as visited_stages,
        coalesce(goals.goal_stages, 0) as goal_stages,
        count(*) as journeys
    from journeys
    left join visits on journeys.journey_id = visits.journey_id
    left join goals on journeys.journey_id = goals.journey_id
    group by
        journeys.day,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.segment,
        stage_number(journeys.deepest_stage),
        journeys.state,
        journeys.converted_at is not null,
        coalesce(visits.visited_stages, 0),
        coalesce(goals.goal_stages, 0)
),

journeys_at_stages as (
    select
        stages.stage,
        stages.stage_no,
        alike_journeys.day,
        alike_journeys.first_channel,
        alike_journeys.first_traffic,
        alike_journeys.segment,
        alike_journeys.journeys,
        alike_journeys.state,
        alike_journeys.is_converted,
        alike_journeys.deepest_no >= stages.stage_no as is_reached,
        alike_journeys.deepest_no > stages.stage_no as is_advanced,
        alike_journeys.deepest_no = stages.stage_no as is_deepest,
        (alike_journeys.visited_stages >> stages.stage_no) & 1 = 1 as is_visited,
        (alike_journeys.goal_stages >> stages.stage_no) & 1 = 1 as is_goal_met
    from alike_journeys
    cross join stages() as stages
),

stage_counts as (
    select
        stage,
        stage_no,
        day,
        first_channel,
        first_traffic,
        segment,
        coalesce(sum(journeys) filter (where is_reached), 0)::bigint as reached,
        coalesce(sum(journeys) filter (where is_visited), 0)::bigint as visited,
        coalesce(sum(journeys) filter (where is_reached and not is_visited), 0)::bigint as skipped,
        coalesce(sum(journeys) filter (where is_advanced), 0)::bigint as advanced,
        coalesce(sum(journeys) filter (where is_deepest and state = 'dropped'), 0)::bigint
            as dropped,
        coalesce(sum(journeys) filter (where is_deepest and state = 'open'), 0)::bigint as open,
        coalesce(
            sum(journeys) filter (where is_deepest and state not in ('dropped', 'open')), 0
        )::bigint as settled,
        coalesce(sum(journeys) filter (where is_reached and is_converted), 0)::bigint as converted,
        coalesce(sum(journeys) filter (where is_goal_met), 0)::bigint as goal_met
    from journeys_at_stages
    group by stage, stage_no, day, first_channel, first_traffic, segment
),

stage_rates as (
    select
        *,
        wilson(dropped, advanced + settled + dropped) as drop_off
    from stage_counts
)

select
    stage,
    stage_no,
    day,
    first_channel,
    first_traffic,
    segment,
    reached,
    visited,
    skipped,
    advanced,
    dropped,
    open,
    settled,
    converted,
    goal_met,
    struct_extract(drop_off, 'rate')::double as drop_off_rate,
    struct_extract(drop_off, 'low')::double as drop_off_low,
    struct_extract(drop_off, 'high')::double as drop_off_high
from stage_rates
order by day, first_channel, first_traffic, segment, stage_no
