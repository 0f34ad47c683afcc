-- Whoever reached a stage went on from it or has not yet, by every dimension; and up to the purchase
-- those who have not are the dropped and the undecided.
--
-- One row per stage, dimension, value of it and month that differs.
with

waits as (
    select
        stage,
        stage_no,
        dimension,
        dimension_value,
        month,
        sum(went_on + not_yet) as reached,
        sum(not_yet) as not_yet
    from marts.stage_times
    group by stage, stage_no, dimension, dimension_value, month
),

ends as (
    select
        stage,
        stage_no,
        dimension,
        dimension_value,
        month,
        advanced + settled + dropped + open as reached,
        if(stage_no <= 4, dropped, settled + dropped + open) as stayed,
        if(stage_no <= 4, undecided, 0) as undecided
    from marts.stage_ends
    where stage_no <= 5
)

select
    coalesce(ends.stage, waits.stage) as stage,
    coalesce(ends.dimension, waits.dimension) as dimension,
    coalesce(ends.dimension_value, waits.dimension_value) as dimension_value,
    coalesce(ends.month, waits.month) as month,
    ends.reached,
    waits.reached as reached_in_times,
    ends.stayed + ends.undecided as stayed,
    waits.not_yet as not_yet_in_times
from ends
full outer join waits
    on
        ends.stage_no = waits.stage_no
        and ends.dimension = waits.dimension
        and ends.dimension_value is not distinct from waits.dimension_value
        and ends.month = waits.month
where
    coalesce(ends.reached, 0) != coalesce(waits.reached, 0)
    or coalesce(ends.stayed + ends.undecided, 0) != coalesce(waits.not_yet, 0)
