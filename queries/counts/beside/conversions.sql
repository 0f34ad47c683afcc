-- One row per touch that converts its journey.
--
-- Source: core.touchpoints.
select
    touchpoints.journey_id,
    touchpoints.touch_no,
    touchpoints.step_no,
    touchpoints.session_id,
    touchpoints.campaign
from core.touchpoints
where touchpoints.is_conversion and touchpoints.journey_id is not null
