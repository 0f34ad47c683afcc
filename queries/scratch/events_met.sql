-- One row per journey, stage, channel and event: how often the journey met it, and how it felt.
--
-- Source: core.touchpoints. Several marts sum it up, so a night makes it once, and keeps it not.
select
    touchpoints.journey_id,
    touchpoints.stage,
    touchpoints.channel,
    touchpoints.event,
    count(*) as touches,
    count(touchpoints.sentiment) as known_sentiment,
    count(*) filter (where touchpoints.sentiment > 0) as positive,
    count(*) filter (where touchpoints.sentiment < 0) as negative
from core.touchpoints
where touchpoints.journey_id is not null
group by touchpoints.journey_id, touchpoints.stage, touchpoints.channel, touchpoints.event
