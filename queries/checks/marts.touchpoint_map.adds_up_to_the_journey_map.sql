-- The touches of a channel's events are those of the channel, and so is how they felt.
--
-- One row per place of the journey map that differs.
with

channels as (
    select
        is_all,
        segment,
        stage,
        channel,
        sum(touches) as touches,
        sum(known_sentiment) as known_sentiment,
        sum(positive) as positive,
        sum(negative) as negative,
        max(journeys) as most_journeys,
        sum(journeys) as sum_of_journeys
    from marts.touchpoint_map
    group by is_all, segment, stage, channel
)

select
    coalesce(map.is_all, channels.is_all) as is_all,
    coalesce(map.segment, channels.segment) as segment,
    coalesce(map.stage, channels.stage) as stage,
    coalesce(map.channel, channels.channel) as channel,
    map.touches,
    channels.touches as touches_of_events,
    map.journeys,
    channels.most_journeys,
    channels.sum_of_journeys
from marts.journey_map as map
full outer join channels
    on
        map.is_all = channels.is_all
        and map.segment is not distinct from channels.segment
        and map.stage = channels.stage
        and map.channel = channels.channel
where
    map.touches is distinct from channels.touches
    or map.known_sentiment is distinct from channels.known_sentiment
    or map.positive is distinct from channels.positive
    or map.negative is distinct from channels.negative
    or map.journeys < channels.most_journeys
    or map.journeys > channels.sum_of_journeys
