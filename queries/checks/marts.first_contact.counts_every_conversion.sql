-- Every conversion and every dropped journey is counted once over the segments, and once over all; shares
-- of the way lie within 0 and 1, and are told where somebody was met.
--
-- One row per segment whose figures do not fit, and per sum that differs from that of the journeys.
with

journeys as (
    select
        count(converted_at) as conversions,
        count(*) filter (where state = 'dropped') as dropped
    from core.journeys
),

sums as (
    select
        maps.is_all,
        coalesce(sum(contacts.conversions), 0) as conversions,
        coalesce(sum(contacts.dropped), 0) as dropped
    from (values (true), (false)) as maps (is_all)
    left join marts.first_contact as contacts on maps.is_all = contacts.is_all
    group by maps.is_all
)

select
    sums.is_all,
    null as segment,
    sums.conversions,
    sums.dropped
from sums
cross join journeys
where sums.conversions != journeys.conversions or sums.dropped != journeys.dropped
union all
select
    is_all,
    segment,
    conversions,
    dropped
from marts.first_contact
where
    conversions != met + met_buying + unmet
    or least(met, met_buying, unmet, dropped_met, dropped - dropped_met) < 0
    or (met > 0) != (mean_touches_rate is not null)
    or (met > 0) != (median_touches_rate is not null)
    or (met > 0) != (mean_time_rate is not null)
    or (met > 0) != (median_time_rate is not null)
    or least(mean_touches_rate, median_touches_rate, mean_time_rate, median_time_rate) < 0
    or greatest(mean_touches_rate, median_touches_rate, mean_time_rate, median_time_rate) > 1
