-- One row per stage, day that the journey began (in the project's zone), first channel,
-- first traffic and segment: how many journeys came so far, and what became of them there.
--
-- Source: counts.stage_funnel.
-- Every combination that has a journey has all six stages, so that a funnel has no holes.
-- `converted` are those of the reached that bought; `goal_met` looks at touches, not at depth.
-- The drop-off rate leaves open journeys out: they have not ended. It is null where none did.
with

funnel as (
    select * from counts.stage_funnel
),

-- Every journey has reached the first stage.
holes as (
    select
        cells.* replace (stages.stage as stage, stages.stage_no as stage_no)
    from funnel as cells
    cross join stages() as stages
    anti join funnel
        on
            stages.stage_no = funnel.stage_no
            and cells.day = funnel.day
            and cells.first_channel = funnel.first_channel
            and cells.first_traffic = funnel.first_traffic
            and cells.segment is not distinct from funnel.segment
    where cells.stage_no = 1
),

cells as (
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
        goal_met
    from funnel
    union all
    select
        stage,
        stage_no,
        day,
        first_channel,
        first_traffic,
        segment,
        0 as reached,
        0 as visited,
        0 as skipped,
        0 as advanced,
        0 as dropped,
        0 as open,
        0 as settled,
        0 as converted,
        0 as goal_met
    from holes
),

stage_rates as (
    select
        *,
        wilson(dropped, advanced + settled + dropped) as drop_off
    from cells
)

select
    stage,
    stage_no::bigint as stage_no,
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
