-- One row per grain, origin and target: how often decided journeys went from one node to the next
-- on their way to the conversion, or until they were dropped.
--
-- Decided journeys are the converted ones, whose way ends with the node that holds the conversion,
-- then `converted`; and the dropped ones, whose whole way ends in `dropped`. Open ones that have
-- not converted and those entered late are left out: nobody knows how they end, or began.
-- Grains are those of marts.transitions. The node that holds the conversion is the step with the
-- conversion (stage, stage_channel), its touch (touchpoint), or the last visit that began before
-- the conversion or with it (traffic).
-- marts.attribution has another chain: what is to earn credit has led to the conversion, so the
-- visit that begins with it is no part of that one.
with

journeys as not materialized (
    select * from core.journeys
),

steps as not materialized (
    select * from core.steps
),

visits as not materialized (
    select * from core.visits
),

touches as not materialized (
    select * from core.touchpoints
    where journey_id is not null
),

conversions as (
    select
        journey_id,
        touch_no,
        step_no,
        session_id,
        campaign
    from touches
    where is_conversion
),

decided_journeys as materialized (
    select
        journeys.journey_id,
        row_number() over () as journey_no,
        journeys.converted_at is not null as is_converted,
        conversions.touch_no as conversion_touch_no,
        conversions.step_no as conversion_step_no,
        conversions.session_id as conversion_session_id,
        conversions.campaign as conversion_campaign
    from journeys
    left join conversions on journeys.journey_id = conversions.journey_id
    where journeys.converted_at is not null or journeys.state = 'dropped'
),

steps_on_the_way as (
    select
        decided_journeys.journey_no,
        decided_journeys.is_converted,
        steps.step_no,
        steps.stage,
        steps.channel
    from steps
    inner join decided_journeys on steps.journey_id = decided_journeys.journey_id
    where
        not decided_journeys.is_converted
        or steps.step_no <= decided_journeys.conversion_step_no
),

visits_on_the_way as (
    select
        decided_journeys.journey_no,
        decided_journeys.is_converted,
        visits.visit_no,
        visits.traffic
    from visits
    inner join decided_journeys on visits.journey_id = decided_journeys.journey_id
    where
        not decided_journeys.is_converted
        or visits.to_conversion_ms is not null
        -- What has the conversion in it, and did not begin before, begins with it.
        or (
            visits.session_id = decided_journeys.conversion_session_id
            and visits.campaign is not distinct from decided_journeys.conversion_campaign
        )
),

touches_on_the_way as (
    select
        decided_journeys.journey_no,
        decided_journeys.is_converted,
        touches.touch_no,
        touches.channel,
        touches.event
    from touches
    inner join decided_journeys on touches.journey_id = decided_journeys.journey_id
    where
        not decided_journeys.is_converted
        or touches.touch_no <= decided_journeys.conversion_touch_no
),

arrivals as not materialized (
    select
        0 as grain_no,
        'stage' as grain,
        journey_no,
        is_converted,
        step_no as arrival_no,
        stage as node
    from steps_on_the_way
    union all
    select
        1 as grain_no,
        'stage_channel' as grain,
        journey_no,
        is_converted,
        step_no as arrival_no,
        stage || '/' || channel as node
    from steps_on_the_way
    union all
    select
        2 as grain_no,
        'traffic' as grain,
        journey_no,
        is_converted,
        visit_no as arrival_no,
        traffic as node
    from visits_on_the_way
    union all
    select
        3 as grain_no,
        'touchpoint' as grain,
        journey_no,
        is_converted,
        touch_no as arrival_no,
        channel || '/' || event as node
    from touches_on_the_way
),

moves as not materialized (
    select
        grain,
        is_converted,
        coalesce(lag(node) over way, 'start') as origin,
        node,
        lead(node) over way is null as is_last
    from arrivals
    -- One number for a journey's way at one grain: rows are sorted faster by it.
    window way as (partition by journey_no * 4 + grain_no order by arrival_no)
),

-- A last move is two: its own, and that to the end. Told by a join, moves are made once.
all_moves as (
    select
        moves.grain,
        if(sides.is_end, moves.node, moves.origin) as origin,
        case
            when not sides.is_end then moves.node
            when moves.is_converted then 'converted'
            else 'dropped'
        end as target
    from moves
    cross join (values (false), (true)) as sides (is_end)
    where moves.is_last or not sides.is_end
)

select
    grain,
    origin,
    target,
    count(*)::bigint as transitions
from all_moves
group by grain, origin, target
order by grain, origin, target
