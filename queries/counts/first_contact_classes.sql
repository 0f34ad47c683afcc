-- One row per segment, what the way is measured by, and class of shares: how many journeys met a person of
-- the company after so large a part of their way to the purchase.
--
-- Source: core.journeys. Shares are those of counts.first_contact: `touches`, and `time`. Classes are
-- thousandths, each share in the nearest.
with

met_journeys as (
    select * from core.journeys
    where touches_before_contact < touches_before_conversion
),

shares as (
    select
        segment,
        unnest(['touches', 'time']) as measure,
        unnest([
            touches_before_contact / touches_before_conversion,
            share_of_time(started_at, contact_at, converted_at)
        ]) as share
    from met_journeys
)

select
    segment,
    measure,
    round(1000 * share)::smallint as thousandths,
    count(*) as journeys
from shares
group by segment, measure, round(1000 * share)::smallint
