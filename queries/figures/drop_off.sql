-- One row per stage, dimension, value of it, and month in which the journeys began
-- (in the project's zone; null: of all time): how many went on, how many were lost, what a rate
-- that is not final comes to, and whether a month differs from the one before it.
--
-- Source: built_drop_off, which pipeline.figures makes of marts.stage_ends and marts.stage_times.
-- Rates are of journeys that ended; open ones stand beside them. All time ends with the cut-off,
-- so it is never ripe, nor final.
with

drop_offs as (
    select
        *,
        wilson(dropped, advanced + settled + dropped) as drop_off
    from built_drop_off
)

select
    stage,
    stage_no,
    dimension,
    dimension_value,
    period,
    advanced,
    settled,
    dropped,
    open,
    undecided,
    struct_extract(drop_off, 'rate')::double as rate,
    struct_extract(drop_off, 'low')::double as low,
    struct_extract(drop_off, 'high')::double as high,
    is_ripe,
    is_final,
    estimate,
    estimate_low,
    estimate_high,
    previous_period,
    previous_rate,
    change,
    p_value,
    q_value,
    is_significant
from drop_offs
order by dimension, dimension_value, period, stage_no
