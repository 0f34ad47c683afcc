-- Every decided journey leaves the start of the conversion chain once and comes to its end once, at
-- each grain: the converted ones to `converted`, the others to `dropped`.
--
-- One row per grain and end, or start, whose count differs from the journeys'.
with

grains as (
    select * from (values ('stage'), ('stage_channel'), ('traffic'), ('touchpoint')) as listed (grain)
),

journeys_by_end as (
    select
        if(converted_at is not null, 'converted', 'dropped') as node,
        count(*) as journeys
    from core.journeys
    where converted_at is not null or state = 'dropped'
    group by if(converted_at is not null, 'converted', 'dropped')
),

expected_ends as (
    select
        grains.grain,
        journeys_by_end.node,
        journeys_by_end.journeys
    from grains
    cross join journeys_by_end
    union all
    select
        grains.grain,
        'start' as node,
        sum(journeys_by_end.journeys) as journeys
    from grains
    cross join journeys_by_end
    group by grains.grain
),

moves_by_end as (
    select
        grain,
        if(origin = 'start', origin, target) as node,
        sum(transitions) as transitions
    from marts.conversion_chain
    where origin = 'start' or target in ('converted', 'dropped')
    group by grain, if(origin = 'start', origin, target)
)

select
    coalesce(expected_ends.grain, moves_by_end.grain) as grain,
    coalesce(expected_ends.node, moves_by_end.node) as node,
    expected_ends.journeys,
    moves_by_end.transitions
from expected_ends
full outer join moves_by_end
    on expected_ends.grain = moves_by_end.grain and expected_ends.node = moves_by_end.node
where expected_ends.journeys is distinct from moves_by_end.transitions
