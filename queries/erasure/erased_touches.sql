-- One row per stored touch that an erasure takes out of the history: what a file that tells it again
-- would be kept out for.
--
-- Source: the publication's touches; erased_identifiers; suppression, the list, which knows of touches
-- those that were led to the person on a device of several; the variable mutable_sources.
select
    touches.touchpoint_id,
    touches.source,
    touches.object_id,
    touches.load_id,
    touches.record_no
from yesterday.core.touchpoints as touches
where
    touches.strong_id in (select erased.identifier from erased_identifiers as erased)
    or list_has_any(touches.strong_ids, (select list(erased.identifier) from erased_identifiers as erased))
    or (
        touches.strong_id is null
        and touches.weak_id in (select erased.identifier from erased_identifiers as erased)
    )
    or (
        touches.object_id is not null
        and (
            touches.strong_id is null
            or list_contains(getvariable('mutable_sources')::varchar[], touches.source)
        )
        and mark_of(concat_ws(chr(31), touches.source, touches.object_id)) in (
            select suppression.mark from suppression where suppression.kind = 'object'
        )
    )
    or mark_of(touches.touchpoint_id) in (
        select suppression.mark from suppression where suppression.kind = 'touch'
    )
