-- Which ways through the stages are taken most, and how do they end?
--
-- One row per path: the stages of a journey's steps in their order, back-steps included. A path
-- with more steps than `longest` is cut there, and ends in an ellipsis.
--
-- param: top = 20  -- how many paths
-- param: longest = 8  -- how many steps of a path are told apart
-- param: segment = null  -- only journeys of this segment; null: all
with

journeys as (
    select * from core.journeys
    where $segment::varchar is null or segment = $segment::varchar
),

steps as (
    select * from core.steps
    where step_no <= $longest::bigint
),

stages_of_journeys as (
    select
        journey_id,
        string_agg(stage, ' → ' order by step_no) as stages
    from steps
    group by journey_id
),

paths as (
    select
        stages_of_journeys.stages
        || case when journeys.steps > $longest::bigint then ' → …' else '' end as path,
        journeys.state,
        journeys.converted_at,
        journeys.value - journeys.returned_value as earned,
        journeys.duration_ms
    from journeys
    inner join stages_of_journeys on journeys.journey_id = stages_of_journeys.journey_id
)

select
    path,
    count(*) as journeys,
    round(100 * count(*) / sum(count(*)) over (), 1) as journeys_pct,
    count(converted_at) as converted,
    round(100 * count(converted_at) / count(*), 1) as converted_pct,
    count(*) filter (where state = 'dropped') as dropped,
    count(*) filter (where state = 'open') as open,
    sum(earned)::decimal(18, 4) as value,
    round(median(duration_ms) / 86400000, 1) as median_days
from paths
group by path
order by journeys desc, path asc
limit $top::bigint
