-- One row per line of an order in Shopify's orders export, the lines of an order sharing a basket_id, and
-- one per order that was cancelled.
--
-- Source: `records`, the columns of the file by header, all text. What is told of an order as a whole stands on its
-- first line only; that line carries the amount, and the others nothing. A line whose order began in another
-- file is refused.
-- The amount is Total, what the customer was to pay, with shipping and taxes. A refund has an amount and no date:
-- a touch of it would have to make one up, and to take it off the purchase would change what was decided that
-- day. So it is kept in props as refunded_amount, and revenue is before refunds: the API's orders (`shopify`)
-- tell of refunds. A cancellation has a date, and takes off what was to be paid, or what went back where
-- the shop keeps a part.
-- The export has no time of change: an order's version is the latest time that it tells. A refund moves none of
-- them, so the thousandths that went back go on top as microseconds. That parcels left is not that they arrived.
with export_lines as (
    (
        select
            null::varchar as "Id",
            null::varchar as "Email",
            null::varchar as "Phone",
            null::varchar as "Financial Status",
            null::varchar as "Paid at",
            null::varchar as "Fulfilled at",
            null::varchar as "Cancelled at",
            null::varchar as "Accepts Marketing",
            null::varchar as "Currency",
            null::varchar as "Subtotal",
            null::varchar as "Shipping",
            null::varchar as "Taxes",
            null::varchar as "Discount Code",
            null::varchar as "Discount Amount",
            null::varchar as "Refunded Amount",
            null::varchar as "Payment Method",
            null::varchar as "Source",
            null::varchar as "Lineitem name",
            null::varchar as "Lineitem sku"
        where false
    )
    union all by name
    select * from records
),

numbered_orders as (
    select
        record_no,
        nullif(trim("Name"), '') as order_name,
        known("Id") as id,
        known("Email") as email,
        -- The export puts an apostrophe before what a spreadsheet would take for a number.
        known(ltrim("Phone", '''')) as phone,
        lower(known("Financial Status")) as financial_status,
        known("Created at") as created_at,
        known("Paid at") as paid_at,
        known("Fulfilled at") as fulfilled_at,
        known("Cancelled at") as cancelled_at,
        truth_of("Accepts Marketing") as accepts_marketing,
        known("Currency") as currency,
        known("Total") as total,
        known("Subtotal") as subtotal,
        known("Shipping") as shipping,
        known("Taxes") as tax,
        known("Discount Code") as coupon,
        known("Discount Amount") as discount,
        known("Refunded Amount") as refunded_amount,
        known("Payment Method") as payment_type,
        known("Source") as source_name,
        coalesce(known("Lineitem name"), known("Lineitem sku")) as product,
        -- An order may be told twice in a file; each telling begins with its first line.
        count(*) filter (where coalesce(known("Total"), known("Financial Status"), known("Id")) is not null) over (
            partition by trim("Name") order by record_no
        ) as telling
    from export_lines
),

lines_with_orders as (
    select
        record_no,
        order_name,
        telling,
        product,
        row_number() over one_order as line_no,
        first_value(id) over one_order as id,
        first_value(email) over one_order as email,
        first_value(phone) over one_order as phone,
        first_value(financial_status) over one_order as financial_status,
        first_value(created_at) over one_order as created_at,
        first_value(paid_at) over one_order as paid_at,
        first_value(fulfilled_at) over one_order as fulfilled_at,
        first_value(cancelled_at) over one_order as cancelled_at,
        first_value(accepts_marketing) over one_order as accepts_marketing,
        first_value(currency) over one_order as currency,
        first_value(total) over one_order as total,
        first_value(refunded_amount) over one_order as refunded_amount,
        first_value(payment_type) over one_order as payment_type,
        first_value(source_name) over one_order as source_name,
        subtotal,
        shipping,
        tax,
        coupon,
        discount
    from numbered_orders
    window one_order as (partition by order_name, telling order by record_no)
),

typed_lines as (
    select
        *,
        case
            when order_name is null or telling = 0 then 'unknown_event_shape'
            when total is not null and try_cast(total as decimal(18, 4)) is null then 'not_a_number'
            when refunded_amount is not null and try_cast(refunded_amount as decimal(18, 4)) is null
                then 'not_a_number'
        end as reject_reason,
        coalesce(id, order_name) as order_key,
        try_cast(total as decimal(18, 4)) as amount,
        coalesce(try_cast(refunded_amount as decimal(18, 4)), 0) as refunded,
        parse_time(created_at, getvariable('timezone')::varchar) as ordered_at,
        greatest(
            parse_time(created_at, getvariable('timezone')::varchar),
            parse_time(paid_at, getvariable('timezone')::varchar),
            parse_time(fulfilled_at, getvariable('timezone')::varchar),
            parse_time(cancelled_at, getvariable('timezone')::varchar)
        ) as changed_at
    from lines_with_orders
),

told_lines as (
    select
        *,
        changed_at
        + to_microseconds(least(greatest(coalesce(round(1000 * (refunded / nullif(amount, 0))), 0), 0), 1000)::bigint)
            as updated_at,
        unnest(
            if(
                line_no = 1 and cancelled_at is not null and reject_reason is null,
                ['purchase', 'order_cancelled'],
                ['purchase']
            )
        ) as kind
    from typed_lines
)

select
    record_no,
    reject_reason,
    if(kind = 'purchase', order_key, null) as basket_id,
    if(kind = 'purchase', order_key, order_key || '/cancelled') as native_id,
    'order/' || order_key as object_id,
    updated_at,
    if(kind = 'purchase', ordered_at, parse_time(cancelled_at, getvariable('timezone')::varchar)) as occurred_at,
    text_precision(if(kind = 'purchase', created_at, cancelled_at)) as time_precision,
    clock_doubt(if(kind = 'purchase', created_at, cancelled_at), getvariable('timezone')::varchar) as clock_doubt,
    if(kind = 'purchase', line_no, null) as source_seq,
    case
        when kind = 'order_cancelled' then kind
        when source_name in ('subscription_contract', 'subscription_contract_checkout_one') then 'renewal'
        else 'purchase'
    end as event,
    if(lower(source_name) = 'pos', 'store', getvariable('channel')::varchar) as channel,
    email,
    phone,
    order_name as order_id,
    case
        when kind = 'order_cancelled' and financial_status = 'partially_refunded' then -refunded
        when kind = 'order_cancelled' then -amount
        when line_no = 1 then amount
    end as value,
    coalesce(currency, getvariable('currency')::varchar) as currency,
    if(kind = 'purchase', product, null) as product,
    -- 'no' is no answer: it may be that nobody asked.
    if(kind = 'purchase' and accepts_marketing, 'granted', null) as consent_email,
    contains(lower(payment_type), 'bogus') as is_test,
    if(kind = 'purchase', subtotal, null) as subtotal,
    if(kind = 'purchase', shipping, null) as shipping,
    if(kind = 'purchase', tax, null) as tax,
    if(kind = 'purchase', discount, null) as discount,
    if(kind = 'purchase', coupon, null) as coupon,
    if(kind = 'purchase', refunded_amount, null) as refunded_amount,
    if(kind = 'purchase', financial_status, null) as financial_status,
    if(kind = 'purchase', payment_type, null) as payment_type,
    if(kind = 'purchase', source_name, null) as source_name
from told_lines
