-- One row per dimension, rule and name of visits that could earn: the conversions and the revenue
-- that the rule credits to it, to more digits than are published.
--
-- Could earn: visits that earn credit (core.visits), and all visits of dropped journeys, so that
-- names which only ever lost are there, with nothing. Participation credits every name of a
-- journey with the whole conversion; the other rules divide it. Sums of decimals are the same in
-- whatever order they are summed.
with

journeys as not materialized (
    select * from core.journeys
),

visits as not materialized (
    select * from core.visits
),

able_visits as (
    select
        visits.journey_id,
        visits.traffic,
        visits.campaign,
        visits.channel,
        visits.event,
        visits.credit_linear is not null as earns,
        visits.credit_first,
        visits.credit_last,
        visits.credit_last_non_direct,
        visits.credit_linear,
        visits.credit_position,
        visits.credit_j,
        visits.credit_inverse_j,
        visits.credit_time_decay,
        (journeys.value - journeys.returned_value)::decimal(18, 4) as revenue
    from visits
    inner join journeys on visits.journey_id = journeys.journey_id
    where journeys.state = 'dropped' or visits.credit_linear is not null
),

kinds as (
    select distinct
        traffic,
        campaign,
        channel,
        event
    from able_visits
),

names_of_kinds as (
    select
        kinds.traffic as kind_traffic,
        kinds.campaign as kind_campaign,
        kinds.channel as kind_channel,
        kinds.event as kind_event,
        dimensions.dimension,
        visit_name(
            dimensions.dimension, kinds.traffic, kinds.campaign, kinds.channel, kinds.event
        ) as name,
        if(dimensions.dimension in ('traffic', 'campaign'), kinds.traffic, null) as traffic,
        if(dimensions.dimension = 'campaign', kinds.campaign, null) as campaign,
        if(dimensions.dimension = 'channel', kinds.channel, null) as channel,
        if(dimensions.dimension = 'touchpoint', name, null) as touchpoint
    from kinds
    cross join (values ('traffic'), ('campaign'), ('channel'), ('touchpoint'))
        as dimensions (dimension)
),

names as (
    select
        dimension,
        name,
        min(traffic) as traffic,
        min(campaign) as campaign,
        min(channel) as channel,
        min(touchpoint) as touchpoint
    from names_of_kinds
    group by dimension, name
),

credits as (
    select
        traffic,
        campaign,
        channel,
        event,
        revenue,
        unnest([
            'first', 'last', 'last_non_direct', 'linear', 'position', 'j', 'inverse_j',
            'time_decay'
        ]) as model,
        unnest([
            credit_first, credit_last, credit_last_non_direct, credit_linear, credit_position,
            credit_j, credit_inverse_j, credit_time_decay
        ])::decimal(18, 15) as credit
    from able_visits
    where earns
),

credits_of_kinds as (
    select
        traffic,
        campaign,
        channel,
        event,
        model,
        sum(credit) as conversions,
        sum(credit * revenue) as revenue
    from credits
    group by traffic, campaign, channel, event, model
),

credits_of_names as (
    select
        names_of_kinds.dimension,
        names_of_kinds.name,
        credits_of_kinds.model,
        sum(credits_of_kinds.conversions) as conversions,
        sum(credits_of_kinds.revenue) as revenue
    from credits_of_kinds
    inner join names_of_kinds
        on
            credits_of_kinds.traffic = names_of_kinds.kind_traffic
            and credits_of_kinds.campaign is not distinct from names_of_kinds.kind_campaign
            and credits_of_kinds.channel = names_of_kinds.kind_channel
            and credits_of_kinds.event = names_of_kinds.kind_event
    group by names_of_kinds.dimension, names_of_kinds.name, credits_of_kinds.model
),

participants as (
    select distinct
        names_of_kinds.dimension,
        names_of_kinds.name,
        able_visits.journey_id,
        able_visits.revenue
    from able_visits
    inner join names_of_kinds
        on
            able_visits.traffic = names_of_kinds.kind_traffic
            and able_visits.campaign is not distinct from names_of_kinds.kind_campaign
            and able_visits.channel = names_of_kinds.kind_channel
            and able_visits.event = names_of_kinds.kind_event
    where able_visits.earns
),

participations as (
    select
        dimension,
        name,
        count(*) as conversions,
        sum(revenue) as revenue
    from participants
    group by dimension, name
),

all_credits as (
    select
        dimension,
        name,
        model,
        conversions::double as conversions,
        revenue::double as revenue
    from credits_of_names
    union all
    select
        dimension,
        name,
        'participation' as model,
        conversions::double as conversions,
        revenue::double as revenue
    from participations
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
