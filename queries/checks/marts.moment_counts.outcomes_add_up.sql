-- Whatever kind of touch is looked at, the steps with it and the others are all steps of a stage, segment
-- and length; each has one outcome at most, and no journey is lost twice.
--
-- One row per stratum whose kinds differ, or count more than there is.
with

counts as (
    select
        segment,
        stage,
        touches_before_from,
        touches_from,
        exposed,
        others,
        exposed + others as steps,
        exposed_advanced + others_advanced as advanced,
        exposed_left + others_left as lost,
        exposed_back + others_back as back,
        least(
            exposed - exposed_advanced - exposed_left - exposed_back,
            others - others_advanced - others_left - others_back,
            exposed - exposed_answered,
            exposed_answered - exposed_negative,
            others_answered - others_negative,
            others - others_answered,
            exposed_advanced,
            exposed_left,
            exposed_back,
            exposed_negative,
            others_advanced,
            others_left,
            others_back,
            others_negative
        ) as least_count
    from marts.moment_counts
),

strata as (
    select
        segment,
        stage,
        touches_before_from,
        touches_from,
        max(steps) as steps,
        max(lost) as lost,
        min(steps) = max(steps)
        and min(advanced) = max(advanced)
        and min(lost) = max(lost)
        and min(back) = max(back)
        and min(exposed) > 0
        and min(least_count) >= 0 as adds_up
    from counts
    group by segment, stage, touches_before_from, touches_from
),

stages as (
    select
        stage,
        sum(steps) as steps,
        sum(lost) as lost
    from strata
    group by stage
),

core_steps as (
    select
        stage,
        count(*) as steps
    from core.steps
    group by stage
),

core_leavers as (
    select
        last_stage as stage,
        count(*) as leavers
    from core.journeys
    where state = 'dropped'
    group by last_stage
)

select
    strata.segment,
    strata.stage,
    strata.touches_before_from,
    strata.touches_from,
    strata.steps,
    strata.lost
from strata
where not strata.adds_up
union all
select
    null as segment,
    stages.stage,
    null as touches_before_from,
    null as touches_from,
    stages.steps,
    stages.lost
from stages
left join core_steps on stages.stage = core_steps.stage
left join core_leavers on stages.stage = core_leavers.stage
where
    stages.steps > coalesce(core_steps.steps, 0)
    or stages.lost > coalesce(core_leavers.leavers, 0)
