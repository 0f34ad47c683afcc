-- records: json
-- One row per event of PostHog, as its batch exports tell (JSON lines or Parquet).
--
-- Source: `records`, one JSON object an event; properties are an object, or the JSON text of one. Times are
-- UTC, already mended by PostHog where the device's clock was wrong.
-- A distinct id is a device's until somebody logs in, and then a user's. What PostHog says of it counts
-- (identify, $user_id, $is_identified); else one that looks like a device's number is a device's. The words that
-- programs send instead of an id ('null', 'anonymous', …) name nobody. PostHog's persons are left out, for it
-- merges them by its own rules, and the person of an event is the one known on the day of its arrival.
-- Without cookies PostHog counts visitors by a number that changes every day: such an event is nobody's, as if
-- consent were denied.
-- Campaigns and click ids stay among the properties of later events, in older libraries for months: where
-- an event has an address, its address tells them.
-- Names of the ecommerce spec and GA4's are translated, in any spelling. What the library tells of itself
-- (flags asked for, speed, recordings) touched nobody. Clicks that are captured without being
-- named are engagement, for nobody said what they mean.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "uuid": "VARCHAR",
                "id": "VARCHAR",
                "event": "VARCHAR",
                "distinct_id": "VARCHAR",
                "timestamp": "VARCHAR",
                "created_at": "VARCHAR",
                "_inserted_at": "VARCHAR",
                "properties": "VARCHAR",
                "person_properties": "VARCHAR"
            }'
        ) as row_told
    from records
),

parsed_events as (
    select
        record_no,
        coalesce(nullif(trim(row_told.uuid), ''), nullif(trim(row_told.id), '')) as event_id,
        nullif(trim(row_told.event), '') as event_name,
        row_told.timestamp as moment,
        coalesce(row_told.created_at, row_told._inserted_at) as received_text,
        trim(row_told.distinct_id) as told_distinct_id,
        case
            when
                lower(trim(row_told.distinct_id)) not in (
                    '', 'anonymous', 'guest', 'distinctid', 'distinct_id', 'id', 'not_authenticated', 'email',
                    'undefined', 'true', 'false', 'null', 'nan', 'none', 'nil', '0', '[object object]',
                    '$posthog_cookieless', '00000000-0000-0000-0000-000000000000'
                )
                then trim(row_told.distinct_id)
        end as distinct_id,
        try(json_transform(row_told.person_properties, '{"email": "VARCHAR"}')) as person,
        try(
            json_transform(
                row_told.properties,
                '{
                    "$anon_distinct_id": "VARCHAR",
                    "$user_id": "VARCHAR",
                    "$is_identified": "VARCHAR",
                    "$device_id": "VARCHAR",
                    "$session_id": "VARCHAR",
                    "$cookieless_mode": "VARCHAR",
                    "alias": "VARCHAR",
                    "$set": {"email": "VARCHAR", "phone": "VARCHAR"},
                    "$current_url": "VARCHAR",
                    "$referrer": "VARCHAR",
                    "$device_type": "VARCHAR",
                    "$raw_user_agent": "VARCHAR",
                    "$browser_type": "VARCHAR",
                    "$lib": "VARCHAR",
                    "$event_type": "VARCHAR",
                    "$geoip_country_code": "VARCHAR",
                    "utm_source": "VARCHAR",
                    "utm_medium": "VARCHAR",
                    "utm_campaign": "VARCHAR",
                    "utm_term": "VARCHAR",
                    "utm_content": "VARCHAR",
                    "gclid": "VARCHAR",
                    "email": "VARCHAR",
                    "order_id": "VARCHAR",
                    "transaction_id": "VARCHAR",
                    "total": "VARCHAR",
                    "revenue": "VARCHAR",
                    "value": "VARCHAR",
                    "currency": "VARCHAR",
                    "products": "VARCHAR",
                    "items": "VARCHAR",
                    "name": "VARCHAR",
                    "product_name": "VARCHAR",
                    "sku": "VARCHAR",
                    "product_id": "VARCHAR",
                    "category": "VARCHAR",
                    "query": "VARCHAR",
                    "search_term": "VARCHAR",
                    "rating": "VARCHAR",
                    "coupon": "VARCHAR",
                    "step": "VARCHAR",
                    "payment_method": "VARCHAR",
                    "payment_type": "VARCHAR",
                    "shipping_method": "VARCHAR",
                    "shipping_tier": "VARCHAR"
                }'
            )
        ) as told
    from parsed_records
),

named_events as (
    select
        *,
        trim(regexp_replace(lower(event_name), '[^a-z0-9]+', ' ', 'g')) as word,
        nullif(told."$current_url", '') as page_url,
        coalesce(known(told.payment_method), known(told.payment_type)) as payment_type,
        coalesce(known(told.shipping_method), known(told.shipping_tier)) as shipping_tier,
        regexp_full_match(lower(distinct_id), '[0-9a-f]+(-[0-9a-f]+){4}') as looks_like_a_device,
        regexp_full_match(lower(trim(told.alias)), '[0-9a-f]+(-[0-9a-f]+){4}') as has_alias_of_a_device,
        coalesce(
            truth_of(told."$cookieless_mode")
            or starts_with(told_distinct_id, 'cookieless')
            or told_distinct_id = '$posthog_cookieless',
            false
        ) as is_cookieless
    from parsed_events
),

