-- One row per cohort of first purchases and 30 days since, of the first 360: how many had bought again by
-- their end, and what a customer had earned by then.
--
-- Source: marts.retention. `kind` tells the rows of a `month` from those of `all` months and from those
-- of the `earlier` ones, before the last twelve with a first purchase: these have no cohort.
-- `customers` are all of the cohort, `judged` those whose days are over; both rates and `judged` are null
-- where nobody's are. In rows of several months only those are judged that are ripe.
with

retention as (
    select * from marts.retention
    where months_since < 12
),

cohorts as (
    select
        retention.cohort,
        retention.months_since,
        sum(retention.customers) as customers,
        sum(retention.repurchased_so_far) as repurchased,
        sum(retention.value_so_far) as value,
        bool_and(retention.is_ripe) as is_ripe,
        dense_rank() over (order by retention.cohort desc) > 12 as is_earlier
    from retention
    group by retention.cohort, retention.months_since
),

kinds as (
    select
        'month' as kind,
        cohorts.cohort as shown_cohort,
        cohorts.*
    from cohorts
    where not cohorts.is_earlier
    union all
    select
        'earlier' as kind,
        null as shown_cohort,
        cohorts.*
    from cohorts
    where cohorts.is_earlier
    union all
    select
        'all' as kind,
        null as shown_cohort,
        cohorts.*
    from cohorts
),

sums as (
    select
        kind,
        shown_cohort,
        months_since,
        sum(customers) filter (where is_ripe) as judged,
        sum(repurchased) filter (where is_ripe) as ripe_repurchased,
        sum(value) filter (where is_ripe) as ripe_value,
        max(sum(customers)) over (partition by kind, shown_cohort) as all_customers,
        wilson(ripe_repurchased, judged) as repurchase
    from kinds
    group by kind, shown_cohort, months_since
)

select
    kind,
    shown_cohort as cohort,
    months_since::bigint as months_since,
    all_customers::bigint as customers,
    judged::bigint as judged,
    ripe_repurchased::bigint as repurchased,
    struct_extract(repurchase, 'rate')::double as rate,
    struct_extract(repurchase, 'low')::double as low,
    struct_extract(repurchase, 'high')::double as high,
    (ripe_value / judged)::double as value_per_customer
from sums
order by kind, cohort, months_since
