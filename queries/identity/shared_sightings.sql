-- One row per shared device and instant at which somebody was seen on it by a strong identifier; of
-- several at one instant the smallest id is meant.
--
-- Source: sighted_touches, scratch.persons, scratch.devices.
select
    touches.weak_id,
    touches.occurred_at as seen_at,
    min(
        coalesce(persons.customer_id, own_id(touches.strong_id, touches.strong_ids))
    ) as customer_id
from sighted_touches as touches
semi join (from scratch.devices where sole_customer is null) as shared_devices
    on touches.weak_id = shared_devices.weak_id
left join scratch.persons as persons
    on own_id(touches.strong_id, touches.strong_ids) = persons.strong_id
where own_id(touches.strong_id, touches.strong_ids) is not null
group by touches.weak_id, touches.occurred_at
