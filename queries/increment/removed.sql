-- One row per stored touch that tonight takes out of the history: a better telling has taken its place,
-- or its file is read again, or its person is erased.
--
-- Source: the publication's touches; scratch.replaced, replayed, erased_touches. Those of tonight may bring it back.
select
    touches.rowid as stored_row,
    touches.touchpoint_id,
    touches.customer_id,
    touches.strong_id,
    touches.strong_ids,
    touches.weak_id,
    touches.click_id
from yesterday.core.touchpoints as touches
where
    touches.touchpoint_id in (select replaced.touchpoint_id from scratch.replaced as replaced)
    or (touches.source, touches.load_id) in (select (source, load_id) from replayed)
    or touches.touchpoint_id in (select erased.touchpoint_id from erased_touches as erased)
