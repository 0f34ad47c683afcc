-- One row per source and currency of amounts that no rate turns into the project's currency: no sum has them.
--
-- Source: core.touchpoints and scratch.rates; core.spend. Only amounts that would count: of
-- purchases, renewals and what is given back, by customers, up to the cut-off. What another telling
-- of the order counts, bought or given back, is not here, for nothing of it is left out.
with foreign_touches as (
    select
        touches.*,
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

counted_words as (
    select distinct
        touches.customer_id,
        touches.order_id,
        touches.event = 'purchase' as is_purchase
    from core.touchpoints as touches
    where
        touches.order_id is not null
        -- A purchase may have been for nothing; what came back was something.
        and (touches.revenue <> 0 or (touches.revenue = 0 and touches.event = 'purchase'))
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
    left join counted_words
        on
            touches.customer_id = counted_words.customer_id
            and touches.order_id = counted_words.order_id
            and (touches.event = 'purchase') = counted_words.is_purchase
    where at_rate(touches.value, rates.rate) is null and counted_words.order_id is null
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
