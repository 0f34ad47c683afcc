-- Whoever advanced from a stage reached the next one: no more, no fewer.
--
-- One row per row of the funnel that breaks this, or that is there twice or has no next one.
with

funnel as (
    select
        *,
        lead(stage_no) over in_order as next_stage_no,
        lead(reached) over in_order as next_reached
    from marts.stage_funnel
    window in_order as (
        partition by day, first_channel, first_traffic, segment
        order by stage_no
    )
)

select
    stage,
    day,
    first_channel,
    first_traffic,
    segment,
    advanced,
    next_stage_no,
    next_reached
from funnel
where
    advanced != coalesce(next_reached, 0)
    or (stage_no < 6 and next_stage_no is distinct from stage_no + 1)
