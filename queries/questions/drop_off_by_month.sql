-- How many are lost at each stage, month by month, when the young months are told rightly?
--
-- One row per stage and month in which journeys began. A rate that is final is counted; another is
-- estimated, for those who will be lost are not lost yet. `lost_from` and `lost_to` bound the rate
-- (95% interval); rates are per cent, changes in points, between counted rates of ripe months. A value of
-- fewer customers than [project] min_customers has no row.
--
-- param: stage = null  -- only this stage; null: all up to the purchase
-- param: dimension = null  -- channel, traffic, campaign, device or segment; null: all journeys
-- param: value = null  -- the dimension's value, such as email; null: those without one
with

drop_offs as (
    select drop_off.*
    from marts.drop_off
    left join named_values() as named
        on
            drop_off.dimension = named.dimension
            and drop_off.dimension_value is not distinct from named.dimension_value
    where not coalesce(named.is_folded, false)
)

select
    stage,
    period as month,
    if(is_final, 'counted', 'estimated') as told,
    round(100 * if(is_final, rate, estimate), 1) as lost_pct,
    round(100 * if(is_final, low, estimate_low), 1) as lost_from,
    round(100 * if(is_final, high, estimate_high), 1) as lost_to,
    round(100 * change, 1) as change_points,
    is_significant,
    advanced + settled + dropped + open as reached,
    dropped,
    undecided
from drop_offs
where
    period is not null
    and stage_no <= 4
    and dimension = (select one_dimension(coalesce($dimension::varchar, 'all')))
    and dimension_value is not distinct from $value::varchar
    and (
        $stage::varchar is null
        or stage = (select one_of($stage::varchar, 'stage', ['need', 'research', 'evaluation', 'purchase']))
    )
order by stage_no asc, period asc
