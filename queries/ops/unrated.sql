-- One row per source and currency of amounts that no rate turns into the project's currency: no sum has them.
--
-- Source: core.touchpoints and scratch.rates; core.spend. Only amounts that would count: of
-- purchases, renewals and what is given back, by customers, up to the cut-off. Of an order that was bought
-- a cost is not here where another telling of it counts, nor what came back where another source's
-- tellings of it do, for nothing of that is left out.
with foreign_touches as (
    select
        touches.* replace (own_order(touches.order_id) as order_id),
        timezone(getvariable('project_zone')::varchar, touches.occurred_at)::date as day
    from core.touchpoints as touches
    where
        touches.value is not null
        and upper(trim(touches.currency)) <> getvariable('project_currency')::varchar
        and touches.revenue is null
        and list_contains(getvariable('earning_events')::varchar[], touches.event)
        and touches.customer_id is not null
        and not touches.is_ignored
        and touches.occurred_at <= getvariable('cut_off')::timestamptz
),

-- Of a bought order one source tells all that came back; to say that nothing did is no word on it.
bought_orders as (
    select
        touches.customer_id,
        own_order(touches.order_id) as order_id,
        count(touches.revenue) filter (where touches.event = 'purchase') > 0 as is_cost_counted,
        min(touches.source) filter (
            where touches.event in ('return', 'exchange', 'refund', 'order_cancelled') and touches.revenue <> 0
        ) as teller_of_returns
    from core.touchpoints as touches
    where touches.order_id is not null and touches.journey_id is not null
    group by touches.customer_id, own_order(touches.order_id)
    having bool_or(touches.event = 'purchase')
),

unrated_amounts as (
    select
        touches.source,
        touches.currency,
        touches.day,
        touches.value,
        true as is_touch
    from foreign_touches as touches
    asof left join scratch.rates as rates
        on upper(trim(touches.currency)) = rates.currency and touches.day >= rates.day
    left join bought_orders
        on
            touches.customer_id = bought_orders.customer_id
            and touches.order_id = bought_orders.order_id
    where
        at_rate(touches.value, rates.rate) is null
        and not coalesce(
            case touches.event
                when 'purchase' then bought_orders.is_cost_counted
                when 'renewal' then false
                else bought_orders.teller_of_returns <> touches.source
            end,
            false
        )
    union all
    select
        spend.source,
        spend.currency,
        spend.day,
        spend.cost as value,
        false as is_touch
    from core.spend as spend
    where spend.cost is not null and spend.project_cost is null
)

select
    unrated_amounts.source,
    unrated_amounts.currency,
    count(*) filter (where unrated_amounts.is_touch)::bigint as touches,
    count(*) filter (where not unrated_amounts.is_touch)::bigint as costs,
    sum(unrated_amounts.value)::decimal(38, 4) as value,
    min(unrated_amounts.day) as first_day,
    max(unrated_amounts.day) as last_day
from unrated_amounts
group by unrated_amounts.source, unrated_amounts.currency
order by unrated_amounts.source, unrated_amounts.currency
