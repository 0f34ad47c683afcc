-- Which traffic brings customers who come back, and which those who bring the goods back?
--
-- One row per first traffic of the journey that ended in a customer's first purchase, by the end of the
-- same month (of 30 days) of each: cohorts that have not lived it all are left out. Shares are per cent;
-- `again_from` and `again_to` bound the share that bought again (95% interval).
--
-- param: months = 6  -- how many months after the first purchase
-- param: segment = null  -- only customers of this segment; null: all
with

last_months as (
    select * from marts.retention
    where
        is_ripe
        and months_since = $months::bigint - 1
        and ($segment::varchar is null or segment = $segment::varchar)
),

traffics as (
    select
        first_traffic,
        sum(customers)::bigint as customers,
        wilson(sum(repurchased_so_far)::bigint, sum(customers)::bigint) as bought_again,
        sum(returned_so_far)::bigint as returned_so_far,
        sum(advocated_so_far)::bigint as advocated_so_far,
        sum(detracted_so_far)::bigint as detracted_so_far,
        sum(value_so_far) as value_so_far
    from last_months
    group by first_traffic
)

select
    first_traffic,
    customers,
    round(100 * struct_extract(bought_again, 'rate'), 1) as bought_again,
    round(100 * struct_extract(bought_again, 'low'), 1) as again_from,
    round(100 * struct_extract(bought_again, 'high'), 1) as again_to,
    round(100 * returned_so_far / customers, 1) as returned,
    round(100 * advocated_so_far / customers, 1) as recommended,
    round(100 * detracted_so_far / customers, 1) as criticised,
    round(value_so_far / customers, 2) as value_per_customer
from traffics
order by customers desc, first_traffic asc
