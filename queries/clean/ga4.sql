-- One row per event that Google Analytics 4 exported to BigQuery (tables events_* and events_intraday_*).
--
-- Source: `records`, one JSON object an event, as BigQuery writes it: 64-bit numbers as text or as
-- numbers, parameters as a list of keys and values. Unknown fields are passed over, missing ones null.
-- GA4 gives events no id: the device, the microsecond, the name, the place in the batch and the
-- parameters together are one. Ids made of a cookie are hashed, for they outlive this query.
-- How a visit came is left to the rules, and what the page's address tells of it to the loader.
-- Parameters that people fill in freely are not kept, for they may name a person.
with parsed_records as (
    select
        records.record_no,
        json_transform(
            records.record,
            '{
                "event_timestamp": "VARCHAR",
                "event_name": "VARCHAR",
                "event_params": [{
                    "key": "VARCHAR",
                    "value": {
                        "string_value": "VARCHAR",
                        "int_value": "VARCHAR",
                        "float_value": "VARCHAR",
                        "double_value": "VARCHAR"
                    }
                }],
                "user_id": "VARCHAR",
                "user_pseudo_id": "VARCHAR",
                "batch_page_id": "VARCHAR",
                "batch_ordering_id": "VARCHAR",
                "batch_event_index": "VARCHAR",
                "privacy_info": {"analytics_storage": "VARCHAR", "ads_storage": "VARCHAR"},
                "device": {"category": "VARCHAR"},
                "geo": {"country": "VARCHAR"},
                "platform": "VARCHAR",
                "collected_traffic_source": {
                    "manual_source": "VARCHAR",
                    "manual_medium": "VARCHAR",
                    "manual_campaign_name": "VARCHAR",
                    "manual_term": "VARCHAR",
                    "manual_content": "VARCHAR",
                    "gclid": "VARCHAR",
                    "dclid": "VARCHAR"
                },
                "ecommerce": {
                    "transaction_id": "VARCHAR",
                    "purchase_revenue": "VARCHAR",
                    "refund_value": "VARCHAR"
                },
                "items": [{"item_id": "VARCHAR", "item_name": "VARCHAR"}]
            }'
        ) as event
    from records
),

-- A key may stand twice in a list, which a map would not bear: so keys and values are two lists.
events_with_parameters as (
    select
        parsed_records.record_no,
        parsed_records.event,
        list_transform(
            parsed_records.event.event_params, lambda parameter: parameter.key
        ) as parameter_keys,
        list_transform(
            parsed_records.event.event_params,
            lambda parameter: coalesce(
                parameter.value.string_value,
                parameter.value.int_value,
                parameter.value.float_value,
                parameter.value.double_value
            )
        ) as parameter_values
    from parsed_records
),

named_events as (
    select
        events_with_parameters.record_no,
        events_with_parameters.event,
        parameter_keys,
        parameter_values,
        nullif(trim(event.event_name), '') as event_name,
        nullif(event.user_pseudo_id, '') as user_pseudo_id,
        nullif(event.user_id, '') as user_id,
        coalesce(
            event.batch_page_id, parameter_values[list_position(parameter_keys, 'batch_page_id')]
        ) as batch_page_id,
        coalesce(
            event.batch_ordering_id,
            parameter_values[list_position(parameter_keys, 'batch_ordering_id')]
        ) as batch_ordering_id,
        coalesce(
            event.batch_event_index,
            parameter_values[list_position(parameter_keys, 'batch_event_index')]
        ) as batch_event_index,
        parameter_values[list_position(parameter_keys, 'ga_session_id')] as ga_session_id,
        parameter_values[list_position(parameter_keys, 'page_location')] as page_location,
        parameter_values[list_position(parameter_keys, 'page_referrer')] as page_referrer,
        parameter_values[list_position(parameter_keys, 'value')] as value_parameter,
        parameter_values[list_position(parameter_keys, 'currency')] as currency,
        parameter_values[list_position(parameter_keys, 'search_term')] as search_term,
        parameter_values[list_position(parameter_keys, 'method')] as method,
        parameter_values[list_position(parameter_keys, 'coupon')] as coupon,
        parameter_values[list_position(parameter_keys, 'payment_type')] as payment_type,
        parameter_values[list_position(parameter_keys, 'shipping_tier')] as shipping_tier,
        parameter_values[list_position(parameter_keys, 'item_list_name')] as item_list_name,
        parameter_values[list_position(parameter_keys, 'promotion_name')] as promotion_name,
        parameter_values[list_position(parameter_keys, 'debug_mode')] as debug_mode
    from events_with_parameters
),

