-- Which ways through the stages are taken most, and how do they end?
--
-- One row per path, back-steps included, and `other` for the rest. A path with more steps than
-- `longest` is cut there, and ends in an ellipsis. `converted_pct` is of those that bought or
-- were dropped. A whole path tells by itself whether somebody bought: to compare rates, look at
-- the way until the purchase only.
--
-- param: top = 20  -- how many paths
-- param: longest = 8  -- how many steps of a path are told apart
-- param: until = null  -- purchase: only the steps before the purchase; null: all
-- param: grain = null  -- stage_channel: steps by stage and channel; null: by stage
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: channel = null  -- only journeys that began in this channel; null: all
-- param: traffic = null  -- only journeys whose first traffic is this; null: all
-- param: segment = null  -- only journeys of this segment; null: all
with

paths as (
    select * from top_paths(
        n := $top::bigint,
        from_date := $from_date::varchar,
        to_date := $to_date::varchar,
        channel := $channel::varchar,
        traffic := $traffic::varchar,
        segment := $segment::varchar,
        grain := coalesce($grain::varchar, 'stage'),
        until := coalesce($until::varchar, 'end'),
        steps := $longest::bigint
    )
)

select
    path,
    journeys,
    round(100 * journeys_rate, 1) as journeys_pct,
    customers,
    conversions as converted,
    round(100 * conversion_rate, 1) as converted_pct,
    round(100 * conversion_low, 1) as converted_from,
    round(100 * conversion_high, 1) as converted_to,
    dropped,
    open,
    value,
    round(median_ms / 86400000, 1) as median_days
from paths
order by steps is null, journeys desc, path asc
