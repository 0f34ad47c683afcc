-- One row per device or network user on which touches without a strong identifier may belong to somebody
-- else tonight.
--
-- Source: tonight's touches, those removed, and those of persons whose links changed: what was seen on their
-- devices changed, and where clicks lead that these devices carried.
with touched_devices as (
    select touches.weak_id from scratch.touches as touches
    where touches.weak_id is not null
    union
    select removed.weak_id from scratch.removed as removed
    where removed.weak_id is not null
    union
    select touches.weak_id from scratch.relinked_touches as touches
    where touches.weak_id is not null
),

touched_clicks as (
    select touches.click_id from scratch.touches as touches
    where touches.click_id is not null
    union
    select removed.click_id from scratch.removed as removed
    where removed.click_id is not null
    union
    select clicked.click_id
    from scratch.clicked as clicked
    semi join touched_devices on clicked.weak_id = touched_devices.weak_id
),

network_users as (
    select distinct identifiers.identifier
    from known_identifiers as identifiers
    where identifiers.type = 'network_user_id'
)

select touched_devices.weak_id
from touched_devices
union
select clicked.weak_id
from scratch.clicked as clicked
semi join touched_clicks on clicked.click_id = touched_clicks.click_id
semi join network_users on clicked.weak_id = network_users.identifier
