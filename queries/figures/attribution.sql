-- One row per model, dimension and name of visits: the conversions and the revenue that the model
-- credits to it, and what it cost.
--
-- Source: built_attribution, credits by rules (queries/figures/attribution_rules.sql) and by chains
-- (pipeline.figures.attribution); counts.stage_funnel and counts.visit_credits for what there was to
-- credit, marts.campaign_spend for the cost.
-- A name is its traffic, its campaign of a traffic, its channel or its touchpoint; the other columns
-- are null. What no visit has earned (a conversion without a visit before it, the revenue of
-- journeys that did not convert) is a row of its own, `is_unattributed`. Spend without a visit that
-- could earn has rows of its own, without conversions.
-- Both are rounded, and the remainder of each goes to the name that has most of it, so that each
-- model but participation sums to all conversions and all revenue.
with

credits as (
    select * from built_attribution
),

dimensions as (
    select unnest(['traffic', 'campaign', 'channel', 'touchpoint']) as dimension
),

listed_models as (
    select
        unnest([
            'first', 'last', 'last_non_direct', 'linear', 'position', 'j', 'inverse_j',
            'time_decay', 'participation', 'markov_1', 'markov_2', 'markov_3', 'shapley'
        ]) as model
),

models as (
    select
        dimensions.dimension,
        listed_models.model,
        listed_models.model != 'participation' as sums_up
    from dimensions
    cross join listed_models
    where
        dimensions.dimension = 'traffic'
        or listed_models.model not in ('markov_2', 'markov_3', 'shapley')
),

-- Every journey has reached the first stage.
journeys as (
    select
        coalesce(sum(converted), 0)::bigint as conversions,
        coalesce(sum(value), 0)::decimal(18, 4) as revenue
    from counts.stage_funnel
    where stage = 'need'
),

-- The first visit that earns has the whole of its journey.
credited as (
    select
        coalesce(sum(first_conversions), 0)::bigint as conversions,
        coalesce(sum(first_revenue), 0)::decimal(18, 4) as revenue
    from counts.visit_credits
),

totals as (
    select
        journeys.conversions,
        credited.conversions as credited_conversions,
        journeys.revenue,
        credited.revenue as credited_revenue
    from journeys
    cross join credited
),

spend as (
    select
        'traffic' as dimension,
        traffic,
        null::varchar as campaign,
        sum(spend)::decimal(18, 4) as spend
    from marts.campaign_spend
    group by traffic
    union all
    select
        'campaign' as dimension,
        traffic,
        campaign,
        sum(spend)::decimal(18, 4) as spend
    from marts.campaign_spend
    group by traffic, campaign
),

rounded_credits as (
    select
        credits.dimension,
        credits.model,
        credits.traffic,
        credits.campaign,
        credits.channel,
        credits.touchpoint,
        round(credits.error, 9) as error,
        models.sums_up,
        round(credits.conversions, 9)::decimal(18, 9) as conversions,
        round(credits.revenue, 4)::decimal(18, 4) as revenue,
        row_number() over (
            partition by credits.model, credits.dimension
            order by credits.conversions desc, credits.name asc
        ) = 1 as has_most_conversions,
        row_number() over (
            partition by credits.model, credits.dimension
            order by credits.revenue desc, credits.name asc
        ) = 1 as has_most_revenue
    from credits
    inner join models on credits.dimension = models.dimension and credits.model = models.model
),

whole_credits as (
    select
        rounded_credits.* exclude (
            conversions, revenue, has_most_conversions, has_most_revenue, sums_up
        ),
        rounded_credits.conversions + if(
            rounded_credits.has_most_conversions and rounded_credits.sums_up,
            totals.credited_conversions - sum(rounded_credits.conversions) over of_model,
            0
        ) as conversions,
        rounded_credits.revenue + if(
            rounded_credits.has_most_revenue and rounded_credits.sums_up,
            totals.credited_revenue - sum(rounded_credits.revenue) over of_model,
            0
        ) as revenue
    from rounded_credits
    cross join totals
    window of_model as (partition by rounded_credits.model, rounded_credits.dimension)
),

spent_credits as (
    select
        whole_credits.dimension,
        whole_credits.model,
        whole_credits.traffic,
        whole_credits.campaign,
        whole_credits.channel,
        whole_credits.touchpoint,
        false as is_unattributed,
        whole_credits.conversions,
        whole_credits.revenue,
        whole_credits.error,
        spend.spend
    from whole_credits
    left join spend
        on
            whole_credits.dimension = spend.dimension
            and whole_credits.traffic = spend.traffic
            and whole_credits.campaign is not distinct from spend.campaign
),

spend_without_credits as (
    select
        models.dimension,
        models.model,
        spend.traffic,
        spend.campaign,
        null::varchar as channel,
        null::varchar as touchpoint,
        false as is_unattributed,
        0 as conversions,
        0 as revenue,
        null::double as error,
        spend.spend
    from spend
    inner join models on spend.dimension = models.dimension
    anti join credits
        on
            spend.dimension = credits.dimension
            and spend.traffic = credits.traffic
            and spend.campaign is not distinct from credits.campaign
),

unattributed as (
    select
        models.dimension,
        models.model,
        null::varchar as traffic,
        null::varchar as campaign,
        null::varchar as channel,
        null::varchar as touchpoint,
        true as is_unattributed,
        totals.conversions - totals.credited_conversions as conversions,
        totals.revenue - totals.credited_revenue as revenue,
        null::double as error,
        null::decimal(18, 4) as spend
    from models
    cross join totals
    where
        totals.conversions != totals.credited_conversions
        or totals.revenue != totals.credited_revenue
),

rows_of_models as (
    select * from spent_credits
    union all
    select * from spend_without_credits
    union all
    select * from unattributed
)

select
    rows_of_models.model,
    rows_of_models.dimension,
    rows_of_models.traffic,
    rows_of_models.campaign,
    rows_of_models.channel,
    rows_of_models.touchpoint,
    rows_of_models.is_unattributed,
    rows_of_models.conversions::double as conversions,
    rows_of_models.revenue::decimal(18, 4) as revenue,
    (rows_of_models.conversions::double / nullif(totals.conversions, 0))::double as share,
    rows_of_models.error::double as error,
    rows_of_models.spend::decimal(18, 4) as spend,
    rows_of_models.spend::double / nullif(rows_of_models.conversions, 0)::double as cpa,
    rows_of_models.revenue::double / nullif(rows_of_models.spend, 0)::double as roas
from rows_of_models
cross join totals
order by
    rows_of_models.dimension,
    rows_of_models.model,
    rows_of_models.is_unattributed,
    rows_of_models.conversions desc,
    rows_of_models.traffic,
    rows_of_models.campaign,
    rows_of_models.channel,
    rows_of_models.touchpoint
