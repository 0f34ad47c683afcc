-- Where is most lost, and what would it be worth if the lost were worth as much as those who went on?
--
-- One row per segment and stage where journeys were lost. `worth` is what those that went on earned on
-- average, less what came back; `opportunity` is that of all the lost together: the most that there is to
-- win back. Opportunities add up over stages and segments, for a journey is lost once. Shares are per cent.
--
-- param: segment = null  -- only customers of this segment; null: each, those without one as null
-- param: top = 20  -- how many rows
with

stages as (
    select * from marts.stage_map
    where not is_all and ($segment::varchar is null or segment = $segment::varchar)
)

select
    segment,
    stage,
    reached,
    lost,
    round(100 * advance_rate, 1) as went_on_pct,
    round(100 * advance_target, 1) as target_pct,
    advance_status as target_is,
    round(worth, 2) as worth,
    round(opportunity, 2) as opportunity,
    round(100 * opportunity / sum(opportunity) over (), 1) as opportunity_pct
from stages
where lost > 0
order by opportunity desc nulls last, lost desc, segment asc, stage_no asc
limit $top::bigint
