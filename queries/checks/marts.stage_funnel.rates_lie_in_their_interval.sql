-- A rate is a share, lies within its interval, and is null where no journey ended, and only there.
--
-- One row per row of the funnel that breaks this.
select
    stage,
    day,
    first_channel,
    first_traffic,
    segment,
    advanced + settled + dropped as ended,
    drop_off_rate,
    drop_off_low,
    drop_off_high
from marts.stage_funnel
where
    drop_off_low < 0
    or drop_off_low > drop_off_rate
    or drop_off_rate > drop_off_high
    or drop_off_high > 1
    or (drop_off_rate is null) != (advanced + settled + dropped = 0)
    or (drop_off_low is null) != (drop_off_rate is null)
    or (drop_off_high is null) != (drop_off_rate is null)
