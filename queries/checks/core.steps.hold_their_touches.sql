-- Every staged touchpoint lies in a step of its customer, journey and stage that exists, once, and
-- counts it: the touches of the steps sum to the staged touchpoints.
--
-- One row per step where the touchpoints and the steps differ.
-- Comparing millions of ids one by one takes seconds, so sums of hashes are compared first, by the
-- first letter of the id; only where they differ is it looked at which step it is.
with

touchpoints as not materialized (
    select * from core.touchpoints
    where journey_id is not null
),

steps as not materialized (
    select * from core.steps
),

sums_of_touchpoints as (
    select
        ascii(journey_id) as letter,
        sum(hash(journey_id, customer_id, step_no, stage)) as fingerprint
    from touchpoints
    group by ascii(journey_id)
),

sums_of_steps as (
    select
        ascii(journey_id) as letter,
        sum(hash(journey_id, customer_id, step_no, stage)::hugeint * touches) as fingerprint
    from steps
    group by ascii(journey_id)
),

differing_sums as (
    select coalesce(sums_of_touchpoints.letter, sums_of_steps.letter) as letter
    from sums_of_touchpoints
    full outer join sums_of_steps on sums_of_touchpoints.letter = sums_of_steps.letter
    where sums_of_touchpoints.fingerprint is distinct from sums_of_steps.fingerprint
),

steps_found as (
    select
        journey_id,
        step_no,
        customer_id,
        stage,
        count(*) as touches
    from touchpoints
    where ascii(journey_id) in (select letter from differing_sums)
    group by journey_id, step_no, customer_id, stage
),

steps_told as (
    select
        journey_id,
        step_no,
        customer_id,
        stage,
        count(*) as copies,
        sum(touches) as touches
    from steps
    where ascii(journey_id) in (select letter from differing_sums)
    group by journey_id, step_no, customer_id, stage
)

select
    coalesce(steps_found.journey_id, steps_told.journey_id) as journey_id,
    coalesce(steps_found.step_no, steps_told.step_no) as step_no,
    coalesce(steps_found.customer_id, steps_told.customer_id) as customer_id,
    coalesce(steps_found.stage, steps_told.stage) as stage,
    steps_found.touches as touches_found,
    steps_told.touches as touches_told,
    steps_told.copies
from steps_found
full outer join steps_told
    on
        steps_found.journey_id = steps_told.journey_id
        and steps_found.step_no = steps_told.step_no
        and steps_found.customer_id = steps_told.customer_id
        and steps_found.stage = steps_told.stage
where
    steps_found.touches is distinct from steps_told.touches
    or steps_told.copies != 1
