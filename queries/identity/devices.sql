-- One row per device that somebody was seen on by a strong identifier: since when, and by whom alone;
-- sole_customer is null where several were.
--
-- Source: sighted_touches, scratch.persons.
with seen as (
    select
        touches.weak_id,
        touches.occurred_at,
        coalesce(persons.customer_id, own_id(touches.strong_id, touches.strong_ids)) as customer_id
    from sighted_touches as touches
    left join scratch.persons as persons
        on own_id(touches.strong_id, touches.strong_ids) = persons.strong_id
    where touches.weak_id is not null and own_id(touches.strong_id, touches.strong_ids) is not null
)

select
    seen.weak_id,
    min(seen.occurred_at) as first_seen_at,
    if(min(seen.customer_id) = max(seen.customer_id), min(seen.customer_id), null) as sole_customer
from seen
group by seen.weak_id
