-- The map holds every touch that stands in a stage: over all, and over the segments, each once.
--
-- One row per stage and channel whose touches or sentiments differ.
with

touches as (
    select
        stage,
        channel,
        count(*) as touches,
        count(sentiment) as known_sentiment,
        count(*) filter (where sentiment > 0) as positive,
        count(*) filter (where sentiment < 0) as negative
    from core.touchpoints
    where journey_id is not null
    group by stage, channel
),

expected_maps as (
    select *
    from touches
    cross join (values (true), (false)) as maps (is_all)
),

maps as (
    select
        is_all,
        stage,
        channel,
        sum(touches) as touches,
        sum(known_sentiment) as known_sentiment,
        sum(positive) as positive,
        sum(negative) as negative
    from marts.journey_map
    group by is_all, stage, channel
)

select
    coalesce(maps.is_all, expected_maps.is_all) as is_all,
    coalesce(maps.stage, expected_maps.stage) as stage,
    coalesce(maps.channel, expected_maps.channel) as channel,
    maps.touches,
    expected_maps.touches as touches_in_core,
    maps.known_sentiment,
    expected_maps.known_sentiment as known_sentiment_in_core
from maps
full outer join expected_maps
    on
        maps.is_all = expected_maps.is_all
        and maps.stage = expected_maps.stage
        and maps.channel = expected_maps.channel
where
    maps.touches is distinct from expected_maps.touches
    or maps.known_sentiment is distinct from expected_maps.known_sentiment
    or maps.positive is distinct from expected_maps.positive
    or maps.negative is distinct from expected_maps.negative
