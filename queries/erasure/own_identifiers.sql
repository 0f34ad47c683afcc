-- One row per identifier that is the person's alone, with its type: strong ones that are no hubs, devices
-- that nobody else was seen on, click ids that no other touch carried.
--
-- Source: whose (customers to be erased), own_devices; the publication's identities and touches.
with own_touches as (
    select
        touches.touchpoint_id,
        touches.click_id
    from published.core.touchpoints as touches
    where touches.customer_id in (select whose.customer_id from whose)
),

carried_clicks as (
    select distinct own_touches.click_id
    from own_touches
    where own_touches.click_id is not null
),

others_clicks as (
    select touches.click_id
    from published.core.touchpoints as touches
    semi join carried_clicks on touches.click_id = carried_clicks.click_id
    anti join own_touches on touches.touchpoint_id = own_touches.touchpoint_id
)

select
    identities.identifier,
    identities.type
from published.core.identities as identities
where
    identities.touches is null
    and identities.led_by <> 'hub'
    and identities.customer_id in (select whose.customer_id from whose)
union
select
    identities.identifier,
    identities.type
from published.core.identities as identities
semi join own_devices on identities.identifier = own_devices.identifier
union
select
    carried_clicks.click_id as identifier,
    'click_id' as type
from carried_clicks
anti join others_clicks on carried_clicks.click_id = others_clicks.click_id
