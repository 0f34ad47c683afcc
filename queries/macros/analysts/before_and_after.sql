-- What customers did before and after something: one row per place in the order and node.
--
-- In each journey asked for, the anchor is the first (or last) touch that fits `event` (as
-- `view_item` or `web/view_item`) and `stage`; without both, the journey's first or last touch.
-- A journey without such a touch takes no part. Nodes are touches by channel/event (grain
-- `touchpoint`), or steps by stage/channel (`stage_channel`) or stage (`stage`), of which the
-- anchor is then the one with that touch. They stand in the total order of touches.
--
-- `relative_no` counts the nodes from the anchor, which is 0, back (−) and on. Where a journey
-- has not begun yet the node is `start`, and where it is over its end state: so the rows of each
-- relative_no sum to all anchored journeys; `rate` is the share of them, with its interval.
-- What is not given filters nothing; channel and traffic are the journeys' first. Of each place, nodes
-- of fewer customers than [project] min_customers are one row `other`.
create or replace macro before_and_after(
    event := null,
    stage := null,
    anchor := 'first',
    steps := 3,
    grain := 'touchpoint',
    state := null,
    deepest_stage := null,
    from_date := null,
    to_date := null,
    channel := null,
    traffic := null,
    segment := null
) as table
with

journeys as (
    select
        journey.journey_id,
        journey.customer_id,
        journey.state,
        if(grain = 'touchpoint', journey.touches, journey.steps) as nodes
    from core.journeys as journey
    where
        one_of(grain, 'grain', ['touchpoint', 'stage_channel', 'stage']) is not null
        and one_of(anchor, 'anchor', ['first', 'last']) is not null
        and if(steps between 0 and 100, true, error('steps: expected 0 to 100'))
        and (stage is null or one_stage(stage, 'stage') is not null)
        and (
            state is null
            or journey.state = one_of(
                state,
                'state',
                ['open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept']
            )
        )
        and (deepest_stage is null or journey.deepest_stage = one_stage(deepest_stage, 'deepest_stage'))
        and (from_date is null or journey.day >= from_date::date)
        and (to_date is null or journey.day <= to_date::date)
        and (channel is null or journey.first_channel = channel)
        and (traffic is null or journey.first_traffic = traffic)
        and (segment is null or journey.segment = segment)
),

touches as (
    select
        touch.journey_id,
        touch.step_no,
        touch.channel || '/' || touch.event as name,
        row_number() over (
            partition by touch.journey_id order by touch.touch_no
        ) as number_in_journey,
        (event is null or event in (touch.event, touch.channel || '/' || touch.event))
        and (stage is null or touch.stage = stage) as is_fit
    from core.touchpoints as touch
    inner join journeys on touch.journey_id = journeys.journey_id
),

nodes as (
    select
        touches.journey_id,
        touches.number_in_journey as node_no,
        touches.name
    from touches
    where grain = 'touchpoint'
    union all
    select
        step.journey_id,
        step.step_no as node_no,
        if(grain = 'stage', step.stage, step.stage || '/' || step.channel) as name
    from core.steps as step
    where grain in ('stage', 'stage_channel')
),

fits as (
    select
        touches.journey_id,
        if(grain = 'touchpoint', touches.number_in_journey, touches.step_no) as node_no
    from touches
    where touches.is_fit
),

anchors as (
    select
        fits.journey_id,
        if(anchor = 'last', max(fits.node_no), min(fits.node_no)) as node_no
    from fits
    group by fits.journey_id
),

surroundings as (
    select
        nodes.node_no - anchors.node_no as relative_no,
        nodes.name as node,
        journeys.customer_id
    from nodes
    inner join anchors on nodes.journey_id = anchors.journey_id
    inner join journeys on nodes.journey_id = journeys.journey_id
    where abs(nodes.node_no - anchors.node_no) <= steps
    union all
    select
        numbers.relative_no,
        if(numbers.relative_no < 0, 'start', journeys.state) as node,
        journeys.customer_id
    from anchors
    inner join journeys on anchors.journey_id = journeys.journey_id
    inner join unnest(range(-steps, steps + 1)) as numbers (relative_no)
        on
            anchors.node_no + numbers.relative_no < 1
            or anchors.node_no + numbers.relative_no > journeys.nodes
),

counted_nodes as (
    select
        surroundings.relative_no,
        surroundings.node,
        count(*) as journeys,
        count(distinct surroundings.customer_id) as customers
    from surroundings
    group by surroundings.relative_no, surroundings.node
),

named_nodes as (
    select
        counted_nodes.relative_no,
        counted_nodes.journeys,
        if(
            is_folded(counted_nodes.customers, project.min_customers, counted_nodes.node, counted_nodes.relative_no)
            or (
                grain = 'stage_channel'
                and contains(counted_nodes.node, '/')
                and is_folded(
                    counted_nodes.customers,
                    project.min_customers,
                    counted_nodes.node,
                    struct_pack(
                        relative_no := counted_nodes.relative_no,
                        stage := split_part(counted_nodes.node, '/', 1)
                    )
                )
            ),
            'other',
            counted_nodes.node
        ) as node
    from counted_nodes
    cross join ops.project as project
),

folded_nodes as (
    select
        named_nodes.relative_no,
        named_nodes.node,
        sum(named_nodes.journeys)::bigint as journeys
    from named_nodes
    group by named_nodes.relative_no, named_nodes.node
),

rated_nodes as (
    select
        folded_nodes.relative_no,
        folded_nodes.node,
        folded_nodes.journeys,
        wilson(
            folded_nodes.journeys,
            sum(folded_nodes.journeys) over (partition by folded_nodes.relative_no)::bigint
        ) as share
    from folded_nodes
)

select
    rated_nodes.relative_no::bigint as relative_no,
    rated_nodes.node,
    rated_nodes.journeys::bigint as journeys,
    struct_extract(rated_nodes.share, 'rate')::double as rate,
    struct_extract(rated_nodes.share, 'low')::double as low,
    struct_extract(rated_nodes.share, 'high')::double as high
from rated_nodes
order by rated_nodes.relative_no, rated_nodes.journeys desc, rated_nodes.node asc;
