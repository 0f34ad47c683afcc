-- One row per cohort (month of a customer's first purchase, in the project's zone), month since then,
-- segment, and first traffic of the journey that this purchase converted: who came back in that month,
-- and how many had done so by its end.
--
-- Source: counts.retention, which says what is counted. Customers who never bought are in no cohort.
-- Every cohort has its months up to the cut-off; one is ripe when it lies before the cut-off for whoever
-- may be in the cohort.
-- Distinct customers do not add up over months, so what was done by the end of each stands beside them.
with

project as (
    select * from ops.project
),

done as (
    select * from counts.retention
),

-- The first purchase of every customer lies in month 0.
cells as (
    select
        cohort,
        segment,
        first_traffic,
        customers
    from done
    where months_since = 0
),

-- All cells of a cohort have the same months, so that a sum over them keeps its customers.
months as (
    select
        cells.*,
        unnest(
            generate_series(
                0,
                (epoch_us(project.cut_off) - epoch_us(timezone(project.time_zone, cells.cohort::timestamp)))
                // (30 * 86400000000)
            )
        ) as months_since,
        timezone(project.time_zone, (cells.cohort + interval 1 month)::timestamp) as cohort_ends_at,
        project.cut_off
    from cells
    cross join project
)

select
    months.cohort,
    months.months_since,
    months.segment,
    months.first_traffic,
    months.customers,
    coalesce(done.buyers, 0) as buyers,
    coalesce(done.conversions, 0) as conversions,
    coalesce(done.returners, 0) as returners,
    coalesce(done.advocates, 0) as advocates,
    coalesce(done.detractors, 0) as detractors,
    coalesce(done.value, 0)::decimal(18, 4) as value,
    coalesce(sum(done.repurchased) over so_far, 0)::bigint as repurchased_so_far,
    coalesce(sum(done.returned) over so_far, 0)::bigint as returned_so_far,
    coalesce(sum(done.advocated) over so_far, 0)::bigint as advocated_so_far,
    coalesce(sum(done.detracted) over so_far, 0)::bigint as detracted_so_far,
    coalesce(sum(done.value) over so_far, 0)::decimal(18, 4) as value_so_far,
    epoch_us(months.cohort_ends_at) + (months.months_since + 1) * 30 * 86400000000
    <= epoch_us(months.cut_off) as is_ripe
from months
left join done
    on
        months.cohort = done.cohort
        and months.segment is not distinct from done.segment
        and months.first_traffic is not distinct from done.first_traffic
        and months.months_since = done.months_since
window so_far as (partition by months.cohort, months.segment, months.first_traffic order by months.months_since)
order by months.cohort, months.segment, months.first_traffic, months.months_since
