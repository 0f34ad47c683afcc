-- One row per segment (and all together), stage, channel and event: how many journeys met the company so
-- in that stage, how often, and how they felt. marts.journey_map has the same by channel.
--
-- Source: events_met (touches by journey and kind), core.journeys. `reach` is the share of the journeys with a
-- touch in the stage, which marts.stage_funnel calls visited.
-- Rows of all segments together (`is_all`) stand beside those of each. Journeys do not add up over
-- touchpoints, for many meet several; touches do.
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

stages_met as (
    select distinct
        journey_id,
        stage
    from events_met
),

events as (
    select
        segments.is_all,
        segments.segment,
        events_met.stage,
        events_met.channel,
        events_met.event,
        count(distinct segments.customer_id) as customers,
        count(*) as journeys,
        sum(events_met.touches) as touches,
        sum(events_met.known_sentiment) as known_sentiment,
        sum(events_met.positive) as positive,
        sum(events_met.negative) as negative
    from events_met
    inner join segments on events_met.journey_id = segments.journey_id
    group by
        segments.is_all, segments.segment, events_met.stage, events_met.channel, events_met.event
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
    events.is_all,
    events.segment,
    events.stage,
    stage_number(events.stage)::bigint as stage_no,
    events.channel,
    events.event,
    events.customers,
    events.journeys,
    stages.journeys as stage_journeys,
    events.journeys / stages.journeys as reach,
    events.touches::bigint as touches,
    events.known_sentiment::bigint as known_sentiment,
    events.positive::bigint as positive,
    events.negative::bigint as negative,
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
