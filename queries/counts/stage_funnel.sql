-- One row per stage, day that the journey began (in the project's zone), first channel,
-- first traffic and segment: how many journeys came so far, what became of them there, and what they
-- were worth.
--
-- Source: core.journeys; numbered_steps for visits; numbered_touches for goals.
-- `converted` are those of the reached that bought; `goal_met` looks at touches, not at depth.
-- `goal_judged` are the resolved (advanced, settled or dropped) that touched the stage or met its goal
-- elsewhere; `goal_judged_met` those of them that met it.
-- `gone_on` are the decided ones (converted or dropped) that came to a deeper stage, or bought where the
-- stage is the purchase. Values are what was earned less what came back.
with

journeys as (
    select
        journeys.*,
        numbered_journeys.journey_no
    from core.journeys
    inner join numbered_journeys on journeys.journey_id = numbered_journeys.journey_id
),

-- Sets of stages are bit masks, so that a journey is one row and no pair is counted twice.
visits as (
    select
        journey_no,
        bit_or(1 << stage_no) as visited_stages
    from numbered_steps
    group by journey_no
),

goals as (
    select
        journey_no,
        bit_or(1 << goal_no) as goal_stages
    from numbered_touches
    where goal_no is not null
    group by journey_no
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
        count(*) as journeys,
        sum(journeys.value - journeys.returned_value) as value
    from journeys
    left join visits on journeys.journey_no = visits.journey_no
    left join goals on journeys.journey_no = goals.journey_no
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
        alike_journeys.value,
        alike_journeys.is_converted,
        alike_journeys.deepest_no >= stages.stage_no as is_reached,
        alike_journeys.deepest_no > stages.stage_no as is_advanced,
        alike_journeys.deepest_no = stages.stage_no and alike_journeys.state = 'dropped'
            as is_dropped,
        alike_journeys.deepest_no = stages.stage_no and alike_journeys.state = 'open' as is_open,
        alike_journeys.deepest_no = stages.stage_no
        and alike_journeys.state not in ('dropped', 'open') as is_settled,
        (alike_journeys.visited_stages >> stages.stage_no) & 1 = 1 as is_visited,
        (alike_journeys.goal_stages >> stages.stage_no) & 1 = 1 as is_goal_met,
        is_reached and not is_open and (is_visited or is_goal_met) as is_judged,
        (alike_journeys.is_converted or alike_journeys.state = 'dropped')
        and (is_advanced or (stages.stage = 'purchase' and alike_journeys.is_converted))
            as is_gone_on
    from alike_journeys
    cross join stages() as stages
    where is_reached or is_goal_met or is_gone_on
)

select
    stage,
    stage_no::utinyint as stage_no,
    day,
    first_channel,
    first_traffic,
    segment,
    coalesce(sum(journeys) filter (where is_reached), 0)::bigint as reached,
    coalesce(sum(journeys) filter (where is_visited), 0)::bigint as visited,
    coalesce(sum(journeys) filter (where is_reached and not is_visited), 0)::bigint as skipped,
    coalesce(sum(journeys) filter (where is_advanced), 0)::bigint as advanced,
    coalesce(sum(journeys) filter (where is_dropped), 0)::bigint as dropped,
    coalesce(sum(journeys) filter (where is_open), 0)::bigint as open,
    coalesce(sum(journeys) filter (where is_settled), 0)::bigint as settled,
    coalesce(sum(journeys) filter (where is_reached and is_converted), 0)::bigint as converted,
    coalesce(sum(journeys) filter (where is_goal_met), 0)::bigint as goal_met,
    coalesce(sum(journeys) filter (where is_judged), 0)::bigint as goal_judged,
    coalesce(sum(journeys) filter (where is_judged and is_goal_met), 0)::bigint as goal_judged_met,
    coalesce(sum(journeys) filter (where is_gone_on), 0)::bigint as gone_on,
    coalesce(sum(value) filter (where is_reached), 0)::decimal(18, 4) as value,
    coalesce(sum(value) filter (where is_gone_on), 0)::decimal(18, 4) as value_gone_on
from journeys_at_stages
group by stage, stage_no, day, first_channel, first_traffic, segment
