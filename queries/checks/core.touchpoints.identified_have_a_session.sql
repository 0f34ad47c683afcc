-- A touchpoint with a customer has a session, unless it is ignored; an ignored one has none.
--
-- One row per touchpoint that breaks this. What came after the cut-off is not told of yet.
select
    touchpoints.touchpoint_id,
    touchpoints.source,
    touchpoints.event,
    touchpoints.occurred_at,
    touchpoints.customer_id,
    touchpoints.session_id,
    touchpoints.is_ignored
from core.touchpoints
where
    touchpoints.customer_id is not null
    and touchpoints.occurred_at <= (select project.cut_off from ops.project)
    and (touchpoints.session_id is null) != touchpoints.is_ignored
