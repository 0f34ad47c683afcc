-- One row per cohort (month of a customer's first purchase, in the project's zone), month since then,
-- segment, and first traffic of the journey that this purchase converted: who came back in that month,
-- and how many had done so by its end.
--
-- Source: core.touchpoints, core.journeys. Customers who never bought are in no cohort.
-- A month is 30 days of a customer's own from the first purchase on, so that month 0 is as long for who
-- bought on the 1st as for who bought on the 31st. Every cohort has its months up to the cut-off; one is
-- ripe when it lies before the cut-off for whoever may be in the cohort.
-- Distinct customers do not add up over months, so what was done by the end of each stands beside them.
with

project as (
    select * from ops.project
),

journeys as (
    select * from core.journeys
),

touches as (
    select
        touchpoints.customer_id,
        touchpoints.journey_id,
        touchpoints.touch_no,
        touchpoints.occurred_at,
        touchpoints.is_conversion,
        touchpoints.revenue,
        touchpoints.is_conversion or touchpoints.event = 'renewal' as is_purchase,
        touchpoints.event in ('return', 'exchange', 'refund', 'order_cancelled') as is_return,
        touchpoints.event = 'recommend'
        or (touchpoints.event = 'review' and touchpoints.sentiment > 0) as is_advocacy,
        touchpoints.event = 'complaint'
        or (touchpoints.event = 'review' and touchpoints.sentiment < 0) as is_detraction
    from core.touchpoints
    where touchpoints.journey_id is not null
),

first_purchases as (
    select
        customer_id,
        min(touch_no) as touch_no,
        min(occurred_at) as bought_at,
        arg_min(journey_id, touch_no) as journey_id
    from touches
    where is_conversion
    group by customer_id
),

customers as (
    select
        first_purchases.customer_id,
        first_purchases.touch_no,
        first_purchases.bought_at,
        date_trunc('month', timezone(project.time_zone, first_purchases.bought_at))::date as cohort,
        journeys.segment,
        journeys.first_traffic
    from first_purchases
    inner join journeys on first_purchases.journey_id = journeys.journey_id
    cross join project
),

deeds as (
    select
        customers.cohort,
        customers.segment,
        customers.first_traffic,
        customers.customer_id,
        (epoch_us(touches.occurred_at) - epoch_us(customers.bought_at)) // (30 * 86400000000) as months_since,
        touches.is_purchase and touches.touch_no > customers.touch_no as is_repurchase,
        touches.is_conversion and touches.touch_no > customers.touch_no as is_conversion,
        touches.is_return,
        touches.is_advocacy,
        touches.is_detraction,
        touches.revenue
    from touches
    inner join customers
        on touches.customer_id = customers.customer_id and touches.touch_no >= customers.touch_no
    where
        touches.revenue is not null
        or touches.is_purchase
        or touches.is_return
        or touches.is_advocacy
        or touches.is_detraction
),

done_in_months as (
    select
        cohort,
        segment,
        first_traffic,
        months_since,
        count(distinct customer_id) filter (where is_repurchase) as buyers,
        count_if(is_conversion) as conversions,
        count(distinct customer_id) filter (where is_return) as returners,
        count(distinct customer_id) filter (where is_advocacy) as advocates,
        count(distinct customer_id) filter (where is_detraction) as detractors,
        sum(revenue) as value
    from deeds
    group by cohort, segment, first_traffic, months_since
),

-- When each customer did each for the first time; the purchase that made the cohort is none of them.
first_deeds as (
    select
        cohort,
        segment,
        first_traffic,
        min(months_since) filter (where is_repurchase) as repurchase,
        min(months_since) filter (where is_return) as return,
        min(months_since) filter (where is_advocacy) as advocacy,
        min(months_since) filter (where is_detraction) as detraction
    from deeds
    group by cohort, segment, first_traffic, customer_id
),

first_deeds_by_month as (
    unpivot (select * from first_deeds)
    on repurchase, return, advocacy, detraction
    into name deed value months_since
),

first_done_in_months as (
    select
        cohort,
        segment,
        first_traffic,
        months_since,
        count_if(deed = 'repurchase') as repurchased,
        count_if(deed = 'return') as returned,
        count_if(deed = 'advocacy') as advocated,
        count_if(deed = 'detraction') as detracted
    from first_deeds_by_month
    group by cohort, segment, first_traffic, months_since
),

cells as (
    select
        cohort,
        segment,
        first_traffic,
        count(*) as customers
    from customers
    group by cohort, segment, first_traffic
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
    months.customers::bigint as customers,
    coalesce(done.buyers, 0)::bigint as buyers,
    coalesce(done.conversions, 0)::bigint as conversions,
    coalesce(done.returners, 0)::bigint as returners,
    coalesce(done.advocates, 0)::bigint as advocates,
    coalesce(done.detractors, 0)::bigint as detractors,
    coalesce(done.value, 0)::decimal(18, 4) as value,
    coalesce(sum(first_done.repurchased) over so_far, 0)::bigint as repurchased_so_far,
    coalesce(sum(first_done.returned) over so_far, 0)::bigint as returned_so_far,
    coalesce(sum(first_done.advocated) over so_far, 0)::bigint as advocated_so_far,
    coalesce(sum(first_done.detracted) over so_far, 0)::bigint as detracted_so_far,
    coalesce(sum(done.value) over so_far, 0)::decimal(18, 4) as value_so_far,
    epoch_us(months.cohort_ends_at) + (months.months_since + 1) * 30 * 86400000000
    <= epoch_us(months.cut_off) as is_ripe
from months
left join done_in_months as done
    on
        months.cohort = done.cohort
        and months.segment is not distinct from done.segment
        and months.first_traffic is not distinct from done.first_traffic
        and months.months_since = done.months_since
left join first_done_in_months as first_done
    on
        months.cohort = first_done.cohort
        and months.segment is not distinct from first_done.segment
        and months.first_traffic is not distinct from first_done.first_traffic
        and months.months_since = first_done.months_since
window so_far as (partition by months.cohort, months.segment, months.first_traffic order by months.months_since)
order by months.cohort, months.segment, months.first_traffic, months.months_since
