-- How did touches find their customer: by an identifier, by their device, or by a click?
--
-- One row per source: its touches, and the share of them (percent) that each way led. What is left of 100
-- stands under the device alone, under a hub, or under nobody, for consent was denied.
select
    touches.source,
    count(*) as touches,
    count(distinct touches.customer_id) as customers,
    round(100 * count(*) filter (where touches.led_by = 'identifier') / count(*), 1) as by_identifier,
    round(100 * count(*) filter (where touches.led_by = 'seen before') / count(*), 1) as by_device_seen_before,
    round(100 * count(*) filter (where touches.led_by = 'seen after') / count(*), 1) as by_device_seen_after,
    round(100 * count(*) filter (where touches.led_by = 'click') / count(*), 1) as by_click,
    round(100 * count(*) filter (where touches.led_by = 'device') / count(*), 1) as device_alone,
    round(100 * count(*) filter (where touches.led_by is null) / count(*), 1) as consent_denied
from core.touchpoints as touches
group by touches.source
order by touches desc, touches.source
