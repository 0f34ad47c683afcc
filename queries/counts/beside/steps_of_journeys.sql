-- One row per journey: its first steps, by number and in their order, how many they are, and how many of
-- them came before the first one in the purchase stage or a later one.
--
-- Source: numbered_steps. One step more than [paths] tells stands for all that follow.
with

steps as (
    select
        journey_no,
        -- Sorted when they are together: an aggregate with an order takes ten times as long.
        list_sort(list(step_no * 65536::bigint + kind_no)) as numbers,
        min(step_no) filter (where stage_no >= stage_number('purchase')) - 1 as steps_before
    from numbered_steps
    where step_no <= getvariable('path_steps')::bigint + 1
    group by journey_no
)

select
    journey_no,
    list_transform(
        numbers[1:getvariable('path_steps')::bigint], lambda number: (number % 65536)::integer
    ) as kind_nos,
    len(numbers)::integer as steps,
    coalesce(steps_before, len(numbers))::integer as steps_before
from steps
