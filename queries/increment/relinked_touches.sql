-- One row per stored touch that names a person whose links changed.
--
-- Source: the publication's touches, scratch.relinked; hubs of either night. Of a touch's identifiers the
-- first names its person, unless that is a hub.
with relinked_ids as (
    select distinct relinked.identifier
    from scratch.relinked as relinked
),

hubs as (
    select hubs.identifier
    from scratch.hubs as hubs
    union
    select identities.identifier
    from yesterday.core.identities as identities
    where identities.led_by = 'hub'
)

select
    touches.rowid as stored_row,
    touches.weak_id
from yesterday.core.touchpoints as touches
where touches.strong_id in (select relinked_ids.identifier from relinked_ids)
union
select
    touches.rowid as stored_row,
    touches.weak_id
from yesterday.core.touchpoints as touches
semi join hubs on touches.strong_id = hubs.identifier
where list_has_any(touches.strong_ids, (select list(relinked_ids.identifier) from relinked_ids))