-- What the tag collected goes before the parameters.
events_with_campaigns as (
    select
        *,
        coalesce(
            known(event.collected_traffic_source.manual_source),
            known(parameter_values[list_position(parameter_keys, 'source')])
        ) as utm_source,
        coalesce(
            known(event.collected_traffic_source.manual_medium),
            known(parameter_values[list_position(parameter_keys, 'medium')])
        ) as utm_medium,
        coalesce(
            known(event.collected_traffic_source.manual_campaign_name),
            known(parameter_values[list_position(parameter_keys, 'campaign')])
        ) as utm_campaign,
        coalesce(
            known(event.collected_traffic_source.manual_term),
            known(parameter_values[list_position(parameter_keys, 'term')])
        ) as utm_term,
        coalesce(
            known(event.collected_traffic_source.manual_content),
            known(parameter_values[list_position(parameter_keys, 'content')])
        ) as utm_content,
        coalesce(
            known(event.collected_traffic_source.gclid), known(event.collected_traffic_source.dclid)
        ) as click_id,
        case
            when known(event.collected_traffic_source.gclid) is not null then 'gclid'
            when known(event.collected_traffic_source.dclid) is not null then 'dclid'
        end as click_id_type
    from named_events
),

events_with_values as (
    select
        *,
        case
            when event_name = 'refund'
                then -abs(
                    try_cast(
                        coalesce(
                            event.ecommerce.refund_value,
                            value_parameter,
                            event.ecommerce.purchase_revenue
                        ) as decimal(18, 4)
                    )
                )
            when event_name = 'purchase'
                then try_cast(
                    coalesce(event.ecommerce.purchase_revenue, value_parameter) as decimal(18, 4)
                )
            else try_cast(value_parameter as decimal(18, 4))
        end as value
    from events_with_campaigns
)

select
    record_no,
    case when event_name is null then 'unknown_event_shape' end as reject_reason,
    md5(
        concat_ws(
            '|',
            coalesce(user_pseudo_id, ''),
            event.event_timestamp,
            event_name,
            coalesce(batch_page_id, ''),
            coalesce(batch_ordering_id, ''),
            coalesce(batch_event_index, ''),
            list_sort(list_zip(parameter_keys, parameter_values))::varchar
        )
    ) as native_id,
    epoch_time(event.event_timestamp, 'us') as occurred_at,
    'us' as time_precision,
    -- Orders of requests inside a page, then events inside a request, of which there are at most 25.
    coalesce(try_cast(batch_ordering_id as integer), 0)::bigint * 1000
    + try_cast(batch_event_index as integer) as source_seq,
    event_name as event,
    getvariable('channel')::varchar as channel,
    user_id,
    known(event.ecommerce.transaction_id) as order_id,
    user_pseudo_id as anonymous_id,
    click_id,
    click_id_type,
    md5(user_pseudo_id || '.' || ga_session_id) as session_id,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    page_location as page_url,
    page_referrer as referrer,
    event.device.category as device_type,
    value,
    if(value is null, null, coalesce(known(currency), getvariable('currency')::varchar)) as currency,
    coalesce(known(event.items[1].item_name), known(event.items[1].item_id)) as product,
    -- Without consent GA4 leaves out the device: such an event is counted and is nobody's.
    case
        when user_pseudo_id is null and user_id is null then 'denied'
        else consent_of(event.privacy_info.analytics_storage)
    end as consent_analytics,
    consent_of(event.privacy_info.ads_storage) as consent_ads,
    truth_of(debug_mode) as is_test,
    if(contains(search_term, '@'), null, search_term) as search_term,
    method,
    coupon,
    payment_type,
    shipping_tier,
    item_list_name,
    promotion_name,
    event.platform as platform,
    event.geo.country as country
from events_with_values
