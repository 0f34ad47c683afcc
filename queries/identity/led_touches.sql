-- One row per touch without a strong identifier whose customer its own device alone does not tell:
-- a touch of an ad network's user who clicked to a device of ours, or one on a shared device.
--
-- Source: sighted_touches, scratch.clicks_to_devices, scratch.devices, scratch.shared_sightings. A
-- network user is where the last click led, before the first one where that led. A shared device is
-- whoever was last seen on it; before the first sighting whoever was seen first, within `backfill`.
with lone_touches as (
    select
        touches.touchpoint_id,
        touches.occurred_at,
        touches.weak_id
    from sighted_touches as touches
    where
        touches.weak_id is not null
        and own_id(touches.strong_id, touches.strong_ids) is null
),

clicked_touches as (
    select
        lone_touches.touchpoint_id,
        lone_touches.occurred_at,
        coalesce(before.device_id, after.device_id) as weak_id,
        true as by_click
    from (
        from lone_touches
        semi join scratch.clicks_to_devices as clicks on lone_touches.weak_id = clicks.network_id
    ) as lone_touches
    asof left join scratch.clicks_to_devices as before
        on lone_touches.weak_id = before.network_id and lone_touches.occurred_at >= before.clicked_at
    asof left join scratch.clicks_to_devices as after
        on lone_touches.weak_id = after.network_id and lone_touches.occurred_at <= after.clicked_at
),

shared_touches as (
    select
        lone_touches.touchpoint_id,
        lone_touches.occurred_at,
        lone_touches.weak_id,
        false as by_click
    from lone_touches
    semi join (from scratch.devices where sole_customer is null) as shared_devices
        on lone_touches.weak_id = shared_devices.weak_id
    anti join scratch.clicks_to_devices as clicks on lone_touches.weak_id = clicks.network_id
),

doubtful_touches as (
    from clicked_touches
    union all
    from shared_touches
),

sightings as (
    select
        doubtful_touches.*,
        devices.sole_customer,
        devices.first_seen_at,
        before.customer_id as customer_before,
        if(
            within_backfill(doubtful_touches.occurred_at, after.seen_at), after.customer_id, null
        ) as customer_after
    from doubtful_touches
    left join scratch.devices as devices on doubtful_touches.weak_id = devices.weak_id
    asof left join scratch.shared_sightings as before
        on doubtful_touches.weak_id = before.weak_id and doubtful_touches.occurred_at >= before.seen_at
    asof left join scratch.shared_sightings as after
        on doubtful_touches.weak_id = after.weak_id and doubtful_touches.occurred_at <= after.seen_at
)

select
    sightings.touchpoint_id,
    coalesce(
        customer_of_device(sightings.sole_customer, sightings.first_seen_at, sightings.occurred_at),
        sightings.customer_before,
        sightings.customer_after,
        sightings.weak_id
    ) as customer_id,
    case
        when sightings.by_click then 'click'
        when sightings.customer_before is not null then 'seen before'
        when sightings.customer_after is not null then 'seen after'
        else 'device'
    end as led_by
from sightings
