-- One row per segment (and all together), stage and channel: how many journeys met the company there in
-- that stage, how often, and how they felt. marts.touchpoint_map has the same by event.
--
-- Source: counts.touchpoint_map. `reach` is the share of the journeys with a touch in the stage, which
-- marts.stage_funnel calls visited.
-- Rows of all segments together (`is_all`) stand beside those of each. Journeys do not add up over
-- channels, for many meet several.
-- `top_event` is the event of most journeys, of those the one of most touches, else by name.
with

met as (
    select
        *,
        false as is_all
    from counts.touchpoint_map
    union all
    select
        * replace (null as segment),
        true as is_all
    from counts.touchpoint_map
),

sums as (
    select
        grain,
        is_all,
        segment,
        stage,
        channel,
        event,
        sum(customers)::bigint as customers,
        sum(journeys)::bigint as journeys,
        sum(touches)::bigint as touches,
        sum(known_sentiment)::bigint as known_sentiment,
        sum(positive)::bigint as positive,
        sum(negative)::bigint as negative
    from met
    group by grain, is_all, segment, stage, channel, event
),

top_events as (
    select * from sums
    where grain = 'event'
    qualify row_number() over (
        partition by is_all, segment, stage, channel
        order by journeys desc, touches desc, event asc
    ) = 1
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
    channels.touches,
    channels.known_sentiment,
    channels.positive,
    channels.negative,
    (channels.positive - channels.negative) / nullif(channels.known_sentiment, 0) as mean_sentiment,
    top_events.event as top_event
from sums as channels
inner join sums as stages
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
where channels.grain = 'channel' and stages.grain = 'stage'
order by
    channels.is_all desc,
    channels.segment,
    stage_number(channels.stage),
    channels.journeys desc,
    channels.channel
