-- Which ways lead to a purchase most surely, and which are walked in vain?
--
-- One row per path until the purchase: the steps before it, or all of them where there is none.
-- Both who bought and who was lost can have gone it. The surest come first, by the lower bound of
-- their interval: few journeys make no sure path. `start` has no step before the purchase.
--
-- param: at_least = 20  -- only paths with so many decided journeys
-- param: top = 30  -- how many paths
-- param: grain = null  -- stage_channel: steps by stage and channel; null: by stage
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: segment = null  -- only journeys of this segment; null: all
with

paths as (
    select * from top_paths(
        n := 1000000,
        from_date := $from_date::varchar,
        to_date := $to_date::varchar,
        segment := $segment::varchar,
        grain := coalesce($grain::varchar, 'stage'),
        until := 'purchase'
    )
)

select
    path,
    journeys,
    conversions + dropped as decided,
    conversions as converted,
    round(100 * conversion_rate, 1) as converted_pct,
    round(100 * conversion_low, 1) as converted_from,
    round(100 * conversion_high, 1) as converted_to,
    value,
    round(median_ms / 86400000, 1) as median_days
from paths
where conversions + dropped >= $at_least::bigint
order by conversion_low desc, journeys desc, path asc
limit $top::bigint
