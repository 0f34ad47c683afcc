-- Every dimension, over its months and over all time, holds the journeys of the funnel.
--
-- One row per stage and dimension that differs from the funnel.
with

funnel as (
    select
        stage,
        sum(advanced) as advanced,
        sum(settled) as settled,
        sum(dropped) as dropped,
        sum(open) as open
    from marts.stage_funnel
    group by stage
),

drop_offs as (
    select
        stage,
        dimension,
        period is null as is_all_time,
        sum(advanced) as advanced,
        sum(settled) as settled,
        sum(dropped) as dropped,
        sum(open) as open
    from marts.drop_off
    group by stage, dimension, period is null
)

select
    drop_offs.stage,
    drop_offs.dimension,
    drop_offs.is_all_time,
    drop_offs.advanced,
    funnel.advanced as advanced_in_funnel,
    drop_offs.settled,
    funnel.settled as settled_in_funnel,
    drop_offs.dropped,
    funnel.dropped as dropped_in_funnel,
    drop_offs.open,
    funnel.open as open_in_funnel
from drop_offs
full outer join funnel on drop_offs.stage = funnel.stage
where
    drop_offs.advanced is distinct from funnel.advanced
    or drop_offs.settled is distinct from funnel.settled
    or drop_offs.dropped is distinct from funnel.dropped
    or drop_offs.open is distinct from funnel.open
