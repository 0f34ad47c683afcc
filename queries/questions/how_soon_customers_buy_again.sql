-- How many customers buy again, and how soon after their first purchase?
--
-- One row per month (of 30 days) since the first purchase, over all cohorts that have lived it; the
-- later the month, the fewer they are. `bought_again` is the share (percent) that has come back by the
-- end of the month, with the bounds of its 95% interval; `in_month` the share that bought in that month.
-- `value_per_customer` is what one has brought by then, less what came back, the first purchase included.
--
-- param: segment = null  -- only customers of this segment; null: all
-- param: traffic = null  -- only whose first purchase ended a journey that began so; null: all
-- param: from_month = null  -- first month of first purchases, by any of its days; null: from the beginning
-- param: to_month = null  -- last month of first purchases; null: until the end
with

ripe_months as (
    select *
    from retention(segment := $segment, traffic := $traffic, from_month := $from_month, to_month := $to_month)
    where is_ripe
),

curve as (
    select
        months_since,
        count(*) as cohorts,
        sum(customers)::bigint as customers,
        sum(buyers)::bigint as buyers,
        wilson(sum(repurchased_so_far)::bigint, sum(customers)::bigint) as bought_again,
        sum(returned_so_far)::bigint as returned_so_far,
        sum(advocated_so_far)::bigint as advocated_so_far,
        sum(value_so_far) as value_so_far
    from ripe_months
    group by months_since
)

select
    months_since,
    cohorts,
    customers,
    round(100 * buyers / customers, 1) as in_month,
    round(100 * struct_extract(bought_again, 'rate'), 1) as bought_again,
    round(100 * struct_extract(bought_again, 'low'), 1) as bought_again_from,
    round(100 * struct_extract(bought_again, 'high'), 1) as bought_again_to,
    round(100 * returned_so_far / customers, 1) as returned,
    round(100 * advocated_so_far / customers, 1) as recommended,
    round(value_so_far / customers, 2) as value_per_customer
from curve
order by months_since
