-- One row per device or network user and click id that it carried, of all nights.
--
-- Source: the publication's touches and tonight's.
select distinct
    touches.weak_id,
    touches.click_id
from yesterday.core.touchpoints as touches
where touches.click_id is not null and touches.weak_id is not null
union
select
    touches.weak_id,
    touches.click_id
from scratch.touches as touches
where touches.click_id is not null and touches.weak_id is not null
