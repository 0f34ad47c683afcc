-- One row per touch, of tonight or stored, that is needed to tell whose the touches on doubtful devices are.
--
-- Source: scratch.touches; the publication's touches on scratch.sighted_devices, and those of persons whose
-- links changed (scratch.relinked_touches), without scratch.removed.
select
    touches.touchpoint_id,
    touches.occurred_at,
    touches.strong_id,
    touches.strong_ids,
    touches.weak_id,
    touches.click_id,
    null::bigint as stored_row,
    null::varchar as former_customer_id,
    null::varchar as former_led_by
from scratch.touches as touches
union all
select
    touches.touchpoint_id,
    touches.occurred_at,
    touches.strong_id,
    touches.strong_ids,
    touches.weak_id,
    touches.click_id,
    touches.rowid as stored_row,
    touches.customer_id as former_customer_id,
    touches.led_by as former_led_by
from yesterday.core.touchpoints as touches
where
    (
        touches.weak_id in (select devices.weak_id from scratch.sighted_devices as devices)
        or touches.rowid in (select relinked.stored_row from scratch.relinked_touches as relinked)
    )
    and touches.rowid not in (select removed.stored_row from scratch.removed as removed)
