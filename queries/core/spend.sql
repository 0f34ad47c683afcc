-- One row per day, source, channel, campaign, part of it and currency: what was spent on advertising.
--
-- Source: scratch.all_spend, of all nights; scratch.rates gives the rate of the latest day at or before.
-- What a cost is in the project's currency is told anew every night, for a rate may come or change.
select
    spend.day,
    spend.source,
    spend.channel,
    spend.campaign,
    spend.part,
    spend.impressions,
    spend.clicks,
    spend.cost,
    spend.currency,
    if(
        spend.currency = getvariable('project_currency')::varchar,
        spend.cost,
        at_rate(spend.cost, rates.rate)
    ) as project_cost,
    spend.load_id
from scratch.all_spend as spend
asof left join scratch.rates as rates
    on spend.currency = rates.currency and spend.day >= rates.day
order by spend.day, spend.source, spend.channel, spend.campaign, spend.part, spend.currency
