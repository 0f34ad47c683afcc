-- One row per event of the object-centric log: a touch of a journey, and which objects it is about.
--
-- Source: core.touchpoints. In the order of time; what one customer met in one instant stands in
-- its total order. Columns are named as OCEL 2.0 names them; an attribute that is not known is not
-- told. Ids of objects begin with their type, for a session may have the id of a journey.
with

touches as (
    select
        touchpoint_id,
        occurred_at,
        event,
        source,
        channel,
        traffic,
        device_type,
        stage,
        is_goal,
        is_conversion,
        sentiment,
        revenue,
        customer_id,
        journey_id,
        session_id,
        order_id,
        campaign,
        product
    from core.touchpoints
    where journey_id is not null
    order by occurred_at, customer_id, touch_no
)

select
    touchpoint_id as id,
    event as type,
    strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%fZ') as time,
    list_filter(
        [
            {'name': 'source', 'value': to_json(source)},
            {'name': 'channel', 'value': to_json(channel)},
            {'name': 'traffic', 'value': to_json(traffic)},
            {'name': 'device_type', 'value': to_json(device_type)},
            {'name': 'stage', 'value': to_json(stage)},
            {'name': 'is_goal', 'value': to_json(is_goal)},
            {'name': 'is_conversion', 'value': to_json(is_conversion)},
            {'name': 'sentiment', 'value': to_json(sentiment)},
            {'name': 'revenue', 'value': to_json(revenue)}
        ],
        lambda attribute: attribute['value'] is not null
    ) as attributes,
    list_filter(
        [
            {'objectId': 'customer:' || customer_id, 'qualifier': 'met by'},
            {'objectId': 'journey:' || journey_id, 'qualifier': 'part of'},
            {'objectId': 'session:' || session_id, 'qualifier': 'part of'},
            {'objectId': 'order:' || order_id, 'qualifier': 'about'},
            {'objectId': 'campaign:' || campaign, 'qualifier': 'led by'},
            {'objectId': 'product:' || product, 'qualifier': 'about'}
        ],
        lambda object: object['objectId'] is not null
    ) as relationships
from touches
