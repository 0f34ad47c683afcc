-- A rate is a share, lies within its interval, and is null where no journey ended, and only there.
--
-- One row per row that breaks this.
select
    stage,
    dimension,
    dimension_value,
    period,
    advanced + settled + dropped as ended,
    rate,
    low,
    high
from marts.drop_off
where
    low < 0
    or low > rate
    or rate > high
    or high > 1
    or (rate is null) != (advanced + settled + dropped = 0)
    or (low is null) != (rate is null)
    or (high is null) != (rate is null)
