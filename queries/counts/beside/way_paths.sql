-- One row per way and kind of path that it is told as.
--
-- Source: ways, step_kinds. Grains: `stage` (steps by stage), `stage_channel` (steps by stage/channel
-- of their first touch). Until `end` a path is all of a journey's steps; until `purchase` it is those
-- before its first step in the purchase stage or a later one (`start`: there are none). A path of more
-- than [paths] steps is cut there and ends in an ellipsis.
with

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
        ways.way_no,
        ways.kind_nos,
        kinds.grain,
        kinds.until,
        if(kinds.until = 'end', ways.steps, ways.steps_before) as told_steps,
        if(kinds.grain = 'stage', names.stages, names.nodes) as node_names,
        told_steps > getvariable('path_steps')::bigint as is_cut
    from ways
    cross join kinds
    cross join names
),

paths as (
    select
        way_no,
        grain,
        until,
        is_cut,
        least(told_steps, getvariable('path_steps')::bigint)::utinyint as steps,
        case
            when told_steps = 0 then 'start'
            else
                array_to_string(
                    list_transform(kind_nos[:told_steps], lambda kind_no: node_names[kind_no]), ' → '
                ) || if(is_cut, ' → …', '')
        end as path
    from told_ways
)

select
    way_no,
    grain,
    until,
    path,
    steps,
    is_cut,
    (dense_rank() over (order by grain, until, path, steps, is_cut))::integer as path_no
from paths
