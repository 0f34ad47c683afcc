-- One row per device whose every touch is needed to tell whose the touches on doubtful devices are: these
-- themselves, and where the clicks that they carried lead.
--
-- Source: scratch.doubtful_devices, scratch.clicked.
with carried_clicks as (
    select distinct clicked.click_id
    from scratch.clicked as clicked
    semi join scratch.doubtful_devices as doubtful on clicked.weak_id = doubtful.weak_id
)

select doubtful.weak_id
from scratch.doubtful_devices as doubtful
union
select clicked.weak_id
from scratch.clicked as clicked
semi join carried_clicks on clicked.click_id = carried_clicks.click_id
