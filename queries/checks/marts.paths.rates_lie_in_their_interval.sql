-- A conversion rate is a share, lies within its interval, and is null where no journey is decided.
--
-- One row per path that breaks this.
select
    grain,
    until,
    path,
    conversions,
    dropped,
    conversion_rate,
    conversion_low,
    conversion_high
from marts.paths
where
    conversion_low < 0
    or conversion_low > conversion_rate
    or conversion_rate > conversion_high
    or conversion_high > 1
    or (conversion_rate is null) != (conversions + dropped = 0)
    or (conversion_low is null) != (conversion_rate is null)
    or (conversion_high is null) != (conversion_rate is null)
