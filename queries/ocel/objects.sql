-- One row per object of the object-centric log: whatever a touch of a journey is about.
--
-- Source: the core tables, as far as touches of journeys tell of them. Columns are named as OCEL 2.0
-- names them. What does not change is told as of 1970, as the standard has it, and what may still
-- change as of the cut-off.
with

touches as not materialized (
    select * from core.touchpoints
    where journey_id is not null
),

journeys as not materialized (
    select * from core.journeys
),

times as (
    select
        strftime(max(cut_off), '%Y-%m-%dT%H:%M:%S.%fZ') as cut_off,
        '1970-01-01T00:00:00Z' as always
    from ops.project
),

customers as (
    select
        customer_id,
        any_value(segment) as segment
    from journeys
    group by customer_id
),

sessions as (
    select
        session_id,
        customer_id,
        place,
        traffic
    from core.sessions
    where session_id in (select touches.session_id from touches)
),

orders as (
    select
        order_id,
        min(customer_id) as customer_id,
        coalesce(sum(revenue), 0) as revenue
    from touches
    where order_id is not null
    group by order_id
),

campaigns as (
    select distinct campaign
    from touches
    where campaign is not null
),

products as (
    select distinct product
    from touches
    where product is not null
),

objects as (
    select
        'customer:' || customers.customer_id as id,
        'customer' as type,
        [{'name': 'segment', 'value': to_json(customers.segment), 'time': times.always}]
            as attributes,
        [] as relationships
    from customers
    cross join times
    union all
    select
        'journey:' || journeys.journey_id as id,
        'journey' as type,
        [
            {'name': 'entered_late', 'value': to_json(journeys.entered_late), 'time': times.always},
            {'name': 'first_traffic', 'value': to_json(journeys.first_traffic), 'time': times.always},
            {'name': 'deepest_stage', 'value': to_json(journeys.deepest_stage), 'time': times.cut_off},
            {'name': 'state', 'value': to_json(journeys.state), 'time': times.cut_off},
            {
                'name': 'revenue',
                'value': to_json(journeys.value - journeys.returned_value),
                'time': times.cut_off
            }
        ] as attributes,
        [{'objectId': 'customer:' || journeys.customer_id, 'qualifier': 'of'}] as relationships
    from journeys
    cross join times
    union all
    select
        'session:' || sessions.session_id as id,
        'session' as type,
        [
            {'name': 'place', 'value': to_json(sessions.place), 'time': times.always},
            {'name': 'traffic', 'value': to_json(sessions.traffic), 'time': times.always}
        ] as attributes,
        [{'objectId': 'customer:' || sessions.customer_id, 'qualifier': 'of'}] as relationships
    from sessions
    cross join times
    union all
    select
        'order:' || orders.order_id as id,
        'order' as type,
        [{'name': 'revenue', 'value': to_json(orders.revenue), 'time': times.cut_off}] as attributes,
        [{'objectId': 'customer:' || orders.customer_id, 'qualifier': 'of'}] as relationships
    from orders
    cross join times
    union all
    select
        'campaign:' || campaigns.campaign as id,
        'campaign' as type,
        [{'name': 'name', 'value': to_json(campaigns.campaign), 'time': times.always}] as attributes,
        [] as relationships
    from campaigns
    cross join times
    union all
    select
        'product:' || products.product as id,
        'product' as type,
        [{'name': 'name', 'value': to_json(products.product), 'time': times.always}] as attributes,
        [] as relationships
    from products
    cross join times
)

select
    id,
    type,
    list_filter(attributes, lambda attribute: attribute['value'] is not null) as attributes,
    relationships
from objects
order by type, id
