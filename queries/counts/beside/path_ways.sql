-- One row per distinct way and kind of path that it is told as.
--
-- Source: journey_ways, step_kinds. Grains: `stage` (steps by stage), `stage_channel` (steps by
-- stage/channel of their first touch). Back-steps count. Until `end` a path is all of a journey's
-- steps; until `purchase` it is those before its first step in the purchase stage or a later one
-- (`start`: there are none), so that whoever bought and whoever was lost can be on the same path, and
-- rates tell something. A path of more than [paths] steps is cut there and ends in an ellipsis.
with

ways as (
    select distinct
        kind_nos,
        steps,
        steps_before
    from journey_ways
),

kinds as (
    select
        unnest(['stage', 'stage_channel', 'stage', 'stage_channel']) as grain,
        unnest(['end', 'end', 'purchase', 'purchase']) as until
),

names as (
    select
        list(stage order by kind_no) as stages,
        list(node order by kind_no) as nodes
    from step_kinds
),

told_ways as (
    select
        kinds.grain,
        kinds.until,
        ways.kind_nos,
        ways.steps,
        ways.steps_before,
        if(kinds.until = 'end', ways.steps, ways.steps_before) as told_steps,
        if(kinds.grain = 'stage', names.stages, names.nodes) as node_names
    from ways
    cross join kinds
    cross join names
),

paths as (
    select
        grain,
        until,
        kind_nos,
        steps,
        steps_before,
        least(told_steps, getvariable('path_steps')::bigint)::utinyint as told_steps,
        told_steps > getvariable('path_steps')::bigint as is_cut,
        if(
            told_steps = 0,
            'start',
            array_to_string(
                list_transform(kind_nos[:told_steps], lambda kind_no: node_names[kind_no]), ' → '
            )
        ) || if(told_steps > getvariable('path_steps')::bigint, ' → …', '') as path
    from told_ways
)

select
    grain,
    until,
    kind_nos,
    steps,
    steps_before,
    told_steps,
    is_cut,
    path,
    (dense_rank() over (order by grain, until, path))::integer as path_no
from paths
