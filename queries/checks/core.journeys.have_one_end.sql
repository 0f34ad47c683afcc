-- Every journey ends in one of the seven states, at one of the six stages, and before the purchase
-- only open or dropped.
--
-- One row per journey that breaks this.
select
    journey_id,
    customer_id,
    day,
    deepest_stage,
    state
from core.journeys
where
    day is null
    or coalesce(deepest_stage, '') not in (
        'need', 'research', 'evaluation', 'purchase', 'experience', 'outcome'
    )
    or coalesce(state, '') not in (
        'open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept'
    )
    or (
        deepest_stage in ('need', 'research', 'evaluation') and state not in ('open', 'dropped')
    )
    or (state = 'dropped' and (converted_at is not null or entered_late))
