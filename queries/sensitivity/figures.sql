-- One row: what a trial counts, and where it loses journeys.
--
-- Source: core.sessions, core.journeys, scratch.numbered_customers. Each figure is that of the report and
-- of marts.drop_off: of those that reached a stage and are not open there, the drop-off is who was lost.
with

journeys as (
    select
        *,
        stage_number(deepest_stage) as deepest_no
    from core.journeys
),

drop_offs as (
    select
        stages.stage,
        count(*) filter (where journeys.deepest_no = stages.stage_no and journeys.state = 'dropped')
        / nullif(count(*) filter (where journeys.deepest_no > stages.stage_no or journeys.state <> 'open'), 0) as rate
    from journeys
    inner join stages() as stages on journeys.deepest_no >= stages.stage_no
    group by stages.stage
),

counts as (
    select
        count(*) as journeys,
        count(*) filter (where state = 'open')::bigint as open,
        count(*) filter (where state = 'dropped')::bigint as dropped,
        count(converted_at) as conversions,
        sum(value - returned_value) as revenue
    from journeys
)

select
    (select count(*) from scratch.numbered_customers) as customers,
    (select count(*) from core.sessions) as sessions,
    counts.journeys,
    counts.open,
    counts.dropped,
    counts.conversions,
    counts.conversions / nullif(counts.conversions + counts.dropped, 0) as conversion_rate,
    coalesce(counts.revenue, 0)::decimal(18, 4) as revenue,
    (select drop_offs.rate from drop_offs where drop_offs.stage = 'need') as drop_off_need,
    (select drop_offs.rate from drop_offs where drop_offs.stage = 'research') as drop_off_research,
    (select drop_offs.rate from drop_offs where drop_offs.stage = 'evaluation') as drop_off_evaluation,
    (select drop_offs.rate from drop_offs where drop_offs.stage = 'purchase') as drop_off_purchase
from counts
