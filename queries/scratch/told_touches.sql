-- One row per touch of all nights, in our words, with the customer whose it is and what told so.
--
-- Source: gathered_touches; event_words and channel_words of the config; scratch.ad_clicks, which knows
-- the campaigns behind click ids; scratch.persons, .led_touches and .devices of the stitching. Of touches
-- whose customer is known already (known_customer_id) the stitching is not asked.
-- A slash in a channel's name is told as a dash, for channel/event is the name of a touchpoint.
-- traffic_key leads to what the rules of traffic say (traffic_words), for readers that need it.
select
    touches.* exclude (event, channel, traffic, campaign, known_customer_id, known_led_by),
    touches.event as told_event,
    touches.channel as told_channel,
    touches.traffic as told_traffic,
    touches.campaign as told_campaign,
    coalesce(event_words.ours, touches.event) as event,
    unreserved(replace(coalesce(channel_words.ours, touches.channel), '/', '-')) as channel,
    coalesce(touches.campaign, ad_clicks.campaign) as campaign,
    traffic_key(
        touches.utm_source,
        touches.utm_medium,
        coalesce(touches.campaign, touches.utm_campaign, ad_clicks.campaign),
        coalesce(touches.utm_term, ad_clicks.keyword),
        touches.click_id_type,
        touches.referrer_host
    ) as traffic_key,
    coalesce(touches.is_machine or touches.is_test or touches.is_bot, false) as is_no_person,
    customer_of_device(devices.sole_customer, devices.first_seen_at, touches.occurred_at) as device_customer,
    own_id(touches.strong_id, touches.strong_ids) as own_strong_id,
    coalesce(
        touches.known_customer_id,
        owner_of(
            persons.customer_id,
            own_strong_id,
            led_touches.customer_id,
            device_customer,
            touches.weak_id,
            touches.strong_id
        )
    ) as customer_id,
    if(
        touches.known_customer_id is not null,
        touches.known_led_by,
        what_led(
            own_strong_id,
            led_touches.led_by,
            device_customer,
            touches.occurred_at >= devices.first_seen_at,
            touches.weak_id,
            touches.strong_id
        )
    ) as led_by
from gathered_touches as touches
left join event_words
    on touches.event = event_words.raw and touches.source = event_words.source
left join channel_words
    on touches.channel = channel_words.raw and touches.source = channel_words.source
left join scratch.ad_clicks as ad_clicks on touches.click_id = ad_clicks.click_id
left join scratch.persons as persons on own_id(touches.strong_id, touches.strong_ids) = persons.strong_id
left join scratch.led_touches as led_touches on touches.touchpoint_id = led_touches.touchpoint_id
left join scratch.devices as devices on touches.weak_id = devices.weak_id
