-- One row per grain, segment, stage, channel and event: how many journeys met the company so, how often,
-- and how they felt.
--
-- Source: events_met, touch_kinds, numbered_journeys. Journeys and customers that meet several events do
-- not add up over them, so there are three grains: `stage` (channel and event are null), `channel` (event
-- is null) and `event`.
with

journeys as (
    select * from numbered_journeys
),

segments as (
    select distinct
        segment_no,
        segment
    from journeys
),

channel_kinds as (
    select distinct
        channel_no,
        stage,
        stage_no,
        channel
    from touch_kinds
),

channels_met as materialized (
    select
        events_met.journey_no,
        touch_kinds.channel_no,
        touch_kinds.stage_no,
        sum(events_met.touches)::bigint as touches,
        sum(events_met.known_sentiment)::bigint as known_sentiment,
        sum(events_met.positive)::bigint as positive,
        sum(events_met.negative)::bigint as negative
    from events_met
    inner join touch_kinds on events_met.kind_no = touch_kinds.kind_no
    group by events_met.journey_no, touch_kinds.channel_no, touch_kinds.stage_no
),

events as (
    select
        journeys.segment_no,
        events_met.kind_no,
        count(distinct journeys.customer_no) as customers,
        count(*) as journeys,
        sum(events_met.touches) as touches,
        sum(events_met.known_sentiment) as known_sentiment,
        sum(events_met.positive) as positive,
        sum(events_met.negative) as negative
    from events_met
    inner join journeys on events_met.journey_no = journeys.journey_no
    group by journeys.segment_no, events_met.kind_no
),

channels as (
    select
        journeys.segment_no,
        channels_met.channel_no,
        count(distinct journeys.customer_no) as customers,
        count(*) as journeys,
        sum(channels_met.touches) as touches,
        sum(channels_met.known_sentiment) as known_sentiment,
        sum(channels_met.positive) as positive,
        sum(channels_met.negative) as negative
    from channels_met
    inner join journeys on channels_met.journey_no = journeys.journey_no
    group by journeys.segment_no, channels_met.channel_no
),

stages as (
    select
        journeys.segment_no,
        channels_met.stage_no,
        count(distinct journeys.customer_no) as customers,
        count(distinct journeys.journey_no) as journeys,
        sum(channels_met.touches) as touches,
        sum(channels_met.known_sentiment) as known_sentiment,
        sum(channels_met.positive) as positive,
        sum(channels_met.negative) as negative
    from channels_met
    inner join journeys on channels_met.journey_no = journeys.journey_no
    group by journeys.segment_no, channels_met.stage_no
),

all_counts as (
    select
        'event' as grain,
        touch_kinds.stage,
        touch_kinds.channel,
        touch_kinds.event,
        events.* exclude (kind_no)
    from events
    inner join touch_kinds on events.kind_no = touch_kinds.kind_no
    union all by name
    select
        'channel' as grain,
        channel_kinds.stage,
        channel_kinds.channel,
        channels.* exclude (channel_no)
    from channels
    inner join channel_kinds on channels.channel_no = channel_kinds.channel_no
    union all by name
    select
        'stage' as grain,
        listed.stage,
        stages.* exclude (stage_no)
    from stages
    inner join stages() as listed on stages.stage_no = listed.stage_no
)

select
    all_counts.grain,
    segments.segment,
    all_counts.stage,
    all_counts.channel,
    all_counts.event,
    all_counts.customers::bigint as customers,
    all_counts.journeys::bigint as journeys,
    all_counts.touches::bigint as touches,
    all_counts.known_sentiment::bigint as known_sentiment,
    all_counts.positive::bigint as positive,
    all_counts.negative::bigint as negative
from all_counts
inner join segments on all_counts.segment_no = segments.segment_no
