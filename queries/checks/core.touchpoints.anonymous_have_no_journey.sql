-- A touchpoint without a customer (consent denied) has no session, no journey and no step.
--
-- One row per touchpoint that breaks this.
select
    touchpoint_id,
    source,
    event,
    occurred_at,
    session_id,
    journey_id,
    step_no
from core.touchpoints
where
    customer_id is null
    and (session_id is not null or journey_id is not null or step_no is not null)
