-- The links that lead from before a stage to it or past it carry the journeys that reached it.
--
-- One row per stage that breaks this. A journey crosses into a depth once: flow into the stage
-- itself are those that came to it as a new deepest stage, flow past it those that skipped it on
-- their way (they may have come back to it later).
with

stages as (
    select * from stages()
),

links as (
    select
        coalesce(stage_number(origin), 0) as origin_no,
        stage_number(target) as target_no,
        journeys
    from marts.stage_flow
),

crossings as (
    select
        stages.stage,
        coalesce(sum(links.journeys) filter (where links.target_no = stages.stage_no), 0)
            as journeys_into,
        coalesce(sum(links.journeys) filter (where links.target_no > stages.stage_no), 0)
            as journeys_past
    from stages
    left join links
        on stages.stage_no > links.origin_no and stages.stage_no <= links.target_no
    group by stages.stage
),

funnel as (
    select
        stage,
        sum(reached) as reached
    from marts.stage_funnel
    group by stage
)

select
    crossings.stage,
    crossings.journeys_into,
    crossings.journeys_past,
    funnel.reached
from crossings
left join funnel on crossings.stage = funnel.stage
where crossings.journeys_into + crossings.journeys_past != coalesce(funnel.reached, 0)
