-- One row per month in which journeys began, and state: an example of a model of one's own.
select
    date_trunc('month', started_at) as month,
    state,
    count(*) as journeys,
    sum(value) as value
from {{ source('core', 'journeys') }}
group by date_trunc('month', started_at), state
