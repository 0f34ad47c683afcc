-- The names that stand at a position are those of most journeys there, of equal ones the first.
--
-- One row per name that stands although one before it does not.
with

named_nodes as (
    select distinct
        target_position as position,
        target as name
    from marts.path_flow
    where target_stage is not null
),

positions as (
    select
        position,
        count(*) as names
    from named_nodes
    group by position
),

ranked_names as (
    select
        steps.step_no as position,
        steps.stage || '/' || steps.channel as name,
        count(*) as journeys,
        row_number() over (
            partition by steps.step_no
            order by count(*) desc, steps.stage || '/' || steps.channel asc
        ) as place
    from core.steps as steps
    inner join positions on steps.step_no = positions.position
    group by steps.step_no, steps.stage || '/' || steps.channel
)

select
    named_nodes.position,
    named_nodes.name,
    ranked_names.journeys,
    ranked_names.place,
    positions.names
from named_nodes
inner join positions on named_nodes.position = positions.position
left join ranked_names
    on named_nodes.position = ranked_names.position and named_nodes.name = ranked_names.name
where coalesce(ranked_names.place > positions.names, true)
