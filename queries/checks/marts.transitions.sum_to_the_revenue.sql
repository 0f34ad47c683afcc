-- The edges of each grain carry the revenue of all journeys, returns taken off, once; so does the
-- stage flow out of the start.
--
-- One row per grain (or the flow) that differs.
with

revenue as (
    select coalesce(sum(value - returned_value), 0) as value
    from core.journeys
),

carried as (
    select
        'transitions by ' || grain as way,
        sum(value) as value
    from marts.transitions
    group by grain
    union all
    select
        'stage flow' as way,
        coalesce(sum(value), 0) as value
    from marts.stage_flow
    where origin = 'start'
)

select
    carried.way,
    carried.value as value_carried,
    revenue.value
from carried
cross join revenue
where carried.value != revenue.value
