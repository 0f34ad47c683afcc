-- One row per way by which touches found their customer: how many touches did so.
--
-- Source: core.touchpoints, all of them. Null: they have none, for consent was denied.
select
    touchpoints.led_by,
    count(*) as touches
from core.touchpoints
group by touchpoints.led_by
