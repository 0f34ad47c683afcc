-- One row per dimension, way over the last visits, and where it went on: how often decided
-- journeys went from a visit of one name to a visit of the next.
--
-- Decided journeys are those converted, with the visits that earn credit (core.visits), which end
-- in `converted`; and those dropped, with all their visits, which end in `dropped`. Left out are
-- open ones, those entered late, and converted ones without a visit that earns credit.
-- Dimensions name the same visits differently (macro visit_name). Of traffic the two names before
-- the origin are told as well, so that chains with a memory can be made; of the others none.
-- `value` is what the journeys that converted by this move earned, less what came back.
with

journeys as not materialized (
    select * from core.journeys
),

visits as not materialized (
    select * from core.visits
),

kinds as (
    select distinct
        traffic,
        campaign,
        channel,
        event,
        visit_name('traffic', traffic, campaign, channel, event) as traffic_name,
        visit_name('campaign', traffic, campaign, channel, event) as campaign_name,
        visit_name('channel', traffic, campaign, channel, event) as channel_name,
        visit_name('touchpoint', traffic, campaign, channel, event) as touchpoint_name
    from visits
),

-- Names are numbered: windows over millions of visits fit in memory by number.
numbered_kinds as (
    select
        *,
        dense_rank() over (order by traffic_name)::integer as traffic_no,
        dense_rank() over (order by campaign_name)::integer as campaign_no,
        dense_rank() over (order by channel_name)::integer as channel_no,
        dense_rank() over (order by touchpoint_name)::integer as touchpoint_no
    from kinds
),

-- The start and the ends are numbered like names, for any dimension.
names as (
    select distinct
        'traffic' as dimension,
        traffic_no as name_no,
        traffic_name as name
    from numbered_kinds
    union all
    select distinct
        'campaign' as dimension,
        campaign_no as name_no,
        campaign_name as name
    from numbered_kinds
    union all
    select distinct
        'channel' as dimension,
        channel_no as name_no,
        channel_name as name
    from numbered_kinds
    union all
    select distinct
        'touchpoint' as dimension,
        touchpoint_no as name_no,
        touchpoint_name as name
    from numbered_kinds
    union all
    select
        dimensions.dimension,
        ends.name_no,
        ends.name
    from (values ('traffic'), ('campaign'), ('channel'), ('touchpoint')) as dimensions (dimension)
    cross join (values (0, 'start'), (-1, 'converted'), (-2, 'dropped')) as ends (name_no, name)
),

decided_visits as (
    select
        visits.journey_id,
        visits.visit_no,
        numbered_kinds.traffic_no,
        numbered_kinds.campaign_no,
        numbered_kinds.channel_no,
        numbered_kinds.touchpoint_no,
        if(journeys.state = 'dropped', -2, -1)::integer as end_no,
        journeys.value - journeys.returned_value as value
    from visits
    inner join journeys on visits.journey_id = journeys.journey_id
    inner join numbered_kinds
        on
            visits.traffic = numbered_kinds.traffic
            and visits.campaign is not distinct from numbered_kinds.campaign
            and visits.channel = numbered_kinds.channel
            and visits.event = numbered_kinds.event
    where journeys.state = 'dropped' or visits.credit_linear is not null
),

moves_onward as (
    select
        lag(traffic_no, 2) over in_order as third_last_no,
        lag(traffic_no) over in_order as second_last_no,
        traffic_no,
        campaign_no,
        channel_no,
        touchpoint_no,
        coalesce(lead(traffic_no) over in_order, end_no) as next_traffic_no,
        coalesce(lead(campaign_no) over in_order, end_no) as next_campaign_no,
        coalesce(lead(channel_no) over in_order, end_no) as next_channel_no,
        coalesce(lead(touchpoint_no) over in_order, end_no) as next_touchpoint_no,
        lag(visit_no) over in_order is null as is_first,
        if(end_no = -1 and lead(visit_no) over in_order is null, value, 0) as value
    from decided_visits
    window in_order as (partition by journey_id order by visit_no)
),

moves as (
    select
        unnest(['traffic', 'campaign', 'channel', 'touchpoint']) as dimension,
        unnest([third_last_no, null, null, null]) as third_last_no,
        unnest([second_last_no, null, null, null]) as second_last_no,
        unnest([traffic_no, campaign_no, channel_no, touchpoint_no]) as origin_no,
        unnest([next_traffic_no, next_campaign_no, next_channel_no, next_touchpoint_no])
            as target_no,
        value
    from moves_onward
    union all
    select
        unnest(['traffic', 'campaign', 'channel', 'touchpoint']) as dimension,
        null as third_last_no,
        null as second_last_no,
        0 as origin_no,
        unnest([traffic_no, campaign_no, channel_no, touchpoint_no]) as target_no,
        0 as value
    from moves_onward
    where is_first
),

counted_moves as (
    select
        dimension,
        third_last_no,
        second_last_no,
        origin_no,
        target_no,
        count(*) as moves,
        sum(value) as value
    from moves
    group by dimension, third_last_no, second_last_no, origin_no, target_no
)

select
    counted_moves.dimension,
    third_lasts.name as third_last,
    second_lasts.name as second_last,
    origins.name as origin,
    targets.name as target,
    counted_moves.moves::bigint as moves,
    counted_moves.value::decimal(18, 4) as value
from counted_moves
left join names as third_lasts
    on
        counted_moves.dimension = third_lasts.dimension
        and counted_moves.third_last_no = third_lasts.name_no
left join names as second_lasts
    on
        counted_moves.dimension = second_lasts.dimension
        and counted_moves.second_last_no = second_lasts.name_no
inner join names as origins
    on counted_moves.dimension = origins.dimension and counted_moves.origin_no = origins.name_no
inner join names as targets
    on counted_moves.dimension = targets.dimension and counted_moves.target_no = targets.name_no
order by counted_moves.dimension, third_last, second_last, origin, target
