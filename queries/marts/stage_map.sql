-- One row per segment (and all together) and stage: who came, how they felt, how long they stayed, what the
-- stage is to achieve and what it achieves, what is lost there and what that is worth.
--
-- Source: counts.stage_funnel, counts.stage_customers, counts.stage_stays, counts.touchpoint_map; ops.goals
-- for what the stages are to achieve.
-- Journeys are counted as in marts.stage_funnel. Rows of all segments together (`is_all`) stand beside
-- those of each.
-- Median and 90th percentile of the stays are the mean times of the bins (macro time_bin) that hold them:
-- within 2.2% of stays that did occur.
-- Both rates are of the resolved (advanced, settled or dropped): who is open here may still go on or meet
-- the goal. That of the goal leaves out who skipped the stage, unless its goal was met elsewhere. Nobody
-- advances from the last stage, so there the rate is null.
-- A target is met when the whole interval lies at or above it, missed when all of it lies below, and else
-- undecided.
-- `worth` is what the decided ones that went on from here earned on average, less what came back; from
-- `purchase` those have gone on that bought. `opportunity` is what the lost would be worth if they were
-- worth the same: the most that there is to win back, not what can be.
with

goals as (
    select * from ops.goals
),

maps as (
    select * from (values (true), (false)) as listed (is_all)
),

funnel as (
    select
        maps.is_all,
        if(maps.is_all, null, funnels.segment) as segment,
        funnels.stage,
        sum(funnels.reached) as reached,
        sum(funnels.visited) as visited,
        sum(funnels.advanced) as advanced,
        sum(funnels.dropped) as dropped,
        sum(funnels.open) as open,
        sum(funnels.settled) as settled,
        sum(funnels.goal_met) as goal_met,
        sum(funnels.goal_judged) as goal_judged,
        sum(funnels.goal_judged_met) as goal_judged_met,
        sum(funnels.gone_on) as gone_on,
        sum(funnels.value) as value,
        sum(funnels.value_gone_on) as value_gone_on
    from counts.stage_funnel as funnels
    cross join maps
    group by maps.is_all, if(maps.is_all, null, funnels.segment), funnels.stage
),

customers as (
    select
        maps.is_all,
        if(maps.is_all, null, counted.segment) as segment,
        counted.stage,
        sum(counted.customers) as customers
    from counts.stage_customers as counted
    cross join maps
    group by maps.is_all, if(maps.is_all, null, counted.segment), counted.stage
),

feelings as (
    select
        maps.is_all,
        if(maps.is_all, null, met.segment) as segment,
        met.stage,
        sum(met.touches) as touches,
        sum(met.known_sentiment) as known_sentiment,
        sum(met.positive) as positive,
        sum(met.negative) as negative
    from counts.touchpoint_map as met
    cross join maps
    where met.grain = 'stage'
    group by maps.is_all, if(maps.is_all, null, met.segment), met.stage
),

bins as (
    select
        maps.is_all,
        if(maps.is_all, null, stays.segment) as segment,
        stays.stage,
        stays.bin,
        sum(stays.journeys) as journeys,
        sum(stays.stay_ms) as stay_ms
    from counts.stage_stays as stays
    cross join maps
    group by maps.is_all, if(maps.is_all, null, stays.segment), stays.stage, stays.bin
),

bins_in_order as (
    select
        *,
        sum(journeys) over of_stage as all_journeys,
        sum(journeys) over in_order as so_far
    from bins
    window
        of_stage as (partition by is_all, segment, stage),
        in_order as (partition by is_all, segment, stage order by bin)
),

stays as (
    select
        is_all,
        segment,
        stage,
        arg_min(round(stay_ms / journeys), bin) filter (where so_far >= 0.5 * all_journeys)::bigint
            as median_ms,
        arg_min(round(stay_ms / journeys), bin) filter (where so_far >= 0.9 * all_journeys)::bigint
            as p90_ms
    from bins_in_order
    group by is_all, segment, stage
),

-- Every segment has all six stages; all its journeys have reached the first.
stage_cells as (
    select
        funnel.is_all,
        funnel.segment,
        stages.stage,
        stages.stage_no
    from funnel
    cross join stages() as stages
    where funnel.stage = 'need'
),

stage_counts as (
    select
        stage_cells.*,
        coalesce(customers.customers, 0) as customers,
        coalesce(funnel.reached, 0) as reached,
        coalesce(funnel.visited, 0) as visited,
        coalesce(funnel.advanced, 0) as advanced,
        coalesce(funnel.dropped, 0) as dropped,
        coalesce(funnel.open, 0) as open,
        coalesce(funnel.settled, 0) as settled,
        coalesce(funnel.goal_met, 0) as goal_met,
        coalesce(funnel.goal_judged, 0) as goal_judged,
        coalesce(funnel.goal_judged_met, 0) as goal_judged_met,
        coalesce(feelings.touches, 0) as touches,
        coalesce(feelings.known_sentiment, 0) as known_sentiment,
        coalesce(feelings.positive, 0) as positive,
        coalesce(feelings.negative, 0) as negative,
        stays.median_ms,
        stays.p90_ms,
        coalesce(funnel.value, 0) as value,
        (funnel.value_gone_on / nullif(funnel.gone_on, 0))::decimal(18, 4) as worth
    from stage_cells
    left join funnel
        on
            stage_cells.is_all = funnel.is_all
            and stage_cells.segment is not distinct from funnel.segment
            and stage_cells.stage = funnel.stage
    left join customers
        on
            stage_cells.is_all = customers.is_all
            and stage_cells.segment is not distinct from customers.segment
            and stage_cells.stage = customers.stage
    left join feelings
        on
            stage_cells.is_all = feelings.is_all
            and stage_cells.segment is not distinct from feelings.segment
            and stage_cells.stage = feelings.stage
    left join stays
        on
            stage_cells.is_all = stays.is_all
            and stage_cells.segment is not distinct from stays.segment
            and stage_cells.stage = stays.stage
),

stage_rates as (
    select
        stage_counts.*,
        goals.advance_rate as advance_target,
        goals.goal_rate as goal_target,
        wilson(
            stage_counts.advanced,
            if(
                stage_counts.stage = 'outcome',
                0,
                stage_counts.advanced + stage_counts.settled + stage_counts.dropped
            )
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
    customers::bigint as customers,
    reached::bigint as reached,
    visited::bigint as visited,
    advanced::bigint as advanced,
    dropped::bigint as lost,
    open::bigint as open,
    settled::bigint as settled,
    touches::bigint as touches,
    known_sentiment::bigint as known_sentiment,
    positive::bigint as positive,
    negative::bigint as negative,
    (positive - negative) / nullif(known_sentiment, 0) as mean_sentiment,
    negative / nullif(known_sentiment, 0) as negative_rate,
    median_ms,
    p90_ms,
    goal_met::bigint as goal_met,
    goal_judged::bigint as goal_judged,
    goal_judged_met::bigint as goal_judged_met,
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