worded_events as (
    select
        *,
        case
            when event_name in ('$pageview', '$screen') then 'page_view'
            when event_name in ('$autocapture', '$pageleave', '$rageclick') then 'user_engagement'
            when
                event_name in (
                    '$identify', '$create_alias', '$merge_dangerously', '$set', '$unset', '$groupidentify'
                )
                then 'identify'
            when starts_with(event_name, '$') then event_name
            when word = 'survey sent' then 'survey_response'
            when
                word in ('checkout step completed', 'completed checkout step') and payment_type is not null
                then 'add_payment_info'
            when
                word in ('checkout step completed', 'completed checkout step') and shipping_tier is not null
                then 'add_shipping_info'
            else coalesce(ecommerce_event(word), event_name)
        end as event,
        case
            when is_cookieless then false
            when event_name = '$identify' then true
            when nullif(told."$user_id", '') is not null then true
            when told."$is_identified" is not null then truth_of(told."$is_identified")
            when distinct_id = told."$device_id" then false
            else not looks_like_a_device
        end as is_user
    from named_events
),

typed_events as (
    select
        *,
        case
            when is_user then coalesce(nullif(trim(told."$user_id"), ''), distinct_id)
            when event_name in ('$create_alias', '$merge_dangerously') and not has_alias_of_a_device
                then trim(told.alias)
        end as user_id,
        case
            when is_cookieless then null
            when event_name = '$identify'
                then coalesce(nullif(told."$anon_distinct_id", ''), nullif(told."$device_id", ''))
            when not is_user then distinct_id
            when event_name in ('$create_alias', '$merge_dangerously') and has_alias_of_a_device
                then trim(told.alias)
            else nullif(told."$device_id", '')
        end as anonymous_id,
        case
            when event in ('purchase', 'refund')
                then
                    coalesce(nullif(trim(told.total), ''), nullif(trim(told.revenue), ''), nullif(trim(told.value), ''))
        end as amount,
        if(event = 'review', nullif(trim(told.rating), ''), null) as stars,
        try(
            json_transform(
                coalesce(told.products, told.items),
                '[{
                    "name": "VARCHAR", "item_name": "VARCHAR", "sku": "VARCHAR", "product_id": "VARCHAR",
                    "item_id": "VARCHAR"
                }]'
            )
        )[1] as first_product
    from worded_events
)

select
    record_no,
    case
        when event is null then 'unknown_event_shape'
        when amount is not null and try_cast(amount as decimal(18, 4)) is null then 'not_a_number'
        when stars is not null and try_cast(stars as double) is null then 'not_a_number'
    end as reject_reason,
    coalesce(
        event_name not in (
            '$feature_flag_called', '$feature_view', '$feature_interaction', '$web_vitals', '$performance_event',
            '$snapshot', '$snapshot_items', '$$heatmap', '$$client_ingestion_warning', '$csp_violation'
        ),
        true
    ) as is_touch,
    event_id as native_id,
    any_time(moment, null, null, 'UTC') as occurred_at,
    any_precision(moment, null, null) as time_precision,
    any_time(received_text, null, null, 'UTC') as received_at,
    event,
    if(
        told."$lib" in ('posthog-ios', 'posthog-android', 'posthog-react-native', 'posthog-flutter'), 'app', null
    ) as channel,
    coalesce(
        if(
            lower(told."$device_type") in ('mobile', 'tablet', 'desktop'), lower(told."$device_type"), null
        ),
        device_type_of(told."$raw_user_agent")
    ) as device_type,
    user_id,
    coalesce(
        nullif(trim(told."$set".email), ''),
        if(contains(told.email, '@'), told.email, null),
        if(contains(user_id, '@'), user_id, null),
        if(is_user, nullif(trim(person.email), ''), null)
    ) as email,
    known(told."$set".phone) as phone,
    coalesce(
        known(told.order_id), if(event in ('purchase', 'refund'), known(told.transaction_id), null)
    ) as order_id,
    anonymous_id,
    if(page_url is null, nullif(told.gclid, ''), null) as click_id,
    if(page_url is null and nullif(told.gclid, '') is not null, 'gclid', null) as click_id_type,
    nullif(told."$session_id", '') as session_id,
    if(page_url is null, known(told.utm_source), null) as utm_source,
    if(page_url is null, known(told.utm_medium), null) as utm_medium,
    if(page_url is null, known(told.utm_campaign), null) as utm_campaign,
    if(page_url is null, known(told.utm_term), null) as utm_term,
    if(page_url is null, known(told.utm_content), null) as utm_content,
    page_url,
    -- PostHog's word for a visit that nothing led to.
    nullif(nullif(told."$referrer", ''), '$direct') as referrer,
    if(event = 'refund', -abs(try_cast(amount as decimal(18, 4))), try_cast(amount as decimal(18, 4))) as value,
    if(amount is null, null, coalesce(known(told.currency), getvariable('currency')::varchar)) as currency,
    case
        when
            event in (
                'view_item', 'select_item', 'add_to_cart', 'remove_from_cart', 'add_to_wishlist', 'review'
            )
            then coalesce(
                known(told.product_name), known(told.name), known(first_product.name), known(first_product.item_name),
                known(told.sku), known(told.product_id)
            )
        when event in ('purchase', 'refund', 'order_cancelled', 'begin_checkout', 'view_cart', 'view_item_list')
            then coalesce(
                known(first_product.name), known(first_product.item_name), known(first_product.sku),
                known(first_product.product_id), known(first_product.item_id)
            )
    end as product,
    try_cast(stars as double) as rating,
    case
        when event_name = '$opt_in' then 'granted'
        when is_cookieless then 'denied'
    end as consent_analytics,
    coalesce(told."$browser_type" = 'bot', false) or coalesce(is_bot_agent(told."$raw_user_agent"), false) as is_bot,
    event_name as vendor_event,
    told."$event_type" as interaction,
    case
        when not contains(coalesce(told.query, told.search_term), '@') then coalesce(told.query, told.search_term)
    end as search_term,
    told.category as item_category,
    told.coupon as coupon,
    told.step as checkout_step,
    payment_type,
    shipping_tier,
    told."$geoip_country_code" as country
from typed_events
