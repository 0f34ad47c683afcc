-- Each grain and until holds every journey once: by end state, with its conversion and value.
--
-- One row per grain and until that breaks this; paths and end states are counted in either.
with

journeys as (
    select
        count(*) as journeys,
        count(converted_at) as conversions,
        count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'dropped') as dropped,
        count(*) filter (where state = 'returned') as returned,
        count(*) filter (where state = 'detracted') as detracted,
        count(*) filter (where state = 'advocated') as advocated,
        count(*) filter (where state = 'repurchased') as repurchased,
        count(*) filter (where state = 'kept') as kept,
        coalesce(sum(value - returned_value), 0) as value
    from core.journeys
),

kinds as (
    select
        unnest(['stage', 'stage_channel', 'stage', 'stage_channel']) as grain,
        unnest(['end', 'end', 'purchase', 'purchase']) as until
),

sums as (
    select
        grain,
        until,
        sum(journeys) as journeys,
        sum(conversions) as conversions,
        sum(open) as open,
        sum(dropped) as dropped,
        sum(returned) as returned,
        sum(detracted) as detracted,
        sum(advocated) as advocated,
        sum(repurchased) as repurchased,
        sum(kept) as kept,
        sum(value) as value
    from marts.paths
    group by grain, until
)

select
    kinds.grain,
    kinds.until,
    journeys.journeys,
    sums.journeys as journeys_in_paths,
    journeys.conversions,
    sums.conversions as conversions_in_paths,
    journeys.value,
    sums.value as value_in_paths
from kinds
cross join journeys
left join sums on kinds.grain = sums.grain and kinds.until = sums.until
where
    journeys.journeys != coalesce(sums.journeys, 0)
    or journeys.conversions != coalesce(sums.conversions, 0)
    or journeys.open != coalesce(sums.open, 0)
    or journeys.dropped != coalesce(sums.dropped, 0)
    or journeys.returned != coalesce(sums.returned, 0)
    or journeys.detracted != coalesce(sums.detracted, 0)
    or journeys.advocated != coalesce(sums.advocated, 0)
    or journeys.repurchased != coalesce(sums.repurchased, 0)
    or journeys.kept != coalesce(sums.kept, 0)
    or journeys.value != coalesce(sums.value, 0)
