-- One row per dimension, rule and name of visits that could earn: the conversions and the revenue
-- that the rule credits to it, to more digits than are published.
--
-- Source: counts.visit_credits, counts.participations.
-- Could earn: visits that earn credit (core.visits), and all visits of dropped journeys, so that
-- names which only ever lost are there, with nothing. Participation credits every name of a
-- journey with the whole conversion; the other rules divide it.
with

kinds as (
    select * from counts.visit_credits
    where able > 0
),

names_of_kinds as (
    select
        kinds.*,
        dimensions.dimension,
        visit_name(
            dimensions.dimension, kinds.traffic, kinds.campaign, kinds.channel, kinds.event
        ) as name
    from kinds
    cross join (values ('traffic'), ('campaign'), ('channel'), ('touchpoint'))
        as dimensions (dimension)
),

names as (
    select
        dimension,
        name,
        if(dimension in ('traffic', 'campaign'), min(traffic), null) as traffic,
        if(dimension = 'campaign', min(campaign), null) as campaign,
        if(dimension = 'channel', min(channel), null) as channel,
        if(dimension = 'touchpoint', name, null) as touchpoint
    from names_of_kinds
    group by dimension, name
),

credits as (
    select
        dimension,
        name,
        unnest([
            'first', 'last', 'last_non_direct', 'linear', 'position', 'j', 'inverse_j',
            'time_decay'
        ]) as model,
        unnest([
            first_conversions, last_conversions, last_non_direct_conversions, linear_conversions,
            position_conversions, j_conversions, inverse_j_conversions, time_decay_conversions
        ]) as conversions,
        unnest([
            first_revenue, last_revenue, last_non_direct_revenue, linear_revenue,
            position_revenue, j_revenue, inverse_j_revenue, time_decay_revenue
        ]) as revenue
    from names_of_kinds
),

all_credits as (
    select
        dimension,
        name,
        model,
        sum(conversions)::double as conversions,
        sum(revenue)::double as revenue
    from credits
    group by dimension, name, model
    union all
    select
        dimension,
        name,
        'participation' as model,
        conversions::double as conversions,
        revenue::double as revenue
    from counts.participations
),

models as (
    select
        unnest([
            'first', 'last', 'last_non_direct', 'linear', 'position', 'j', 'inverse_j',
            'time_decay', 'participation'
        ]) as model
)

select
    names.dimension,
    models.model,
    names.name,
    names.traffic,
    names.campaign,
    names.channel,
    names.touchpoint,
    coalesce(all_credits.conversions, 0) as conversions,
    coalesce(all_credits.revenue, 0) as revenue
from names
cross join models
left join all_credits
    on
        names.dimension = all_credits.dimension
        and names.name = all_credits.name
        and models.model = all_credits.model
order by names.dimension, models.model, names.name
