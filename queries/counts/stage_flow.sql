-- One row per link of the stage flow: how many journeys went from one new deepest stage to the
-- next, and how much they were worth.
--
-- Source: numbered_steps for the way, core.journeys for its end and its value.
-- Every journey is the sequence start, its new deepest stages, its end state: back-steps and
-- loops are left out, so the picture has no circle and its numbers are the funnel's. A journey
-- takes a link at most once. A repurchased journey has come to the outcome, with or without a
-- touch there. `value` is what the journeys earned less what came back.
with

new_depths as (
    select
        journey_no,
        step_no,
        stage_no
    from numbered_steps
    where is_new_depth
    union all
    -- It stands after all steps, wherever these end.
    select
        journey_no,
        2147483647 as step_no,
        stage_number('outcome') as stage_no
    from numbered_journeys
    where state = 'repurchased'
),

links as (
    select
        journey_no,
        coalesce(lag(stage_no) over (partition by journey_no order by step_no), 0) as origin_no,
        stage_no as target_no
    from new_depths
),

link_counts as (
    select
        links.origin_no,
        links.target_no,
        count(*) as journeys,
        sum(numbered_journeys.revenue) as value
    from links
    inner join numbered_journeys on links.journey_no = numbered_journeys.journey_no
    -- A repurchased journey may have come to the outcome already.
    where links.origin_no != links.target_no
    group by links.origin_no, links.target_no
)

select
    coalesce(origins.stage, 'start') as origin,
    targets.stage as target,
    link_counts.journeys::bigint as journeys,
    link_counts.value::decimal(18, 4) as value
from link_counts
left join stages() as origins on link_counts.origin_no = origins.stage_no
inner join stages() as targets on link_counts.target_no = targets.stage_no
union all
select
    deepest_stage as origin,
    state as target,
    count(*)::bigint as journeys,
    sum(value - returned_value)::decimal(18, 4) as value
from core.journeys
group by deepest_stage, state
