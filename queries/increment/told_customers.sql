-- One row per customer of whom a file beside the touches tells something else than the night before: the
-- customer file (segment, attributes), the rates of an amount's day, the ads behind a click.
--
-- Source: scratch.told_segments (of tonight's customer file), ops.rates of the publication and scratch.rates,
-- scratch.ad_clicks; the publication's customers and touches.
with changed_segments as (
    select customers.customer_id
    from yesterday.core.customers as customers
    left join scratch.told_segments as told_segments on customers.customer_id = told_segments.customer_id
    where
        customers.segment is distinct from told_segments.segment
        or customers.attributes is distinct from told_segments.attributes
),

foreign_days as (
    select distinct
        touches.currency,
        timezone(getvariable('project_zone')::varchar, touches.occurred_at)::date as day
    from yesterday.core.touchpoints as touches
    where
        touches.value is not null
        and touches.currency <> getvariable('project_currency')::varchar
),

changed_days as (
    select
        foreign_days.currency,
        foreign_days.day
    from foreign_days
    asof left join scratch.rates as rates
        on upper(trim(foreign_days.currency)) = rates.currency and foreign_days.day >= rates.day
    asof left join stored_rates as former_rates
        on
            upper(trim(foreign_days.currency)) = former_rates.currency
            and foreign_days.day >= former_rates.day
    where rates.rate is distinct from former_rates.rate
),

changed_clicks as (
    select clicks.click_id
    from (
        (
            select
                ad_clicks.click_id,
                ad_clicks.campaign,
                ad_clicks.keyword
            from scratch.ad_clicks as ad_clicks
            except
            select
                clicks.click_id,
                clicks.campaign,
                clicks.keyword
            from yesterday.core.ad_clicks as clicks
        )
        union all
        (
            select
                clicks.click_id,
                clicks.campaign,
                clicks.keyword
            from yesterday.core.ad_clicks as clicks
            except
            select
                ad_clicks.click_id,
                ad_clicks.campaign,
                ad_clicks.keyword
            from scratch.ad_clicks as ad_clicks
        )
    ) as clicks
)

select changed_segments.customer_id
from changed_segments
union
select touches.customer_id
from yesterday.core.touchpoints as touches
where
    touches.value is not null
    and touches.currency <> getvariable('project_currency')::varchar
    and (
        touches.currency,
        timezone(getvariable('project_zone')::varchar, touches.occurred_at)::date
    ) in (select (changed_days.currency, changed_days.day) from changed_days)
union
select touches.customer_id
from yesterday.core.touchpoints as touches
where touches.click_id in (select changed_clicks.click_id from changed_clicks)
