-- One row per grain and node of the transition graph, its ends and its start, with their numbers.
--
-- Source: step_kinds, visit_kinds, touch_kinds, numbered_journeys.
with

nodes as (
    select
        0 as grain_no,
        'stage' as grain,
        stage_no as node_no,
        stage as node
    from step_kinds
    union
    select
        1 as grain_no,
        'stage_channel' as grain,
        kind_no as node_no,
        node
    from step_kinds
    union
    select
        2 as grain_no,
        'traffic' as grain,
        traffic_no as node_no,
        traffic as node
    from visit_kinds
    union
    select
        3 as grain_no,
        'touchpoint' as grain,
        node_no,
        node
    from touch_kinds
),

grains as (
    select distinct
        grain_no,
        grain
    from nodes
),

ends as (
    select distinct
        state_no as node_no,
        state as node
    from numbered_journeys
    union all
    select
        0 as node_no,
        'start' as node
)

select
    grain_no::tinyint as grain_no,
    grain,
    node_no::integer as node_no,
    node
from nodes
union all
select
    grains.grain_no::tinyint as grain_no,
    grains.grain,
    ends.node_no::integer as node_no,
    ends.node
from grains
cross join ends
