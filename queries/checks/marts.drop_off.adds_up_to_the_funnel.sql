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

dimensions as (
    select *
    from (
        values ('all'), ('channel'), ('traffic'), ('campaign'), ('device'), ('segment')
    ) as listed (dimension)
    cross join (values (true), (false)) as spans (is_all_time)
),

expected_drop_offs as (
    select *
    from funnel
    cross join dimensions
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
    coalesce(drop_offs.stage, expected_drop_offs.stage) as stage,
    coalesce(drop_offs.dimension, expected_drop_offs.dimension) as dimension,
    coalesce(drop_offs.is_all_time, expected_drop_offs.is_all_time) as is_all_time,
    drop_offs.advanced,
    expected_drop_offs.advanced as advanced_in_funnel,
    drop_offs.settled,
    expected_drop_offs.settled as settled_in_funnel,
    drop_offs.dropped,
    expected_drop_offs.dropped as dropped_in_funnel,
    drop_offs.open,
    expected_drop_offs.open as open_in_funnel
from drop_offs
full outer join expected_drop_offs
    on
        drop_offs.stage = expected_drop_offs.stage
        and drop_offs.dimension = expected_drop_offs.dimension
        and drop_offs.is_all_time = expected_drop_offs.is_all_time
where
    drop_offs.advanced is distinct from expected_drop_offs.advanced
    or drop_offs.settled is distinct from expected_drop_offs.settled
    or drop_offs.dropped is distinct from expected_drop_offs.dropped
    or drop_offs.open is distinct from expected_drop_offs.open
