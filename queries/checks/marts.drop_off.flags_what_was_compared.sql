-- Only a ripe month is compared, and with the ripe month of its cell before it; only what was
-- compared is significant, and no less likely by chance among all than alone.
--
-- One row per row that breaks this.
with

drop_offs as (
    select * from marts.drop_off
),

ripe_months as (
    select
        stage,
        dimension,
        dimension_value,
        period,
        rate,
        lag(period) over in_order as period_before,
        lag(rate) over in_order as rate_before
    from drop_offs
    where is_ripe and rate is not null and stage_no <= 4
    window in_order as (partition by stage, dimension, dimension_value order by period)
)

select
    drop_offs.stage,
    drop_offs.dimension,
    drop_offs.dimension_value,
    drop_offs.period,
    drop_offs.previous_period,
    drop_offs.change,
    drop_offs.p_value,
    drop_offs.q_value,
    drop_offs.is_significant
from drop_offs
left join ripe_months
    on
        drop_offs.stage = ripe_months.stage
        and drop_offs.dimension = ripe_months.dimension
        and drop_offs.dimension_value is not distinct from ripe_months.dimension_value
        and drop_offs.period = ripe_months.period
where
    drop_offs.previous_period is distinct from ripe_months.period_before
    or drop_offs.previous_rate is distinct from ripe_months.rate_before
    or drop_offs.change is distinct from ripe_months.rate - ripe_months.rate_before
    or (drop_offs.p_value is not null and drop_offs.previous_period is null)
    or (drop_offs.q_value is null) != (drop_offs.p_value is null)
    or drop_offs.p_value not between 0 and drop_offs.q_value
    or drop_offs.q_value > 1
    or drop_offs.is_significant is distinct from coalesce(drop_offs.q_value <= 0.05, false)
