-- By every model but participation, and in every dimension, all conversions and all revenue are
-- credited, what is unattributed included.
--
-- One row per model and dimension that breaks this, or that is missing. Conversions are sums of
-- doubles; revenue is exact.
with

journeys as (
    select
        count(converted_at) as conversions,
        coalesce(sum(value - returned_value), 0) as revenue
    from core.journeys
),

dimensions as (
    select unnest(['traffic', 'campaign', 'channel', 'touchpoint']) as dimension
),

listed_models as (
    select
        unnest([
            'first', 'last', 'last_non_direct', 'linear', 'position', 'j', 'inverse_j',
            'time_decay', 'markov_1', 'markov_2', 'markov_3', 'shapley'
        ]) as model
),

models as (
    select
        dimensions.dimension,
        listed_models.model
    from dimensions
    cross join listed_models
    where
        dimensions.dimension = 'traffic'
        or listed_models.model not in ('markov_2', 'markov_3', 'shapley')
),

credits as (
    select
        dimension,
        model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from marts.attribution
    where model != 'participation'
    group by dimension, model
)

select
    coalesce(models.dimension, credits.dimension) as dimension,
    coalesce(models.model, credits.model) as model,
    credits.conversions as credited_conversions,
    journeys.conversions,
    credits.revenue as credited_revenue,
    journeys.revenue
from models
cross join journeys
full outer join credits
    on models.dimension = credits.dimension and models.model = credits.model
where
    models.model is null
    or abs(coalesce(credits.conversions, 0) - journeys.conversions)
    > 1e-9 * greatest(1, journeys.conversions)
    or coalesce(credits.revenue, 0) != journeys.revenue
