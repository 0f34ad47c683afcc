-- A touchpoint with a customer has a journey and a step if it has a stage, and only then.
--
-- One row per touchpoint that breaks this.
select
    touchpoint_id,
    source,
    event,
    occurred_at,
    customer_id,
    stage,
    journey_id,
    step_no
from core.touchpoints
where
    customer_id is not null
    and (
        (stage is not null) != (journey_id is not null)
        or (stage is not null) != (step_no is not null)
    )
