-- One row per customer of a touch, with the number that the kernels know the customer by.
--
-- Source: told_touches; scratch.told_segments gives segment and attributes.
with seen_customers as (
    select distinct told_touches.customer_id
    from told_touches
    where
        told_touches.customer_id is not null
        and told_touches.occurred_at <= getvariable('cut_off')::timestamptz
)

select
    seen_customers.customer_id,
    told_segments.segment,
    told_segments.attributes,
    row_number() over () - 1 as customer
from seen_customers
left join scratch.told_segments as told_segments on seen_customers.customer_id = told_segments.customer_id
