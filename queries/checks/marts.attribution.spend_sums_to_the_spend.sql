-- By traffic and by campaign, every model carries all that was spent; by channel and touchpoint none.
--
-- One row per model and dimension that breaks this. Spend without a rate is nowhere.
with

spend as (
    select coalesce(sum(project_cost), 0) as spend
    from core.spend
),

credits as (
    select
        dimension,
        model,
        coalesce(sum(spend), 0) as spend
    from marts.attribution
    group by dimension, model
),

without_any as (
    select
        'none' as dimension,
        'none' as model,
        0 as spend
    where not exists (select model from marts.attribution)
)

select
    credits.dimension,
    credits.model,
    credits.spend as credited_spend,
    spend.spend
from (from credits union all from without_any) as credits
cross join spend
where credits.spend != if(credits.dimension in ('channel', 'touchpoint'), 0, spend.spend)
