-- One row per other currency and day on which touches tell an amount in it: the rate that holds then.
--
-- Source: gathered_touches; scratch.rates gives the rate of the latest day at or before. Null: there is
-- none. A currency stands as it was told; the project's own in other letters is worth one.
with foreign_days as (
    select distinct
        touches.currency,
        timezone(getvariable('project_zone')::varchar, touches.occurred_at)::date as day
    from gathered_touches as touches
    where touches.value is not null and touches.currency <> getvariable('project_currency')::varchar
)

select
    foreign_days.currency,
    foreign_days.day,
    if(
        upper(trim(foreign_days.currency)) = getvariable('project_currency')::varchar,
        1::decimal(18, 10),
        rates.rate
    ) as rate
from foreign_days
asof left join scratch.rates as rates
    on upper(trim(foreign_days.currency)) = rates.currency and foreign_days.day >= rates.day
