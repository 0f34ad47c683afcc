-- The nodes of one grain of the graph, in one segment or in all: how many customers came to each, and
-- whether it is folded for being of fewer than [project] min_customers.
--
-- Stages are told whoever came to them, and so are the start and the ends: they have no row. So what is
-- folded of a stage's channels is also many together.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro named_nodes(grain, segment) as table
with

arrivals as (
    select
        step.stage || '/' || step.channel as node,
        step.journey_id
    from core.steps as step
    where grain = 'stage_channel'
    union all
    select
        visit.traffic as node,
        visit.journey_id
    from core.visits as visit
    where grain = 'traffic'
    union all
    select
        touch.channel || '/' || touch.event as node,
        touch.journey_id
    from core.touchpoints as touch
    where grain = 'touchpoint' and touch.journey_id is not null
),

counted_nodes as (
    select
        arrivals.node,
        count(distinct journey.customer_id) as customers
    from arrivals
    inner join core.journeys as journey on arrivals.journey_id = journey.journey_id
    where segment is null or journey.segment = segment
    group by arrivals.node
)

select
    counted_nodes.node,
    counted_nodes.customers,
    is_folded(counted_nodes.customers, project.min_customers, counted_nodes.node, 1)
    or (
        grain = 'stage_channel'
        and is_folded(
            counted_nodes.customers,
            project.min_customers,
            counted_nodes.node,
            split_part(counted_nodes.node, '/', 1)
        )
    ) as is_folded
from counted_nodes
cross join ops.project as project;
