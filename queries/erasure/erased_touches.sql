-- One row per stored touch that an erasure takes out of the history.
--
-- Source: the publication's touches; erased_customers, erased_identifiers; suppression, the list of
-- touches, which knows those that were led to the person on a device of several.
select
    touches.touchpoint_id,
    touches.source,
    touches.object_id,
    touches.load_id,
    touches.record_no
from yesterday.core.touchpoints as touches
where
    touches.customer_id in (select erased.customer_id from erased_customers as erased)
    or touches.strong_id in (select erased.identifier from erased_identifiers as erased)
    or list_has_any(touches.strong_ids, (select list(erased.identifier) from erased_identifiers as erased))
    or (
        touches.strong_id is null
        and touches.weak_id in (select erased.identifier from erased_identifiers as erased)
    )
    or mark_of(touches.touchpoint_id) in (
        select suppression.mark from suppression where suppression.kind = 'touch'
    )
