-- One row per touch that counts in event funnels: of a unit, at or before the cut-off, of no machine.
--
-- Source: core.touchpoints. The variable funnel_count says what a unit is, funnel_by by what its chains
-- are told apart: an attribute of the touch, for a chain has that of its first one.
select
    case getvariable('funnel_count')::varchar
        when 'customers' then touch.customer_id
        when 'journeys' then touch.journey_id
        when 'sessions' then touch.session_id
    end as unit_id,
    touch.occurred_at,
    touch.touch_no,
    touch.channel,
    touch.event,
    touch.session_id,
    case getvariable('funnel_by')::varchar
        when 'channel' then touch.channel
        when 'traffic' then touch.traffic
        when 'campaign' then touch.campaign
        when 'device' then touch.device_type
        when 'month' then strftime(timezone(project.time_zone, touch.occurred_at), '%Y-%m')
    end as value
from core.touchpoints as touch
cross join ops.project as project
where
    touch.touch_no is not null
    and not coalesce(touch.is_machine or touch.is_test or touch.is_bot, false)
    and unit_id is not null
