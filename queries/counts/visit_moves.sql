-- One row per dimension, way over the last visits, and where it went on: how often decided
-- journeys went from a visit of one name to a visit of the next.
--
-- Source: numbered_visits, visit_kinds, numbered_journeys.
-- Decided journeys are those converted, with the visits that earn credit (core.visits), which end
-- in `converted`; and those dropped, with all their visits, which end in `dropped`. Left out are
-- open ones, those entered late, and converted ones without a visit that earns credit.
-- Dimensions name the same visits differently (macro visit_name). Of traffic the two names before
-- the origin are told as well, so that chains with a memory can be made; of the others none.
-- `value` is what the journeys that converted by this move earned, less what came back.
with

dimensions as (
    select unnest(['traffic', 'campaign', 'channel', 'touchpoint']) as dimension
),

decided_visits as (
    select
        numbered_visits.journey_no,
        numbered_visits.visit_no,
        numbered_visits.kind_no,
        if(numbered_journeys.state = 'dropped', -2, -1)::integer as end_no,
        numbered_journeys.revenue
    from numbered_visits
    inner join numbered_journeys on numbered_visits.journey_no = numbered_journeys.journey_no
    where numbered_journeys.state = 'dropped' or numbered_visits.earns
),

-- By kind of visit, which tells the names of every dimension.
moves_onward as (
    select
        kind_no,
        lag(kind_no, 2) over in_order as third_last_no,
        lag(kind_no) over in_order as second_last_no,
        coalesce(lead(kind_no) over in_order, end_no) as next_no,
        if(end_no = -1 and lead(visit_no) over in_order is null, revenue, 0) as value
    from decided_visits
    window in_order as (partition by journey_no order by visit_no)
),

ways as (
    select
        moves_onward.kind_no,
        moves_onward.next_no,
        third_lasts.traffic_no as third_last_no,
        second_lasts.traffic_no as second_last_no,
        moves_onward.second_last_no is null as is_first,
        count(*) as moves,
        sum(moves_onward.value) as value
    from moves_onward
    left join visit_kinds as third_lasts on moves_onward.third_last_no = third_lasts.kind_no
    left join visit_kinds as second_lasts on moves_onward.second_last_no = second_lasts.kind_no
    group by
        moves_onward.kind_no,
        moves_onward.next_no,
        third_lasts.traffic_no,
        second_lasts.traffic_no,
        moves_onward.second_last_no is null
),

names as (
    select
        dimensions.dimension,
        visit_kinds.kind_no,
        visit_name(
            dimensions.dimension,
            visit_kinds.traffic,
            visit_kinds.campaign,
            visit_kinds.channel,
            visit_kinds.event
        ) as name
    from visit_kinds
    cross join dimensions
    union all
    select
        dimensions.dimension,
        ends.kind_no,
        ends.name
    from dimensions
    cross join (values (-1, 'converted'), (-2, 'dropped')) as ends (kind_no, name)
),

traffics as (
    select distinct
        traffic_no,
        traffic
    from visit_kinds
),

moves as (
    select
        origins.dimension,
        if(origins.dimension = 'traffic', ways.third_last_no, null) as third_last_no,
        if(origins.dimension = 'traffic', ways.second_last_no, null) as second_last_no,
        origins.name as origin,
        targets.name as target,
        sum(ways.moves) as moves,
        sum(ways.value) as value
    from ways
    inner join names as origins on ways.kind_no = origins.kind_no
    inner join names as targets
        on ways.next_no = targets.kind_no and origins.dimension = targets.dimension
    group by
        origins.dimension,
        if(origins.dimension = 'traffic', ways.third_last_no, null),
        if(origins.dimension = 'traffic', ways.second_last_no, null),
        origins.name,
        targets.name
    union all
    select
        names.dimension,
        null as third_last_no,
        null as second_last_no,
        'start' as origin,
        names.name as target,
        sum(ways.moves) as moves,
        0 as value
    from ways
    inner join names on ways.kind_no = names.kind_no
    where ways.is_first
    group by names.dimension, names.name
)

select
    moves.dimension,
    third_lasts.traffic as third_last,
    second_lasts.traffic as second_last,
    moves.origin,
    moves.target,
    sum(moves.moves)::bigint as moves,
    sum(moves.value)::decimal(18, 4) as value
from moves
left join traffics as third_lasts on moves.third_last_no = third_lasts.traffic_no
left join traffics as second_lasts on moves.second_last_no = second_lasts.traffic_no
group by
    moves.dimension, third_lasts.traffic, second_lasts.traffic, moves.origin, moves.target
