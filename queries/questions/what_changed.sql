-- Where has drop-off changed from one month to the next, and is it more than chance?
--
-- One row per stage, dimension, value and ripe month that differs from the ripe month before it:
-- first the significant ones, the largest change first, then the near misses, which would be
-- significant alone, but not among so many comparisons. Rates are per cent, changes in points. Values of
-- fewer customers than [project] min_customers are left out.
--
-- param: stage = null  -- only this stage; null: all
-- param: dimension = null  -- all, channel, traffic, campaign, device or segment; null: every one
-- param: from_date = null  -- only months from this day's on; null: from the beginning
-- param: top = 30  -- how many rows
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
    if(is_significant, 'significant', 'near miss') as verdict,
    period as month,
    stage,
    dimension,
    dimension_value,
    round(100 * previous_rate, 1) as lost_before_pct,
    round(100 * rate, 1) as lost_pct,
    round(100 * change, 1) as change_points,
    previous_period as compared_with,
    advanced + settled + dropped as ended,
    undecided,
    round(p_value, 5) as p_value,
    round(q_value, 4) as q_value
from drop_offs
where
    p_value <= 0.05
    and ($stage::varchar is null or stage = (select one_stage($stage::varchar, 'stage')))
    and ($dimension::varchar is null or dimension = (select one_dimension($dimension::varchar)))
    and ($from_date::date is null or period >= date_trunc('month', $from_date::date))
order by
    is_significant desc,
    if(is_significant, abs(change), 0) desc,
    drop_offs.p_value asc,
    dimension asc,
    dimension_value asc,
    stage_no asc,
    period asc
limit $top::bigint
