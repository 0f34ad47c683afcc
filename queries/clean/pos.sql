-- One row per line of a till's receipt; the lines of one sale, or of one return, share a basket_id.
--
-- Source: `records`, the columns of the file by header, all text; clock times are those of the shop.
-- A receipt is its store, terminal, day and number together, for numbers start anew. A till without a
-- connection uploads days later: a receipt is of the till's time, and uploaded_at is when it was received.
-- Sold and returned lines are touches. Tender and loyalty lines are accepted and touch nobody, but
-- whom they name bought the whole receipt. A void line that takes money off is part of the sale; one
-- that does not is itself the line that was voided; a sale voided to nothing is no purchase.
with till_records as (
    (
        select
            null::varchar as line_no,
            null::varchar as sku,
            null::varchar as gtin,
            null::varchar as qty,
            null::varchar as unit_price,
            null::varchar as discount,
            null::varchar as line_total,
            null::varchar as currency,
            null::varchar as user_id,
            null::varchar as loyalty_id,
            null::varchar as email,
            null::varchar as phone,
            null::varchar as card_token,
            null::varchar as original_receipt_id,
            null::varchar as uploaded_at
        where false
    )
    union all by name
    select * from records
),

-- Only what is named here: a column of the file that is called as one of ours below would stand before it.
typed_lines as (
    select
        record_no,
        line_no,
        sku,
        gtin,
        currency,
        user_id,
        loyalty_id,
        email,
        phone,
        card_token,
        original_receipt_id,
        uploaded_at,
        store_id,
        terminal_id,
        upper(trim(line_type)) as kind,
        concat_ws(' ', trim(business_date), nullif(trim(local_time), '')) as till_time,
        -- The parts are joined so that a missing one makes the whole null.
        trim(store_id) || '/' || trim(terminal_id) || '/' || trim(business_date) || '/'
        || trim(receipt_id) as receipt,
        if(
            length(original_receipt_id) - length(replace(original_receipt_id, '/', '')) = 3,
            trim(original_receipt_id),
            null
        ) as original_receipt,
        coalesce(
            try_cast(line_total as decimal(18, 4)),
            try_cast(
                try_cast(qty as decimal(18, 4)) * try_cast(unit_price as decimal(18, 4))
                - coalesce(try_cast(discount as decimal(18, 4)), 0) as decimal(18, 4)
            )
        ) as amount
    from till_records
),

receipt_lines as (
    select
        *,
        case
            when kind = 'SALE' or (kind = 'VOID' and amount < 0) then 'purchase'
            when kind = 'RETURN' then 'return'
        end as told_event,
        count(*) filter (where kind = 'SALE') over one_receipt as sales,
        count(*) filter (where kind = 'VOID' and amount < 0) over one_receipt as voids,
        sum(amount) filter (where kind = 'SALE' or (kind = 'VOID' and amount < 0)) over one_receipt
            as sold_amount,
        first_value(user_id ignore nulls) over one_receipt as receipt_user_id,
        first_value(loyalty_id ignore nulls) over one_receipt as receipt_loyalty_id,
        first_value(email ignore nulls) over one_receipt as receipt_email,
        first_value(phone ignore nulls) over one_receipt as receipt_phone,
        first_value(card_token ignore nulls) over one_receipt as receipt_card_token
    from typed_lines
    window one_receipt as (
        partition by receipt
        order by record_no
        rows between unbounded preceding and unbounded following
    )
),

touching_lines as (
    select
        *,
        case
            when told_event = 'return' then told_event
            when told_event = 'purchase' and sales > 0 and (voids = 0 or sold_amount <> 0)
                then told_event
        end as event
    from receipt_lines
),

basket_lines as (
    select
        *,
        case
            when event = 'purchase' then receipt || '/SALE'
            -- Returned goods of two receipts are two returns, for they undo two orders.
            when event = 'return' then concat_ws('/', receipt || '/RETURN', original_receipt_id)
        end as basket_id
    from touching_lines
)

select
    record_no,
    case
        when receipt is null then 'unknown_event_shape'
        when kind not in ('SALE', 'RETURN', 'VOID', 'TENDER', 'LOYALTY') or kind is null
            then 'unknown_event_shape'
        when event is not null and amount is null then 'not_a_number'
    end as reject_reason,
    event is not null as is_touch,
    basket_id,
    coalesce(basket_id, receipt || '/' || kind || '/' || line_no) as native_id,
    parse_time(till_time, getvariable('timezone')::varchar) as occurred_at,
    text_precision(till_time) as time_precision,
    clock_doubt(till_time, getvariable('timezone')::varchar) as clock_doubt,
    parse_time(uploaded_at, getvariable('timezone')::varchar) as received_at,
    try_cast(line_no as bigint) as source_seq,
    event,
    getvariable('channel')::varchar as channel,
    getvariable('channel')::varchar as traffic,
    receipt_user_id as user_id,
    receipt_email as email,
    receipt_phone as phone,
    receipt_loyalty_id as loyalty_id,
    case event when 'purchase' then receipt when 'return' then original_receipt end as order_id,
    receipt_card_token as device_id,
    case event when 'purchase' then amount when 'return' then -abs(amount) end as value,
    if(event is null, null, coalesce(known(currency), getvariable('currency')::varchar)) as currency,
    coalesce(sku, gtin) as product,
    trim(store_id) as store_id,
    trim(terminal_id) as terminal_id
from basket_lines
