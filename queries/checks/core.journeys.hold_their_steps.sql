-- Every journey of a step exists, once, belongs to the same customer, and counts its steps, which
-- run from 1 without a gap, and their touches.
--
-- One row per journey and customer where the steps and the journey differ.
-- Comparing millions of ids one by one takes seconds, so sums of hashes are compared first, by the
-- first letter of the id; only where they differ is it looked at which journey it is.
with

steps as not materialized (
    select * from core.steps
),

journeys as not materialized (
    select * from core.journeys
),

sums_of_steps as (
    select
        ascii(journey_id) as letter,
        sum(hash(journey_id, customer_id)) as steps_print,
        sum(hash(journey_id, customer_id)::hugeint * step_no) as numbers_print,
        sum(hash(journey_id, customer_id)::hugeint * touches) as touches_print
    from steps
    group by ascii(journey_id)
),

sums_of_journeys as (
    select
        ascii(journey_id) as letter,
        sum(hash(journey_id, customer_id)::hugeint * steps) as steps_print,
        sum(hash(journey_id, customer_id)::hugeint * (steps * (steps + 1) // 2)) as numbers_print,
        sum(hash(journey_id, customer_id)::hugeint * touches) as touches_print
    from journeys
    group by ascii(journey_id)
),

differing_sums as (
    select coalesce(sums_of_steps.letter, sums_of_journeys.letter) as letter
    from sums_of_steps
    full outer join sums_of_journeys on sums_of_steps.letter = sums_of_journeys.letter
    where
        sums_of_steps.steps_print is distinct from sums_of_journeys.steps_print
        or sums_of_steps.numbers_print is distinct from sums_of_journeys.numbers_print
        or sums_of_steps.touches_print is distinct from sums_of_journeys.touches_print
),

journeys_found as (
    select
        journey_id,
        customer_id,
        count(*) as steps,
        max(step_no) as last_step_no,
        sum(touches) as touches
    from steps
    where ascii(journey_id) in (select letter from differing_sums)
    group by journey_id, customer_id
),

journeys_told as (
    select
        journey_id,
        customer_id,
        count(*) as copies,
        sum(steps) as steps,
        sum(touches) as touches
    from journeys
    where ascii(journey_id) in (select letter from differing_sums)
    group by journey_id, customer_id
)

select
    coalesce(journeys_found.journey_id, journeys_told.journey_id) as journey_id,
    coalesce(journeys_found.customer_id, journeys_told.customer_id) as customer_id,
    journeys_found.steps as steps_found,
    journeys_told.steps as steps_told,
    journeys_found.last_step_no,
    journeys_found.touches as touches_found,
    journeys_told.touches as touches_told,
    journeys_told.copies
from journeys_found
full outer join journeys_told
    on
        journeys_found.journey_id = journeys_told.journey_id
        and journeys_found.customer_id = journeys_told.customer_id
where
    journeys_found.steps is distinct from journeys_told.steps
    or journeys_found.steps is distinct from journeys_found.last_step_no
    or journeys_found.touches is distinct from journeys_told.touches
    or journeys_told.copies != 1
