-- From the start the chain converts as often as journeys did: converted / (converted + dropped).
--
-- One row per grain whose chance differs by more than rounding.
with

journeys as (
    select
        count(*) filter (where converted_at is not null) as converted,
        count(*) filter (where converted_at is not null or state = 'dropped') as decided
    from core.journeys
)

select
    nodes.grain,
    nodes.conversion_chance,
    journeys.converted,
    journeys.decided
from marts.nodes as nodes
cross join journeys
where
    nodes.node = 'start'
    and abs(nodes.conversion_chance - journeys.converted / nullif(journeys.decided, 0)) > 1e-9
