-- One row per stage, dimension, value of it, and month in which the journeys began
-- (in the project's zone; null: of all time): how many went on, and how many were lost.
--
-- Source: core.journeys. `channel` is the first channel, `traffic` the first traffic; the value
-- is null for the dimension `all`, and for journeys without a segment.
-- Rates are of journeys that ended; open ones stand beside them. A month is ripe when its end
-- lies at least the journey silence before the cut-off: before that, whoever went on is counted
-- already and whoever will drop is not. All time ends with the cut-off, so it is never ripe.
with

journeys as (
    select * from core.journeys
),

project as (
    select * from ops.project
),

alike_journeys as (
    select
        date_trunc('month', journeys.day)::date as month,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.segment,
        stage_number(journeys.deepest_stage) as deepest_no,
        journeys.state,
        count(*) as journeys
    from journeys
    group by
        date_trunc('month', journeys.day)::date,
        journeys.first_channel,
        journeys.first_traffic,
        journeys.segment,
        stage_number(journeys.deepest_stage),
        journeys.state
),

journeys_by_dimension as (
    select
        'all' as dimension,
        null::varchar as dimension_value,
        month,
        deepest_no,
        state,
        journeys
    from alike_journeys
    union all
    select
        'channel' as dimension,
        first_channel as dimension_value,
        month,
        deepest_no,
        state,
        journeys
    from alike_journeys
    union all
    select
        'traffic' as dimension,
        first_traffic as dimension_value,
        month,
        deepest_no,
        state,
        journeys
    from alike_journeys
    union all
    select
        'segment' as dimension,
        segment as dimension_value,
        month,
        deepest_no,
        state,
        journeys
    from alike_journeys
),

journeys_by_period as (
    select
        dimension,
        dimension_value,
        month as period,
        deepest_no,
        state,
        journeys
    from journeys_by_dimension
    union all
    select
        dimension,
        dimension_value,
        null::date as period,
        deepest_no,
        state,
        journeys
    from journeys_by_dimension
),

journeys_at_stages as (
    select
        stages.stage,
        stages.stage_no,
        journeys_by_period.dimension,
        journeys_by_period.dimension_value,
        journeys_by_period.period,
        journeys_by_period.state,
        journeys_by_period.journeys,
        journeys_by_period.deepest_no > stages.stage_no as is_advanced,
        journeys_by_period.deepest_no = stages.stage_no as is_deepest
    from journeys_by_period
    cross join stages() as stages
),

stage_counts as (
    select
        stage,
        stage_no,
        dimension,
        dimension_value,
        period,
        coalesce(sum(journeys) filter (where is_advanced), 0)::bigint as advanced,
        coalesce(
            sum(journeys) filter (where is_deepest and state not in ('dropped', 'open')), 0
        )::bigint as settled,
        coalesce(sum(journeys) filter (where is_deepest and state = 'dropped'), 0)::bigint
            as dropped,
        coalesce(sum(journeys) filter (where is_deepest and state = 'open'), 0)::bigint as open
    from journeys_at_stages
    group by stage, stage_no, dimension, dimension_value, period
),

stage_rates as (
    select
        *,
        wilson(dropped, advanced + settled + dropped) as drop_off
    from stage_counts
)

select
    stage_rates.stage,
    stage_rates.stage_no,
    stage_rates.dimension,
    stage_rates.dimension_value,
    stage_rates.period,
    stage_rates.advanced,
    stage_rates.settled,
    stage_rates.dropped,
    stage_rates.open,
    struct_extract(stage_rates.drop_off, 'rate')::double as rate,
    struct_extract(stage_rates.drop_off, 'low')::double as low,
    struct_extract(stage_rates.drop_off, 'high')::double as high,
    coalesce(
        timezone(project.time_zone, (stage_rates.period + interval 1 month)::timestamp)
        + to_milliseconds(project.journey_silence_ms)
        <= project.cut_off,
        false
    ) as is_ripe
from stage_rates
cross join project
order by
    stage_rates.dimension,
    stage_rates.dimension_value,
    stage_rates.period,
    stage_rates.stage_no
