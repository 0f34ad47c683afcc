-- One row per pair of purchases that may be one, told twice: the earlier, and the other.
--
-- Source: core.touchpoints up to the cut-off. One customer, the same amount and currency, at most an hour
-- apart, by different sources under different order ids, or without one. They are not merged.
with purchases as (
    select
        touches.customer_id,
        touches.touchpoint_id,
        touches.source,
        touches.order_id,
        touches.occurred_at,
        touches.value,
        coalesce(upper(trim(touches.currency)), getvariable('project_currency')::varchar) as currency
    from core.touchpoints as touches
    where
        touches.event = 'purchase'
        and touches.customer_id is not null
        and touches.value is not null
        and not touches.is_ignored
        and touches.occurred_at <= getvariable('cut_off')::timestamptz
)

select
    purchases.customer_id,
    purchases.touchpoint_id,
    purchases.source,
    purchases.order_id,
    purchases.occurred_at,
    others.touchpoint_id as other_touchpoint_id,
    others.source as other_source,
    others.order_id as other_order_id,
    others.occurred_at as other_occurred_at,
    purchases.value,
    purchases.currency
from purchases
inner join purchases as others
    on
        purchases.customer_id = others.customer_id
        and purchases.value = others.value
        and purchases.currency = others.currency
where
    purchases.source <> others.source
    and coalesce(purchases.order_id <> others.order_id, true)
    and others.occurred_at - purchases.occurred_at <= interval 1 hour
    and (purchases.occurred_at, purchases.touchpoint_id) < (others.occurred_at, others.touchpoint_id)
order by purchases.occurred_at, purchases.touchpoint_id, other_touchpoint_id
