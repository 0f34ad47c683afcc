-- One row per ad network's user and instant of a click that led to a device we know; of several
-- devices at one instant the smallest is meant.
--
-- Source: sighted_touches, known_identifiers. A click id belongs to the first device that carried
-- it: who opens a forwarded link is not who clicked.
with carried as (
    select
        touches.click_id,
        touches.weak_id,
        touches.occurred_at
    from sighted_touches as touches
    where touches.click_id is not null and touches.weak_id is not null
),

network_users as (
    select distinct identifiers.identifier
    from known_identifiers as identifiers
    where identifiers.type = 'network_user_id'
),

owners as (
    select
        carried.click_id,
        arg_min(carried.weak_id, (carried.occurred_at, carried.weak_id)) as device_id
    from carried
    anti join network_users on carried.weak_id = network_users.identifier
    group by carried.click_id
)

select
    carried.weak_id as network_id,
    carried.occurred_at as clicked_at,
    min(owners.device_id) as device_id
from carried
semi join network_users on carried.weak_id = network_users.identifier
inner join owners on carried.click_id = owners.click_id
group by carried.weak_id, carried.occurred_at
