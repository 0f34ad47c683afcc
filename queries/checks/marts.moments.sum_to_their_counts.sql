-- What is compared are the steps that were counted: of each segment, and of all together.
--
-- One row per comparison whose counts differ.
with

counts as (
    select
        segment,
        stage,
        channel,
        event,
        unnest(['advanced', 'left', 'back', 'negative']) as outcome,
        unnest([exposed, exposed, exposed, exposed_answered]) as exposed,
        unnest([exposed_advanced, exposed_left, exposed_back, exposed_negative]) as exposed_with,
        unnest([others, others, others, others_answered]) as others,
        unnest([others_advanced, others_left, others_back, others_negative]) as others_with
    from marts.moment_counts
),

spread_counts as (
    select
        false as is_all,
        *
    from counts
    union all
    select
        true as is_all,
        null as segment,
        * exclude (segment)
    from counts
),

expected_moments as (
    select
        is_all,
        segment,
        stage,
        channel,
        event,
        outcome,
        sum(exposed) as exposed,
        sum(exposed_with) as exposed_with,
        sum(others) as others,
        sum(others_with) as others_with
    from spread_counts
    group by is_all, segment, stage, channel, event, outcome
    having sum(exposed) > 0
)

select
    coalesce(moments.is_all, expected_moments.is_all) as is_all,
    coalesce(moments.segment, expected_moments.segment) as segment,
    coalesce(moments.stage, expected_moments.stage) as stage,
    coalesce(moments.channel, expected_moments.channel) as channel,
    coalesce(moments.event, expected_moments.event) as event,
    coalesce(moments.outcome, expected_moments.outcome) as outcome,
    moments.exposed,
    expected_moments.exposed as exposed_in_counts,
    moments.others,
    expected_moments.others as others_in_counts
from marts.moments as moments
full outer join expected_moments
    on
        moments.is_all = expected_moments.is_all
        and moments.segment is not distinct from expected_moments.segment
        and moments.stage = expected_moments.stage
        and moments.channel = expected_moments.channel
        and moments.event = expected_moments.event
        and moments.outcome = expected_moments.outcome
where
    moments.exposed is distinct from expected_moments.exposed
    or moments.exposed_with is distinct from expected_moments.exposed_with
    or moments.others is distinct from expected_moments.others
    or moments.others_with is distinct from expected_moments.others_with
