-- How far on their way are customers when they first meet a person of the company?
--
-- One row per segment, and one for all together (`is_all`). `met` met somebody in a store, by
-- support or over a quote before the purchase, `met_buying` with the purchase itself, `unmet` nobody until
-- then. Of the met: which part of their touches, and of their time, up to the purchase lay before that.
-- Shares are per cent.
select
    is_all,
    segment,
    conversions,
    met,
    met_buying,
    unmet,
    round(100 * met_rate, 1) as met_pct,
    round(100 * mean_touches_rate, 1) as touches_pct,
    round(100 * median_touches_rate, 1) as median_touches_pct,
    round(100 * mean_time_rate, 1) as time_pct,
    round(100 * median_time_rate, 1) as median_time_pct,
    dropped,
    round(100 * dropped_met_rate, 1) as dropped_met_pct
from marts.first_contact
order by is_all desc, conversions desc, segment asc
