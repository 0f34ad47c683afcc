-- One row per segment (and all together) and stage: who came, how they felt, how long they stayed, what the
-- stage is to achieve and what it achieves, what is lost there and what that is worth.
--
-- Source: core.journeys, core.steps, core.touchpoints, events_met; ops.goals for what the stages are to achieve.
-- Journeys are counted as in marts.stage_funnel. Rows of all segments together (`is_all`) stand beside
-- those of each.
-- Both rates are of the resolved (advanced, settled or dropped): who is open here may still go on or meet
-- the goal. That of the goal leaves out who skipped the stage, unless its goal was met elsewhere. Nobody
-- advances from the last stage, so there the rate is null.
-- A target is met when the whole interval lies at or above it, missed when all of it lies below, and else
-- undecided.
-- `worth` is what the decided ones that went on from here earned on average, less what came back; from
-- `purchase` those have gone on that bought. `opportunity` is what the lost would be worth if they were
-- worth the same: the most that there is to win back, not what can be.
with

segments as (
    select
        journey_id,
        segment,
        false as is_all
    from core.journeys
    union all
    select
        journey_id,
        null as segment,
        true as is_all
    from core.journeys
),

goals as (
    select * from ops.goals
),

-- What a journey left behind in each stage that it touched.
stays as (
    select
        steps.journey_id,
        steps.stage,
        sum((epoch_us(steps.ended_at) - epoch_us(steps.started_at)) // 1000)::bigint as stay_ms
    from core.steps
    group by steps.journey_id, steps.stage
),

feelings as (
    select
        events_met.journey_id,
        events_met.stage,
        sum(events_met.touches) as touches,
        sum(events_met.known_sentiment) as known_sentiment,
        sum(events_met.positive) as positive,
        sum(events_met.negative) as negative
    from events_met
    group by events_met.journey_id, events_met.stage
),

goals_met as (
    select distinct
        touchpoints.journey_id,
        touchpoints.goal_stage as stage
    from core.touchpoints
    where touchpoints.journey_id is not null and touchpoints.goal_stage is not null
),

journeys_at_stages as (
    select
        segments.is_all,
        segments.segment,
        stages.stage,
        stages.stage_no,
        journeys.customer_id,
        stays.stay_ms,
        feelings.touches,
        feelings.known_sentiment,
        feelings.positive,
        feelings.negative,
        journeys.value - journeys.returned_value as value,
        stage_number(journeys.deepest_stage) >= stages.stage_no as is_reached,
        stage_number(journeys.deepest_stage) > stages.stage_no as is_advanced,
        stage_number(journeys.deepest_stage) = stages.stage_no and journeys.state = 'dropped'
            as is_dropped,
        stage_number(journeys.deepest_stage) = stages.stage_no and journeys.state = 'open'
            as is_open,
        goals_met.journey_id is not null as is_goal_met,
        is_reached
        and not is_open
        and (feelings.journey_id is not null or goals_met.journey_id is not null) as is_judged,
        journeys.converted_at is not null or journeys.state = 'dropped' as is_decided,
        stage_number(journeys.deepest_stage) > stages.stage_no
        or (stages.stage = 'purchase' and journeys.converted_at is not null) as is_gone_on
    from core.journeys
    inner join segments on journeys.journey_id = segments.journey_id
    cross join stages() as stages
    left join stays on journeys.journey_id = stays.journey_id and stages.stage = stays.stage
    left join feelings
        on journeys.journey_id = feelings.journey_id and stages.stage = feelings.stage
    left join goals_met
        on journeys.journey_id = goals_met.journey_id and stages.stage = goals_met.stage
),

stage_counts as (
    select
        is_all,
        segment,
        stage,
        stage_no,
        count(distinct customer_id) filter (where is_reached) as customers,
        count(*) filter (where is_reached) as reached,
        count(stay_ms) as visited,
        count(*) filter (where is_advanced) as advanced,
        count(*) filter (where is_dropped) as dropped,
        count(*) filter (where is_open) as open,
        count(*) filter (where is_reached and not is_open) as resolved,
        count(*) filter (where is_goal_met) as goal_met,
        count(*) filter (where is_judged) as goal_judged,
        count(*) filter (where is_judged and is_goal_met) as goal_judged_met,
        coalesce(sum(touches), 0)::bigint as touches,
        coalesce(sum(known_sentiment), 0)::bigint as known_sentiment,
        coalesce(sum(positive), 0)::bigint as positive,
        coalesce(sum(negative), 0)::bigint as negative,
        quantile_disc(stay_ms, 0.5) as median_ms,
        quantile_disc(stay_ms, 0.9) as p90_ms,
        coalesce(sum(value) filter (where is_reached), 0) as value,
        sum(value) filter (where is_gone_on and is_decided) as value_gone_on,
        count(*) filter (where is_gone_on and is_decided) as gone_on
    from journeys_at_stages
    group by is_all, segment, stage, stage_no
),

stage_rates as (
    select
        stage_counts.*,
        goals.advance_rate as advance_target,
        goals.goal_rate as goal_target,
        (stage_counts.value_gone_on / nullif(stage_counts.gone_on, 0))::decimal(18, 4) as worth,
        wilson(
            stage_counts.advanced, if(stage_counts.stage = 'outcome', 0, stage_counts.resolved)
        ) as advance,
        wilson(stage_counts.goal_judged_met, stage_counts.goal_judged) as goal
    from stage_counts
    left join goals on stage_counts.stage = goals.stage
)

select
    is_all,
    segment,
    stage,
    stage_no::bigint as stage_no,
    customers,
    reached,
    visited,
    advanced,
    dropped as lost,
    open,
    resolved - advanced - dropped as settled,
    touches,
    known_sentiment,
    positive,
    negative,
    (positive - negative) / nullif(known_sentiment, 0) as mean_sentiment,
    negative / nullif(known_sentiment, 0) as negative_rate,
    median_ms,
    p90_ms,
    goal_met,
    goal_judged,
    goal_judged_met,
    struct_extract(goal, 'rate')::double as goal_rate,
    struct_extract(goal, 'low')::double as goal_low,
    struct_extract(goal, 'high')::double as goal_high,
    goal_target,
    case
        when goal_target is null then null
        when struct_extract(goal, 'low') >= goal_target then 'met'
        when struct_extract(goal, 'high') < goal_target then 'missed'
        else 'undecided'
    end as goal_status,
    struct_extract(advance, 'rate')::double as advance_rate,
    struct_extract(advance, 'low')::double as advance_low,
    struct_extract(advance, 'high')::double as advance_high,
    advance_target,
    case
        when advance_target is null then null
        when struct_extract(advance, 'low') >= advance_target then 'met'
        when struct_extract(advance, 'high') < advance_target then 'missed'
        else 'undecided'
    end as advance_status,
    value::decimal(18, 4) as value,
    worth,
    (dropped * worth)::decimal(18, 4) as opportunity
from stage_rates
order by is_all desc, segment, stage_no
