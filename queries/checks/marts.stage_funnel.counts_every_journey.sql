-- The funnel holds every journey, in the state in which it ended, and every conversion.
--
-- One row per figure that differs from that of the journeys.
with

journeys as (
    select
        count(*) as reached,
        count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'dropped') as dropped,
        count(*) filter (where state not in ('open', 'dropped')) as settled,
        count(converted_at) as converted
    from core.journeys
),

funnel as (
    select
        coalesce(sum(reached) filter (where stage = 'need'), 0) as reached,
        coalesce(sum(open), 0) as open,
        coalesce(sum(dropped), 0) as dropped,
        coalesce(sum(settled), 0) as settled,
        coalesce(sum(converted) filter (where stage = 'purchase'), 0) as converted
    from marts.stage_funnel
)

select
    journeys.reached as journeys,
    funnel.reached,
    journeys.open as open_journeys,
    funnel.open,
    journeys.dropped as dropped_journeys,
    funnel.dropped,
    journeys.settled as settled_journeys,
    funnel.settled,
    journeys.converted as converted_journeys,
    funnel.converted
from journeys
cross join funnel
where
    journeys.reached != funnel.reached
    or journeys.open != funnel.open
    or journeys.dropped != funnel.dropped
    or journeys.settled != funnel.settled
    or journeys.converted != funnel.converted
