-- One row per segment (and all together), stage, channel and event: how many journeys met the company so in
-- that stage, how often, and how they felt. marts.journey_map has the same by channel.
--
-- Source: counts.touchpoint_map. `reach` is the share of the journeys with a touch in the stage, which
-- marts.stage_funnel calls visited.
-- Rows of all segments together (`is_all`) stand beside those of each. Journeys do not add up over
-- touchpoints, for many meet several; touches do.
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

stages as (
    select
        is_all,
        segment,
        stage,
        sum(journeys) as journeys
    from met
    where grain = 'stage'
    group by is_all, segment, stage
),

events as (
    select
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
    where grain = 'event'
    group by is_all, segment, stage, channel, event
)

select
    events.is_all,
    events.segment,
    events.stage,
    stage_number(events.stage)::bigint as stage_no,
    events.channel,
    events.event,
    events.customers,
    events.journeys,
    stages.journeys::bigint as stage_journeys,
    events.journeys / stages.journeys as reach,
    events.touches,
    events.known_sentiment,
    events.positive,
    events.negative,
    (events.positive - events.negative) / nullif(events.known_sentiment, 0) as mean_sentiment
from events
inner join stages
    on
        events.is_all = stages.is_all
        and events.segment is not distinct from stages.segment
        and events.stage = stages.stage
order by
    events.is_all desc,
    events.segment,
    stage_number(events.stage),
    events.journeys desc,
    events.channel,
    events.event
