-- Where were those who left when they were last heard of, and how far had they come?
--
-- One row per last stage, deepest stage and last channel of the journeys that were dropped.
-- `went_back` tells that they turned back before they fell silent.
--
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: segment = null  -- only journeys of this segment; null: all
-- param: top = 50  -- how many rows
with

leavers as (
    select * from core.journeys
    where
        state = 'dropped'
        and ($from_date::date is null or day >= $from_date::date)
        and ($to_date::date is null or day <= $to_date::date)
        and ($segment::varchar is null or segment = $segment::varchar)
)

select
    last_stage,
    last_channel,
    deepest_stage,
    last_stage != deepest_stage as went_back,
    count(*) as leavers,
    round(100 * count(*) / sum(count(*)) over (), 1) as leavers_pct,
    count(distinct customer_id) as customers,
    round(median(touches), 1) as median_touches,
    round(median(duration_ms) / 86400000, 1) as median_days
from leavers
group by last_stage, last_channel, deepest_stage
order by leavers desc, last_stage asc, last_channel asc, deepest_stage asc
limit $top::bigint
