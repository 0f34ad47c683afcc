-- One row per touch, of tonight or stored, whose customer the stitching tells anew: whose it is, and what
-- led there.
--
-- Source: sighted_touches on scratch.doubtful_devices or of persons whose links changed; scratch.persons,
-- .led_touches and .devices. What is on other devices is there only to tell of these.
with doubtful_touches as (
    select touches.*
    from sighted_touches as touches
    where
        touches.stored_row is null
        or touches.weak_id in (select doubtful.weak_id from scratch.doubtful_devices as doubtful)
        or touches.stored_row in (
            select relinked.stored_row from scratch.relinked_touches as relinked
        )
)

select
    touches.touchpoint_id,
    touches.stored_row,
    touches.former_customer_id,
    touches.former_led_by,
    own_id(touches.strong_id, touches.strong_ids) as own_strong_id,
    customer_of_device(devices.sole_customer, devices.first_seen_at, touches.occurred_at) as device_customer,
    owner_of(
        persons.customer_id,
        own_strong_id,
        led_touches.customer_id,
        device_customer,
        touches.weak_id,
        touches.strong_id
    ) as customer_id,
    what_led(
        own_strong_id,
        led_touches.led_by,
        device_customer,
        touches.occurred_at >= devices.first_seen_at,
        touches.weak_id,
        touches.strong_id
    ) as led_by
from doubtful_touches as touches
left join scratch.persons as persons on own_id(touches.strong_id, touches.strong_ids) = persons.strong_id
left join scratch.led_touches as led_touches on touches.touchpoint_id = led_touches.touchpoint_id
left join scratch.devices as devices on touches.weak_id = devices.weak_id
