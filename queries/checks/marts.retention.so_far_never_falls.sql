-- A cohort's cell has every month from 0 on with the same customers; what was done so far never falls,
-- holds at least who did it in the month, at most all customers, and the values so far are their sum.
--
-- One row per month that breaks this.
with

months as (
    select
        *,
        lag(customers, 1, customers) over in_order as customers_before,
        lag(repurchased_so_far, 1, 0) over in_order as repurchased_before,
        lag(returned_so_far, 1, 0) over in_order as returned_before,
        lag(advocated_so_far, 1, 0) over in_order as advocated_before,
        lag(detracted_so_far, 1, 0) over in_order as detracted_before,
        sum(value) over in_order as value_by_months,
        row_number() over in_order - 1 as month_no
    from marts.retention
    window in_order as (partition by cohort, segment, first_traffic order by months_since)
)

select
    cohort,
    months_since,
    segment,
    first_traffic,
    customers,
    repurchased_so_far,
    returned_so_far,
    advocated_so_far,
    detracted_so_far,
    value_so_far
from months
where
    months_since != month_no
    or customers != customers_before
    or repurchased_so_far < greatest(repurchased_before, buyers)
    or returned_so_far < greatest(returned_before, returners)
    or advocated_so_far < greatest(advocated_before, advocates)
    or detracted_so_far < greatest(detracted_before, detractors)
    or greatest(repurchased_so_far, returned_so_far, advocated_so_far, detracted_so_far) > customers
    or value_so_far != value_by_months
