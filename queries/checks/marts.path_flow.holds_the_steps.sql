-- The links that lead to a position are the steps of that number, by stage and channel.
--
-- One row per position and node that breaks this: a name that is no node counts as `other`.
with

links_by_node as (
    select
        target_position as position,
        target as node,
        sum(journeys) as journeys
    from marts.path_flow
    where target_position is not null
    group by target_position, target
),

positions as (
    select distinct position from links_by_node
),

steps_by_name as (
    select
        steps.step_no as position,
        steps.stage || '/' || steps.channel as name,
        count(*) as steps
    from core.steps as steps
    inner join positions on steps.step_no = positions.position
    group by steps.step_no, steps.stage || '/' || steps.channel
),

steps_by_node as (
    select
        steps_by_name.position,
        coalesce(links_by_node.node, 'other') as node,
        sum(steps_by_name.steps) as steps
    from steps_by_name
    left join links_by_node
        on
            steps_by_name.position = links_by_node.position
            and steps_by_name.name = links_by_node.node
    group by steps_by_name.position, coalesce(links_by_node.node, 'other')
)

select
    coalesce(links_by_node.position, steps_by_node.position) as position,
    coalesce(links_by_node.node, steps_by_node.node) as node,
    links_by_node.journeys,
    steps_by_node.steps
from links_by_node
full outer join steps_by_node
    on
        links_by_node.position = steps_by_node.position
        and links_by_node.node = steps_by_node.node
where coalesce(links_by_node.journeys, 0) != coalesce(steps_by_node.steps, 0)
