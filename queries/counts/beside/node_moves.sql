-- One row per grain, journey and move of it to a node: from the one before, or from the start.
--
-- Source: numbered_steps, numbered_visits, numbered_touches. Grains: `stage` (0; nodes are steps by
-- stage), `stage_channel` (1; steps by stage/channel of their first touch), `traffic` (2; visits by how
-- they came), `touchpoint` (3; touches by channel/event). Comings to nodes are numbered inside a journey,
-- with or without gaps. The start is node 0, and a move from there takes no time: null.
-- A journey's way until its conversion is the beginning of its way, so moves on it are moves of both.
with

arrivals as not materialized (
    select
        0::tinyint as grain_no,
        numbered_steps.journey_no,
        numbered_steps.is_until_conversion,
        numbered_steps.step_no as arrival_no,
        numbered_steps.stage_no::integer as node_no,
        numbered_steps.started_us as arrived_us,
        numbered_steps.value as earned
    from numbered_steps
    union all
    select
        1::tinyint as grain_no,
        numbered_steps.journey_no,
        numbered_steps.is_until_conversion,
        numbered_steps.step_no as arrival_no,
        numbered_steps.kind_no as node_no,
        numbered_steps.started_us as arrived_us,
        numbered_steps.value as earned
    from numbered_steps
    union all
    select
        2::tinyint as grain_no,
        numbered_visits.journey_no,
        numbered_visits.is_until_conversion,
        numbered_visits.visit_no as arrival_no,
        numbered_visits.traffic_no as node_no,
        numbered_visits.started_us as arrived_us,
        numbered_visits.value as earned
    from numbered_visits
    union all
    select
        3::tinyint as grain_no,
        numbered_touches.journey_no,
        numbered_touches.is_until_conversion,
        numbered_touches.touch_no as arrival_no,
        numbered_touches.node_no,
        numbered_touches.occurred_us as arrived_us,
        coalesce(numbered_touches.revenue, 0) as earned
    from numbered_touches
)

select
    grain_no,
    journey_no,
    node_no,
    earned,
    is_until_conversion,
    coalesce(lag(node_no) over way, 0) as origin_no,
    (arrived_us - lag(arrived_us) over way) // 1000 as duration_ms,
    lead(node_no) over way is null as is_last,
    is_until_conversion and not coalesce(lead(is_until_conversion) over way, false)
        as is_last_until_conversion
from arrivals
-- One number for a journey's way at one grain, of which there are four: rows are sorted faster by it.
window way as (partition by journey_no * 4::bigint + grain_no order by arrival_no)
