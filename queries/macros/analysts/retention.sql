-- Who came back after a first purchase, of the customers asked for: one row per cohort and month since.
--
-- Months are those of first purchases, named by any of their days, both included. What is not given
-- filters nothing. Rates and `value_per_customer` are null where the month is not ripe: part of the
-- cohort has not lived it yet, so they would read too low.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro retention(
    segment := null, traffic := null, from_month := null, to_month := null
) as table
with

cohorts as (
    select
        cells.cohort,
        cells.months_since,
        sum(cells.customers)::bigint as customers,
        sum(cells.buyers)::bigint as buyers,
        sum(cells.conversions)::bigint as conversions,
        sum(cells.returners)::bigint as returners,
        sum(cells.advocates)::bigint as advocates,
        sum(cells.detractors)::bigint as detractors,
        sum(cells.value)::decimal(18, 4) as value,
        sum(cells.repurchased_so_far)::bigint as repurchased_so_far,
        sum(cells.returned_so_far)::bigint as returned_so_far,
        sum(cells.advocated_so_far)::bigint as advocated_so_far,
        sum(cells.detracted_so_far)::bigint as detracted_so_far,
        sum(cells.value_so_far)::decimal(18, 4) as value_so_far,
        bool_and(cells.is_ripe) as is_ripe
    from marts.retention as cells
    where
        (segment is null or cells.segment = segment)
        and (traffic is null or cells.first_traffic = traffic)
        and (from_month is null or cells.cohort >= date_trunc('month', from_month::date))
        and (to_month is null or cells.cohort <= to_month::date)
    group by cells.cohort, cells.months_since
),

cohort_rates as (
    select
        cohorts.*,
        if(cohorts.is_ripe, cohorts.customers, null) as judged,
        wilson(cohorts.buyers, judged) as buying,
        wilson(cohorts.repurchased_so_far, judged) as repurchase,
        wilson(cohorts.returned_so_far, judged) as giving_back,
        wilson(cohorts.advocated_so_far, judged) as advocacy
    from cohorts
)

select
    cohort_rates.cohort,
    cohort_rates.months_since,
    cohort_rates.is_ripe,
    cohort_rates.customers,
    cohort_rates.buyers,
    cohort_rates.conversions,
    cohort_rates.returners,
    cohort_rates.advocates,
    cohort_rates.detractors,
    cohort_rates.value,
    struct_extract(cohort_rates.buying, 'rate')::double as buyer_rate,
    struct_extract(cohort_rates.buying, 'low')::double as buyer_low,
    struct_extract(cohort_rates.buying, 'high')::double as buyer_high,
    cohort_rates.repurchased_so_far,
    struct_extract(cohort_rates.repurchase, 'rate')::double as repurchase_rate,
    struct_extract(cohort_rates.repurchase, 'low')::double as repurchase_low,
    struct_extract(cohort_rates.repurchase, 'high')::double as repurchase_high,
    cohort_rates.returned_so_far,
    struct_extract(cohort_rates.giving_back, 'rate')::double as return_rate,
    struct_extract(cohort_rates.giving_back, 'low')::double as return_low,
    struct_extract(cohort_rates.giving_back, 'high')::double as return_high,
    cohort_rates.advocated_so_far,
    struct_extract(cohort_rates.advocacy, 'rate')::double as advocacy_rate,
    struct_extract(cohort_rates.advocacy, 'low')::double as advocacy_low,
    struct_extract(cohort_rates.advocacy, 'high')::double as advocacy_high,
    cohort_rates.detracted_so_far,
    cohort_rates.value_so_far,
    (cohort_rates.value_so_far / cohort_rates.judged)::double as value_per_customer
from cohort_rates
order by cohort_rates.cohort, cohort_rates.months_since;
