-- One row per line of a basket; the lines of a basket are one purchase.
select
    records.record_no,
    records.basket_id::varchar as basket_id,
    records.basket_id::varchar as native_id,
    records.basket_id::varchar as order_id,
    records.household_id::varchar as user_id,
    local_time(records.transaction_timestamp, getvariable('timezone')::varchar) as occurred_at,
    's' as time_precision,
    'purchase' as event,
    records.sales_value as value,
    records.product_id::varchar as product
from records
