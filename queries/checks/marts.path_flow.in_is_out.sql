-- What flows into a node of a position flows out of it: journeys and their value.
--
-- One row per position and node that breaks this.
with

flows as (
    select
        target_position as position,
        target as node,
        journeys,
        value
    from marts.path_flow
    where target_position is not null
    union all
    select
        position,
        origin as node,
        -journeys as journeys,
        -value as value
    from marts.path_flow
    where position > 0
),

balances as (
    select
        position,
        node,
        sum(journeys) as journeys,
        sum(value) as value
    from flows
    group by position, node
)

select
    position,
    node,
    journeys as journeys_in_less_out,
    value as value_in_less_out
from balances
where journeys != 0 or value != 0
