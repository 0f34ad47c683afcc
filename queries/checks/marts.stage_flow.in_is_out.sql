-- What flows into a stage flows out of it: journeys and their value.
--
-- One row per stage that breaks this.
with

flows as (
    select
        target as stage,
        journeys,
        value
    from marts.stage_flow
    union all
    select
        origin as stage,
        -journeys as journeys,
        -value as value
    from marts.stage_flow
),

balances as (
    select
        stage,
        sum(journeys) as journeys,
        sum(value) as value
    from flows
    where
        stage not in (
            'start', 'open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept'
        )
    group by stage
)

select
    stage,
    journeys as journeys_in_less_out,
    value as value_in_less_out
from balances
where journeys != 0 or value != 0
