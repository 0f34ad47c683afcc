-- One row per stage, channel and event that touches of journeys have, with numbers for them.
--
-- Source: core.touchpoints. The node is the one that such touches are in the graph of touchpoints; the
-- channel's number is that of the stage and channel together.
with

kinds as (
    select distinct
        touchpoints.stage,
        touchpoints.channel,
        touchpoints.event
    from core.touchpoints
    where touchpoints.journey_id is not null
)

select
    kinds.stage,
    kinds.channel,
    kinds.event,
    kinds.channel || '/' || kinds.event as node,
    stage_number(kinds.stage)::tinyint as stage_no,
    (row_number() over (order by kinds.stage, kinds.channel, kinds.event))::integer as kind_no,
    (dense_rank() over (order by kinds.channel || '/' || kinds.event))::integer as node_no,
    (dense_rank() over (order by kinds.stage, kinds.channel))::integer as channel_no
from kinds
