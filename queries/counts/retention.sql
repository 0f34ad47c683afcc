-- One row per cohort (month of a customer's first purchase, in the project's zone), month since then,
-- segment, and first traffic of the journey that this purchase converted: what the customers did in that
-- month, and how many did it then for the first time.
--
-- Source: numbered_touches, core.journeys. Customers who never bought are in no cohort; `customers` and
-- their first purchase count in month 0.
-- A month is 30 days of a customer's own from the first purchase on, so that month 0 is as long for who
-- bought on the 1st as for who bought on the 31st.
with

project as (
    select * from ops.project
),

kinds as (
    select
        kind_no,
        event = 'renewal' as is_renewal,
        event in ('return', 'exchange', 'refund', 'order_cancelled') as is_return,
        event = 'recommend' as is_recommendation,
        event = 'complaint' as is_complaint,
        event = 'review' as is_review
    from touch_kinds
),

touches as (
    select
        numbered_journeys.customer_no,
        numbered_touches.journey_no,
        numbered_touches.touch_no,
        numbered_touches.occurred_us,
        numbered_touches.is_conversion,
        numbered_touches.revenue,
        numbered_touches.is_conversion or kinds.is_renewal as is_purchase,
        kinds.is_return,
        kinds.is_recommendation or (kinds.is_review and numbered_touches.sentiment > 0)
            as is_advocacy,
        kinds.is_complaint or (kinds.is_review and numbered_touches.sentiment < 0) as is_detraction
    from numbered_touches
    inner join kinds on numbered_touches.kind_no = kinds.kind_no
    inner join numbered_journeys on numbered_touches.journey_no = numbered_journeys.journey_no
    where
        numbered_touches.revenue is not null
        or numbered_touches.is_conversion
        or kinds.is_renewal
        or kinds.is_return
        or kinds.is_recommendation
        or kinds.is_complaint
        or (kinds.is_review and numbered_touches.sentiment != 0)
),

first_purchases as (
    select
        customer_no,
        min(touch_no) as touch_no,
        min(occurred_us) as bought_us,
        arg_min(journey_no, touch_no) as journey_no
    from touches
    where is_conversion
    group by customer_no
),

customers as (
    select
        first_purchases.customer_no,
        first_purchases.touch_no,
        first_purchases.bought_us,
        date_trunc(
            'month', timezone(project.time_zone, make_timestamptz(first_purchases.bought_us))
        )::date as cohort,
        journeys.segment,
        journeys.first_traffic
    from first_purchases
    inner join numbered_journeys on first_purchases.journey_no = numbered_journeys.journey_no
    inner join core.journeys on numbered_journeys.journey_id = journeys.journey_id
    cross join project
),

deeds as (
    select
        customers.cohort,
        customers.segment,
        customers.first_traffic,
        customers.customer_no,
        ((touches.occurred_us - customers.bought_us) // (30 * 86400000000))::integer as months_since,
        touches.touch_no = customers.touch_no as is_first_purchase,
        touches.is_purchase and touches.touch_no > customers.touch_no as is_repurchase,
        touches.is_conversion and touches.touch_no > customers.touch_no as is_conversion,
        touches.is_return,
        touches.is_advocacy,
        touches.is_detraction,
        coalesce(touches.revenue, 0) as revenue
    from touches
    inner join customers
        on touches.customer_no = customers.customer_no and touches.touch_no >= customers.touch_no
),

customer_months as (
    select
        cohort,
        segment,
        first_traffic,
        customer_no,
        months_since,
        bool_or(is_first_purchase) as is_first_purchase,
        bool_or(is_repurchase) as is_repurchase,
        bool_or(is_return) as is_return,
        bool_or(is_advocacy) as is_advocacy,
        bool_or(is_detraction) as is_detraction,
        count(*) filter (where is_conversion) as conversions,
        sum(revenue) as value
    from deeds
    group by cohort, segment, first_traffic, customer_no, months_since
),

-- When each customer did each for the first time; the purchase that made the cohort is none of them.
customer_months_with_firsts as (
    select
        *,
        min(if(is_repurchase, months_since, null)) over of_customer as first_repurchase,
        min(if(is_return, months_since, null)) over of_customer as first_return,
        min(if(is_advocacy, months_since, null)) over of_customer as first_advocacy,
        min(if(is_detraction, months_since, null)) over of_customer as first_detraction
    from customer_months
    window of_customer as (partition by customer_no)
)

select
    cohort,
    months_since,
    segment,
    first_traffic,
    count(*) filter (where is_first_purchase)::bigint as customers,
    count(*) filter (where is_repurchase)::bigint as buyers,
    sum(conversions)::bigint as conversions,
    count(*) filter (where is_return)::bigint as returners,
    count(*) filter (where is_advocacy)::bigint as advocates,
    count(*) filter (where is_detraction)::bigint as detractors,
    count(*) filter (where months_since = first_repurchase)::bigint as repurchased,
    count(*) filter (where months_since = first_return)::bigint as returned,
    count(*) filter (where months_since = first_advocacy)::bigint as advocated,
    count(*) filter (where months_since = first_detraction)::bigint as detracted,
    sum(value)::decimal(18, 4) as value
from customer_months_with_firsts
group by cohort, months_since, segment, first_traffic
