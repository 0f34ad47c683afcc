-- A journey's visits are numbered from 1 without a gap, and hold its touches.
--
-- One row per journey that breaks this.
with

visits as (
    select
        journey_id,
        count(*) as visits,
        min(visit_no) as first_no,
        max(visit_no) as last_no,
        count(distinct visit_no) as numbers,
        sum(touches) as touches
    from core.visits
    group by journey_id
)

select
    coalesce(core.journeys.journey_id, visits.journey_id) as journey_id,
    core.journeys.touches,
    visits.touches as touches_of_visits,
    visits.visits,
    visits.first_no,
    visits.last_no
from visits
full outer join core.journeys on visits.journey_id = core.journeys.journey_id
where
    visits.touches is distinct from core.journeys.touches
    or visits.first_no != 1
    or visits.last_no != visits.visits
    or visits.numbers != visits.visits
