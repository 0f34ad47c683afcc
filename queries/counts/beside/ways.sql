-- One row per distinct way: the first steps of journeys, and how many came before the purchase.
--
-- Source: steps_of_journeys.
with

ways as (
    select distinct
        kind_nos,
        steps,
        steps_before
    from steps_of_journeys
)

select
    kind_nos,
    steps,
    steps_before,
    (row_number() over (order by kind_nos, steps, steps_before))::integer as way_no
from ways
