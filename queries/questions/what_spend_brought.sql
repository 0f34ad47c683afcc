-- What did advertising bring for what it cost, and how sure is that whatever the model?
--
-- One row per name that money was spent on. `cpa` is the cost of a conversion, `roas` the revenue
-- that came for one unit spent, both as the model has it; `…_from` and `…_to` bound them over all
-- models that sum. A cpa is null where no conversion is credited. Names that took part in fewer conversions
-- than [project] min_customers, and in any, are one row `other`, with those on which nothing was
-- spent, and then without cpa and roas.
--
-- param: dimension = campaign  -- traffic, or campaign of a traffic
-- param: model = markov_1  -- first, last, last_non_direct, linear, position, j, inverse_j, time_decay, markov_1 …
with

names as (
    select
        attribution.*,
        coalesce(named.is_folded, false) as is_folded,
        bool_or(attribution.spend is not null) over (
            partition by
                coalesce(named.is_folded, false),
                if(coalesce(named.is_folded, false), null, attribution.traffic),
                if(coalesce(named.is_folded, false), null, attribution.campaign)
        ) as has_spent
    from marts.attribution
    left join named_credits($dimension::varchar) as named
        on
            attribution.traffic is not distinct from named.traffic
            and attribution.campaign is not distinct from named.campaign
    where
        attribution.dimension = (select one_of($dimension::varchar, 'dimension', ['traffic', 'campaign']))
        and not attribution.is_unattributed
),

credits as (
    select
        names.model,
        if(names.is_folded, 'other', names.traffic) as traffic,
        if(names.is_folded, if($dimension::varchar = 'campaign', 'other', null), names.campaign) as campaign,
        sum(names.conversions) as conversions,
        sum(names.revenue) as revenue,
        sum(names.spend) as spend,
        bool_and(names.spend is not null) as has_paid_for_all,
        if(has_paid_for_all, sum(names.spend)::double / nullif(sum(names.conversions), 0), null) as cpa,
        if(has_paid_for_all, sum(names.revenue)::double / nullif(sum(names.spend)::double, 0), null) as roas
    from names
    where names.has_spent
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
