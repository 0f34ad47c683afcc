-- What did advertising bring for what it cost, and how sure is that whatever the model?
--
-- One row per name that money was spent on. `cpa` is the cost of a conversion, `roas` the revenue
-- that came for one unit spent, both as the model has it; `…_from` and `…_to` bound them over all
-- models that sum. A cpa is null where no conversion is credited. Names that took part in fewer conversions
-- than [project] min_customers, and in any, are one row `other`.
--
-- param: dimension = campaign  -- traffic, or campaign of a traffic
-- param: model = markov_1  -- first, last, last_non_direct, linear, position, j, inverse_j, time_decay, markov_1 …
with

spenders as (
    select * from marts.attribution
    where
        dimension = (select one_of($dimension::varchar, 'dimension', ['traffic', 'campaign']))
        and spend is not null
),

-- Each conversion is of one customer, and participation counts all in which a name took part.
named_sizes as (
    select
        spenders.traffic,
        spenders.campaign,
        spenders.conversions as size,
        struct_pack(traffic := spenders.traffic, campaign := spenders.campaign) as name
    from spenders
    where spenders.model = 'participation'
),

-- Campaigns are folded within their traffic, too, whose total is told as well.
named_spenders as (
    select
        sizes.traffic,
        sizes.campaign,
        is_folded(sizes.size, project.min_customers, sizes.name, 1)
        or is_folded(sizes.size, project.min_customers, sizes.name, sizes.traffic) as is_folded
    from named_sizes as sizes
    cross join ops.project as project
),

credits as (
    select
        spenders.model,
        if(named.is_folded, 'other', spenders.traffic) as traffic,
        if(
            named.is_folded, if($dimension::varchar = 'campaign', 'other', null), spenders.campaign
        ) as campaign,
        sum(spenders.conversions) as conversions,
        sum(spenders.revenue) as revenue,
        sum(spenders.spend) as spend,
        sum(spenders.spend)::double / nullif(sum(spenders.conversions), 0) as cpa,
        sum(spenders.revenue)::double / nullif(sum(spenders.spend)::double, 0) as roas
    from spenders
    left join named_spenders as named
        on
            spenders.traffic = named.traffic
            and spenders.campaign is not distinct from named.campaign
    group by all
),

bounds as (
    select
        traffic,
        campaign,
        min(cpa) as cpa_from,
        -- Without a conversion there is no bound from above.
        if(min(conversions) > 0, max(cpa), null) as cpa_to,
        min(roas) as roas_from,
        max(roas) as roas_to
    from credits
    where model != 'participation'
    group by traffic, campaign
)

select
    credits.traffic,
    credits.campaign,
    credits.spend,
    round(credits.conversions, 1) as conversions,
    round(credits.cpa, 2) as cpa,
    round(bounds.cpa_from, 2) as cpa_from,
    round(bounds.cpa_to, 2) as cpa_to,
    round(credits.revenue, 2) as revenue,
    round(credits.roas, 2) as roas,
    round(bounds.roas_from, 2) as roas_from,
    round(bounds.roas_to, 2) as roas_to
from credits
inner join bounds
    on
        credits.traffic = bounds.traffic
        and credits.campaign is not distinct from bounds.campaign
where
    credits.model = (
        select one_of(
            $model::varchar,
            'model',
            [
                'first', 'last', 'last_non_direct', 'linear', 'position', 'j', 'inverse_j', 'time_decay',
                'markov_1', 'markov_2', 'markov_3', 'shapley', 'participation'
            ]
        )
    )
order by credits.spend desc, credits.traffic asc, credits.campaign asc
