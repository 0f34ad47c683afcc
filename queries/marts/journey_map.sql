-- One row per segment (and all together), stage and channel: how many journeys met the company there in
-- that stage, how often, and how they felt. marts.touchpoint_map has the same by event.
--
-- Source: events_met (touches by journey and kind), core.journeys. `reach` is the share of the journeys with a
-- touch in the stage, which marts.stage_funnel calls visited.
-- Rows of all segments together (`is_all`) stand beside those of each. Journeys do not add up over
-- channels, for many meet several.
-- `top_event` is the event of most journeys, of those the one of most touches, else by name.
with

segments as (
    select
        journey_id,
        customer_id,
        segment,
        false as is_all
    from core.journeys
    union all
    select
        journey_id,
        customer_id,
        null as segment,
        true as is_all
    from core.journeys
),

channels_met as (
    select
        journey_id,
        stage,
        channel,
        sum(touches) as touches,
        sum(known_sentiment) as known_sentiment,
        sum(positive) as positive,
        sum(negative) as negative
    from events_met
    group by journey_id, stage, channel
),

stages_met as (
    select distinct
        journey_id,
        stage
    from channels_met
),

events as (
    select
        segments.is_all,
        segments.segment,
        events_met.stage,
        events_met.channel,
        events_met.event,
        count(*) as journeys,
        sum(events_met.touches) as touches
    from events_met
    inner join segments on events_met.journey_id = segments.journey_id
    group by
        segments.is_all, segments.segment, events_met.stage, events_met.channel, events_met.event
),

top_events as (
    select * from events
    qualify row_number() over (
        partition by is_all, segment, stage, channel
        order by journeys desc, touches desc, event asc
    ) = 1
),

channels as (
    select
        segments.is_all,
        segments.segment,
        channels_met.stage,
        channels_met.channel,
        count(distinct segments.customer_id) as customers,
        count(*) as journeys,
        sum(channels_met.touches) as touches,
        sum(channels_met.known_sentiment) as known_sentiment,
        sum(channels_met.positive) as positive,
        sum(channels_met.negative) as negative
    from channels_met
    inner join segments on channels_met.journey_id = segments.journey_id
    group by segments.is_all, segments.segment, channels_met.stage, channels_met.channel
),

stages as (
    select
        segments.is_all,
        segments.segment,
        stages_met.stage,
        count(*) as journeys
    from stages_met
    inner join segments on stages_met.journey_id = segments.journey_id
    group by segments.is_all, segments.segment, stages_met.stage
)

select
    channels.is_all,
    channels.segment,
    channels.stage,
    stage_number(channels.stage)::bigint as stage_no,
    channels.channel,
    channels.customers,
    channels.journeys,
    stages.journeys as stage_journeys,
    channels.journeys / stages.journeys as reach,
    channels.touches::bigint as touches,
    channels.known_sentiment::bigint as known_sentiment,
    channels.positive::bigint as positive,
    channels.negative::bigint as negative,
    (channels.positive - channels.negative) / nullif(channels.known_sentiment, 0) as mean_sentiment,
    top_events.event as top_event
from channels
inner join stages
    on
        channels.is_all = stages.is_all
        and channels.segment is not distinct from stages.segment
        and channels.stage = stages.stage
inner join top_events
    on
        channels.is_all = top_events.is_all
        and channels.segment is not distinct from top_events.segment
        and channels.stage = top_events.stage
        and channels.channel = top_events.channel
order by
    channels.is_all desc,
    channels.segment,
    stage_number(channels.stage),
    channels.journeys desc,
    channels.channel
