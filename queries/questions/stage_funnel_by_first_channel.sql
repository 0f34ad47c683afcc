-- How far do journeys come, by the channel in which they began, and where are they lost?
--
-- One row per first channel and stage. Rates are per cent; `lost_from` and `lost_to` bound the
-- share of the ended journeys that were lost (95% interval). Open journeys are not lost.
--
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: segment = null  -- only journeys of this segment; null: all
with

funnel as (
    select * from marts.stage_funnel
),

stage_counts as (
    select
        first_channel,
        stage,
        stage_no,
        sum(reached) as reached,
        sum(skipped) as skipped,
        sum(advanced) as advanced,
        sum(dropped) as dropped,
        sum(open) as open,
        sum(settled) as settled,
        sum(converted) as converted
    from funnel
    where
        ($from_date::date is null or day >= $from_date::date)
        and ($to_date::date is null or day <= $to_date::date)
        and ($segment::varchar is null or segment = $segment::varchar)
    group by first_channel, stage, stage_no
),

stage_rates as (
    select
        *,
        max(reached) over (partition by first_channel) as journeys,
        wilson(dropped, advanced + settled + dropped) as drop_off
    from stage_counts
)

select
    first_channel,
    stage,
    reached::bigint as reached,
    round(100 * reached / journeys, 1) as reached_pct,
    skipped::bigint as skipped,
    advanced::bigint as advanced,
    dropped::bigint as dropped,
    open::bigint as open,
    settled::bigint as settled,
    converted::bigint as converted,
    round(100 * struct_extract(drop_off, 'rate'), 1) as lost_pct,
    round(100 * struct_extract(drop_off, 'low'), 1) as lost_from,
    round(100 * struct_extract(drop_off, 'high'), 1) as lost_to
from stage_rates
where journeys > 0
order by journeys desc, first_channel asc, stage_no asc
