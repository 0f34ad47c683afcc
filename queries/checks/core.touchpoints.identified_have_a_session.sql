-- A touchpoint with a customer has a session, unless it is ignored; an ignored one has none.
--
-- One row per touchpoint that breaks this. Ignored is what has no stage though its event is known;
-- a machine's touch is ignored whatever its event.
select
    touchpoint_id,
    source,
    event,
    occurred_at,
    customer_id,
    session_id,
    stage,
    is_unmapped
from core.touchpoints
where
    customer_id is not null
    and case
        when stage is not null then session_id is null
        when not coalesce(is_unmapped, false) then session_id is not null
        when not coalesce(is_machine, false) then session_id is null
        else false
    end
