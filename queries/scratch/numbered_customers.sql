-- One row per customer of a touch, with the number that the kernels know the customer by.
--
-- Source: told_touches; scratch.known_customers gives the segment, its first row where several do.
with seen_customers as (
    select distinct told_touches.customer_id
    from told_touches
    where
        told_touches.customer_id is not null
        and told_touches.occurred_at <= getvariable('cut_off')::timestamptz
),

known_ids as (
    select
        known.record_no,
        known.segment,
        unnest(known.strong_ids) as strong_id
    from scratch.known_customers as known
    where known.segment is not null
),

segments as (
    select
        coalesce(persons.customer_id, known_ids.strong_id) as customer_id,
        arg_min(known_ids.segment, known_ids.record_no) as segment
    from known_ids
    left join scratch.persons as persons on known_ids.strong_id = persons.strong_id
    group by coalesce(persons.customer_id, known_ids.strong_id)
)

select
    seen_customers.customer_id,
    segments.segment,
    row_number() over () - 1 as customer
from seen_customers
left join segments on seen_customers.customer_id = segments.customer_id
