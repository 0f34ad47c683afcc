-- One row per touch that a funnel reads: whose, when, and the number of the name that it fits.
--
-- Source: counted_touches; named_kinds, what each kind of touch is in this funnel. Of those that fit no
-- name only the touches of sessions count. Units are numbered by their place in their table.
with

units as (
    select
        customers.customer_id as unit_id,
        customers.rowid as unit,
        customers.segment
    from core.customers as customers
    where getvariable('funnel_count')::varchar = 'customers'
    union all
    select
        journeys.journey_id as unit_id,
        journeys.rowid as unit,
        journeys.segment
    from core.journeys as journeys
    where getvariable('funnel_count')::varchar = 'journeys'
    union all
    select
        sessions.session_id as unit_id,
        sessions.rowid as unit,
        customers.segment
    from core.sessions as sessions
    inner join core.customers as customers on sessions.customer_id = customers.customer_id
    where getvariable('funnel_count')::varchar = 'sessions'
)

select
    units.unit,
    counted_touches.occurred_at,
    counted_touches.touch_no,
    named_kinds.name,
    if(getvariable('funnel_by')::varchar = 'segment', units.segment, counted_touches.value) as value
from counted_touches
inner join named_kinds
    on counted_touches.channel = named_kinds.channel and counted_touches.event = named_kinds.event
inner join units on counted_touches.unit_id = units.unit_id
where not named_kinds.is_other or counted_touches.session_id is not null
