-- A stage has the touches of its channels, felt as they are there.
--
-- One row per segment and stage that differs from the journey map.
with

channels as (
    select
        is_all,
        segment,
        stage,
        sum(touches) as touches,
        sum(known_sentiment) as known_sentiment,
        sum(positive) as positive,
        sum(negative) as negative
    from marts.journey_map
    group by is_all, segment, stage
)

select
    coalesce(map.is_all, channels.is_all) as is_all,
    coalesce(map.segment, channels.segment) as segment,
    coalesce(map.stage, channels.stage) as stage,
    map.touches,
    channels.touches as touches_of_channels,
    map.known_sentiment,
    channels.known_sentiment as known_sentiment_of_channels
from marts.stage_map as map
full outer join channels
    on
        map.is_all = channels.is_all
        and map.segment is not distinct from channels.segment
        and map.stage = channels.stage
where
    coalesce(map.touches, -1) != coalesce(channels.touches, 0)
    or coalesce(map.known_sentiment, -1) != coalesce(channels.known_sentiment, 0)
    or coalesce(map.positive, -1) != coalesce(channels.positive, 0)
    or coalesce(map.negative, -1) != coalesce(channels.negative, 0)
