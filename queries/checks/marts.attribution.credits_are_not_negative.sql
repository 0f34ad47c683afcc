-- No model credits fewer conversions than none, or more than there are, and a share is of them all.
--
-- One row per row that breaks this.
with

journeys as (
    select count(converted_at) as conversions
    from core.journeys
)

select
    credits.model,
    credits.dimension,
    credits.traffic,
    credits.campaign,
    credits.channel,
    credits.touchpoint,
    credits.conversions,
    credits.share
from marts.attribution as credits
cross join journeys
where
    credits.conversions < 0
    or credits.conversions > journeys.conversions
    or credits.error < 0
    or abs(credits.share * journeys.conversions - credits.conversions) > 1e-6
    or (credits.share is null) != (journeys.conversions = 0)
