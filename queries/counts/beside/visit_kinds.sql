-- One row per traffic, campaign, channel and event that visits have, with numbers for them.
--
-- Source: core.visits.
with

kinds as (
    select distinct
        visits.traffic,
        visits.campaign,
        visits.channel,
        visits.event
    from core.visits
)

select
    kinds.traffic,
    kinds.campaign,
    kinds.channel,
    kinds.event,
    (row_number() over (order by kinds.traffic, kinds.campaign, kinds.channel, kinds.event))::integer
        as kind_no,
    (dense_rank() over (order by kinds.traffic))::integer as traffic_no
from kinds
