-- At each grain of the conversion chain, whatever comes to a node leaves it.
--
-- One row per node that breaks this; start and ends aside.
with

passages as (
    select
        grain,
        target as node,
        transitions
    from marts.conversion_chain
    union all
    select
        grain,
        origin as node,
        -transitions as transitions
    from marts.conversion_chain
),

balances as (
    select
        grain,
        node,
        sum(transitions) as transitions
    from passages
    where node not in ('start', 'converted', 'dropped')
    group by grain, node
)

select
    grain,
    node,
    transitions as transitions_in_less_out
from balances
where transitions != 0
