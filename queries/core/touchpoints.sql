-- One row per touch, of all nights, with the journey that it belongs to.
--
-- Source: told_touches (what was told of a touch), traffic_words (what the rules of traffic say),
-- placed_touches (what the kernels found).
-- Touches after the cut-off and those without a customer are kept, and have no session. The told
-- words stand beside ours, for a new word in the config holds for old touches too.
select
    told.touchpoint_id,
    told.source,
    told.channel,
    coalesce(
        placed.traffic, traffic_of(traffic_words.by_project, told.told_traffic, traffic_words.by_default)
    ) as traffic,
    told.device_type,
    told.event,
    told.occurred_at,
    told.received_at,
    told.updated_at,
    told.time_precision,
    told.clock_doubt,
    told.source_seq,
    told.customer_id,
    placed.touch_no,
    told.led_by,
    placed.session_id,
    placed.journey_id,
    placed.step_no,
    stages.stage,
    goal_stages.stage as goal_stage,
    coalesce(placed.goal is not null, false) as is_goal,
    coalesce(placed.is_conversion, false) as is_conversion,
    placed.sentiment::bigint as sentiment,
    told.session_id as source_session_id,
    told.object_id,
    told.utm_source,
    told.utm_medium,
    told.utm_campaign,
    told.utm_term,
    told.utm_content,
    told.campaign,
    told.click_id_type,
    told.order_id,
    told.value,
    told.currency,
    money(placed.revenue) as revenue,
    told.product,
    told.page_url,
    told.referrer,
    told.referrer_host,
    told.rating,
    told.score,
    told.consent_analytics,
    told.consent_ads,
    told.consent_email,
    told.is_machine,
    told.is_test,
    told.is_bot,
    coalesce(placed.is_unmapped, false) as is_unmapped,
    coalesce(placed.is_ignored, false) as is_ignored,
    told.told_event,
    told.told_channel,
    told.told_traffic,
    told.strong_id,
    told.strong_ids,
    told.weak_id,
    told.click_id,
    told.load_id,
    told.record_no,
    told.props
from told_touches as told
left join placed_touches as placed on told.touchpoint_id = placed.touchpoint_id
left join traffic_words on told.traffic_key = traffic_words.traffic_key
left join stages on placed.stage = stages.stage_no
left join stages as goal_stages on placed.goal = goal_stages.stage_no
