-- One row per dimension and name of visits that earn credit: how many conversions they took part in, and
-- what these earned.
--
-- Source: numbered_visits, visit_kinds, numbered_journeys. A journey counts once for each name that it has;
-- so names do not add up.
with

dimensions as (
    select unnest(['traffic', 'campaign', 'channel', 'touchpoint']) as dimension
),

names as (
    select
        visit_kinds.kind_no,
        dimensions.dimension,
        visit_name(
            dimensions.dimension,
            visit_kinds.traffic,
            visit_kinds.campaign,
            visit_kinds.channel,
            visit_kinds.event
        ) as name
    from visit_kinds
    cross join dimensions
),

numbered_names as (
    select
        kind_no,
        dimension,
        name,
        dense_rank() over (order by dimension, name)::integer as name_no
    from names
),

kinds_met as (
    select distinct
        journey_no,
        kind_no
    from numbered_visits
    where earns
),

participants as (
    select distinct
        kinds_met.journey_no,
        numbered_names.name_no
    from kinds_met
    inner join numbered_names on kinds_met.kind_no = numbered_names.kind_no
),

listed_names as (
    select distinct
        name_no,
        dimension,
        name
    from numbered_names
)

select
    listed_names.dimension,
    listed_names.name,
    count(*) as conversions,
    sum(numbered_journeys.revenue)::decimal(18, 4) as revenue
from participants
inner join listed_names on participants.name_no = listed_names.name_no
inner join numbered_journeys on participants.journey_no = numbered_journeys.journey_no
group by listed_names.dimension, listed_names.name
