-- At each grain and in each segment, whatever comes to a node leaves it.
--
-- One row per node that breaks this; start and end states aside.
with

passages as (
    select
        grain,
        segment,
        target as node,
        transitions
    from marts.transitions
    union all
    select
        grain,
        segment,
        origin as node,
        -transitions as transitions
    from marts.transitions
),

balances as (
    select
        grain,
        segment,
        node,
        sum(transitions) as transitions
    from passages
    where
        node not in (
            'start', 'open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept'
        )
    group by grain, segment, node
)

select
    grain,
    segment,
    node,
    transitions as transitions_in_less_out
from balances
where transitions != 0
