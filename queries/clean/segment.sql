-- records: json
-- One row per call of Segment or RudderStack: track, page, screen, identify, group or alias.
--
-- Source: `records`, one JSON object a call, or the rows of their warehouse tables, whose names are in snake
-- case and lie flat. A warehouse's row has no type: it is a track if it names an event, a page if it has an
-- address, else it ties identifiers. A table of one event and the table of all of them tell the same calls by
-- the same id: load one of the two.
-- A call is of the device's own clock (originalTimestamp) if the device was right, which its sentAt tells,
-- compared with receivedAt. The newer mobile libraries stamp sentAt when a batch is full, not when it
-- leaves the device, so theirs tells nothing: their clock stands within 30 days. Else `timestamp` is taken, from
-- which Segment has taken off what the clock was wrong.
-- Names of the ecommerce and the email spec are translated, in any spelling, old names too. A purchase is its
-- total, with shipping and taxes, for a refund tells no other sum; without one its revenue. A cancelled order
-- gives no money back by itself, for its refund is told apart.
-- The traits of a group are a company's: they name nobody. Consent is read by the category's name, or
-- OneTrust's number (C0002 analytics, C0004 ads); a category of any other name says nothing.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "type": "VARCHAR",
                "messageId": "VARCHAR",
                "anonymousId": "VARCHAR",
                "userId": "VARCHAR",
                "previousId": "VARCHAR",
                "groupId": "VARCHAR",
                "event": "VARCHAR",
                "name": "VARCHAR",
                "channel": "VARCHAR",
                "originalTimestamp": "VARCHAR",
                "sentAt": "VARCHAR",
                "receivedAt": "VARCHAR",
                "timestamp": "VARCHAR",
                "traits": {"email": "VARCHAR", "phone": "VARCHAR"},
                "properties": {
                    "url": "VARCHAR",
                    "referrer": "VARCHAR",
                    "order_id": "VARCHAR",
                    "total": "VARCHAR",
                    "revenue": "VARCHAR",
                    "value": "VARCHAR",
                    "currency": "VARCHAR",
                    "email": "VARCHAR",
                    "name": "VARCHAR",
                    "sku": "VARCHAR",
                    "product_id": "VARCHAR",
                    "products": "VARCHAR",
                    "category": "VARCHAR",
                    "query": "VARCHAR",
                    "rating": "VARCHAR",
                    "coupon": "VARCHAR",
                    "step": "VARCHAR",
                    "payment_method": "VARCHAR",
                    "shipping_method": "VARCHAR",
                    "campaign_id": "VARCHAR",
                    "campaign_name": "VARCHAR",
                    "link_url": "VARCHAR"
                },
                "context": {
                    "userAgent": "VARCHAR",
                    "sessionId": "VARCHAR",
                    "campaign": {
                        "name": "VARCHAR",
                        "source": "VARCHAR",
                        "medium": "VARCHAR",
                        "term": "VARCHAR",
                        "content": "VARCHAR"
                    },
                    "page": {"url": "VARCHAR", "referrer": "VARCHAR"},
                    "traits": {"email": "VARCHAR", "phone": "VARCHAR"},
                    "library": {"name": "VARCHAR"},
                    "device": {"type": "VARCHAR", "model": "VARCHAR"},
                    "consent": {"categoryPreferences": "VARCHAR"},
                    "consentManagement": {"allowedConsentIds": ["VARCHAR"], "deniedConsentIds": ["VARCHAR"]}
                },
                "id": "VARCHAR",
                "anonymous_id": "VARCHAR",
                "user_id": "VARCHAR",
                "previous_id": "VARCHAR",
                "group_id": "VARCHAR",
                "event_text": "VARCHAR",
                "original_timestamp": "VARCHAR",
                "sent_at": "VARCHAR",
                "received_at": "VARCHAR",
                "url": "VARCHAR",
                "path": "VARCHAR",
                "referrer": "VARCHAR",
                "order_id": "VARCHAR",
                "total": "VARCHAR",
                "revenue": "VARCHAR",
                "value": "VARCHAR",
                "currency": "VARCHAR",
                "email": "VARCHAR",
                "phone": "VARCHAR",
                "sku": "VARCHAR",
                "product_id": "VARCHAR",
                "products": "VARCHAR",
                "category": "VARCHAR",
                "query": "VARCHAR",
                "rating": "VARCHAR",
                "coupon": "VARCHAR",
                "step": "VARCHAR",
                "payment_method": "VARCHAR",
                "shipping_method": "VARCHAR",
                "context_user_agent": "VARCHAR",
                "context_session_id": "VARCHAR",
                "context_campaign_name": "VARCHAR",
                "context_campaign_source": "VARCHAR",
                "context_campaign_medium": "VARCHAR",
                "context_campaign_term": "VARCHAR",
                "context_campaign_content": "VARCHAR",
                "context_page_url": "VARCHAR",
                "context_page_referrer": "VARCHAR",
                "context_traits_email": "VARCHAR",
                "context_library_name": "VARCHAR",
                "context_device_type": "VARCHAR"
            }'
        ) as call
    from records
),

named_calls as (
    select
        record_no,
        call,
        call.properties as told,
        -- A warehouse keeps the name of an event as it was given in event_text.
        coalesce(nullif(trim(call.event_text), ''), nullif(trim(call.event), '')) as event_name,
        coalesce(nullif(trim(call.messageId), ''), nullif(trim(call.id), '')) as message_id,
        coalesce(known(call.userId), known(call.user_id)) as user_id,
        coalesce(nullif(trim(call.anonymousId), ''), nullif(trim(call.anonymous_id), '')) as anonymous_id,
        coalesce(nullif(trim(call.previousId), ''), nullif(trim(call.previous_id), '')) as previous_id,
        coalesce(call.context.library.name, call.context_library_name) as library,
        coalesce(call.context.userAgent, call.context_user_agent) as agent,
        lower(coalesce(call.context.device.type, call.context_device_type)) as device,
        coalesce(call.originalTimestamp, call.original_timestamp) as original_text,
        parse_time(coalesce(call.originalTimestamp, call.original_timestamp), 'UTC') as original_at,
        parse_time(coalesce(call.sentAt, call.sent_at), 'UTC') as sent_at,
        parse_time(coalesce(call.receivedAt, call.received_at), 'UTC') as received_at,
        parse_time(call.timestamp, 'UTC') as corrected_at,
        try(
            json_transform(
                lower(call.context.consent.categoryPreferences),
                '{
                    "analytics": "VARCHAR",
                    "performance": "VARCHAR",
                    "statistics": "VARCHAR",
                    "c0002": "VARCHAR",
                    "advertising": "VARCHAR",
                    "marketing": "VARCHAR",
                    "targeting": "VARCHAR",
                    "c0004": "VARCHAR"
                }'
            )
        ) as consents,
        list_transform(
            call.context.consentManagement.allowedConsentIds, lambda category: lower(trim(category))
        ) as allowed,
        list_transform(
            call.context.consentManagement.deniedConsentIds, lambda category: lower(trim(category))
        ) as denied
    from parsed_records
),

typed_calls as (
    select
        *,
        case
            when lower(trim(call.type)) in ('track', 'page', 'screen', 'identify', 'group', 'alias')
                then lower(trim(call.type))
            when call.type is not null then null
            when event_name is not null then 'track'
            when coalesce(call.url, call.path) is not null then 'page'
            when message_id is not null and coalesce(user_id, anonymous_id) is not null then 'identify'
        end as kind,
        trim(regexp_replace(lower(event_name), '[^a-z0-9]+', ' ', 'g')) as word
    from named_calls
),

worded_calls as (
    select
        *,
        if(
            kind = 'track',
            case word
                when 'email delivered' then 'delivered'
                when 'email opened' then 'opened'
                when 'email link clicked' then 'clicked'
                when 'email bounced' then 'bounced'
                when 'email marked as spam' then 'complained'
                when 'unsubscribed' then 'unsubscribed'
            end,
            null
        ) as mail_kind,
        case
            when kind in ('page', 'screen') then 'page_view'
            when kind in ('identify', 'group', 'alias') then 'identify'
            when kind is null then null
            when
                word in ('checkout step completed', 'completed checkout step')
                and coalesce(known(told.payment_method), known(call.payment_method)) is not null
                then 'add_payment_info'
            when
                word in ('checkout step completed', 'completed checkout step')
                and coalesce(known(told.shipping_method), known(call.shipping_method)) is not null
                then 'add_shipping_info'
            when word = 'live chat conversation started' then 'support_contact'
            else ecommerce_event(word)
        end as our_event
    from typed_calls
),

read_calls as (
    select
        *,
        coalesce(
            our_event,
            mail_event(mail_kind, is_service_mail([told.campaign_name, told.campaign_id])),
            event_name
        ) as event,
        case
            when our_event in ('purchase', 'refund')
                then coalesce(
                    nullif(trim(told.total), ''),
                    nullif(trim(told.revenue), ''),
                    nullif(trim(told.value), ''),
                    nullif(trim(call.total), ''),
                    nullif(trim(call.revenue), ''),
                    nullif(trim(call.value), '')
                )
        end as amount,
        if(our_event = 'review', nullif(trim(coalesce(told.rating, call.rating)), ''), null) as stars,
        coalesce(
            nullif(trim(if(kind = 'group', null, call.traits.email)), ''),
            nullif(trim(call.context.traits.email), ''),
            nullif(trim(told.email), ''),
            nullif(trim(if(kind = 'group', null, call.email)), ''),
            nullif(trim(call.context_traits_email), ''),
            if(contains(user_id, '@'), user_id, null),
            if(contains(previous_id, '@'), previous_id, null)
        ) as email,
        if(kind = 'page', coalesce(told.url, call.url), null) as own_url,
        if(kind = 'page', coalesce(told.referrer, call.referrer), null) as own_referrer,
        try(
            json_transform(
                coalesce(told.products, call.products),
                '[{"name": "VARCHAR", "sku": "VARCHAR", "product_id": "VARCHAR"}]'
            )
        )[1] as first_product,
        coalesce(library in ('analytics-swift', 'analytics-kotlin', 'analytics-csharp'), false) as is_stamped_early
    from worded_calls
),

timed_calls as (
    select
        *,
        case
            when received_at is null then true
            when is_stamped_early or sent_at is null
                then original_at between received_at - interval 30 days and received_at + interval 5 minutes
            else sent_at between received_at - interval 5 minutes and received_at + interval 5 minutes
        end as is_clock_right
    from read_calls
)

select
    record_no,
    case
        when event is null then 'unknown_event_shape'
        when amount is not null and try_cast(amount as decimal(18, 4)) is null then 'not_a_number'
        when stars is not null and try_cast(stars as double) is null then 'not_a_number'
    end as reject_reason,
    message_id as native_id,
    coalesce(
        if(is_clock_right, original_at, null),
        corrected_at,
        received_at - (sent_at - original_at),
        original_at,
        received_at
    ) as occurred_at,
    text_precision(coalesce(original_text, call.timestamp)) as time_precision,
    received_at,
    event,
    case
        when mail_kind is not null then 'email'
        when event = 'support_contact' then 'support'
        when kind = 'screen' or lower(call.channel) = 'mobile' then 'app'
    end as channel,
    if(mail_kind in ('opened', 'clicked'), 'email', null) as traffic,
    case
        when device_type_of(agent) is not null then device_type_of(agent)
        when call.context.device.model ilike 'ipad%' then 'tablet'
        when device in ('ios', 'android') then 'mobile'
    end as device_type,
    user_id,
    email,
    coalesce(
        if(kind = 'group', null, coalesce(known(call.traits.phone), known(call.phone))),
        known(call.context.traits.phone)
    ) as phone,
    coalesce(known(told.order_id), known(call.order_id)) as order_id,
    -- What an alias names may be a device or a user; a device's number looks like one.
    case
        when kind = 'alias' and regexp_full_match(lower(previous_id), '[0-9a-f]+(-[0-9a-f]+){4}')
            then previous_id
        else anonymous_id
    end as anonymous_id,
    -- RudderStack's number is the second at which a visit began, which other devices share.
    md5(coalesce(anonymous_id, user_id) || '.' || coalesce(call.context.sessionId, call.context_session_id))
        as session_id,
    coalesce(known(call.context.campaign.source), known(call.context_campaign_source)) as utm_source,
    coalesce(known(call.context.campaign.medium), known(call.context_campaign_medium)) as utm_medium,
    coalesce(known(call.context.campaign.name), known(call.context_campaign_name)) as utm_campaign,
    coalesce(known(call.context.campaign.term), known(call.context_campaign_term)) as utm_term,
    coalesce(known(call.context.campaign.content), known(call.context_campaign_content)) as utm_content,
    if(mail_kind is not null, known(told.campaign_name), null) as campaign,
    coalesce(
        nullif(own_url, ''),
        if(mail_kind = 'clicked', nullif(told.link_url, ''), null),
        nullif(call.context.page.url, ''),
        nullif(call.context_page_url, '')
    ) as page_url,
    -- RudderStack's word for a visit that nothing led to.
    nullif(
        coalesce(
            nullif(own_referrer, ''),
            nullif(call.context.page.referrer, ''),
            nullif(call.context_page_referrer, '')
        ),
        '$direct'
    ) as referrer,
    if(event = 'refund', -abs(try_cast(amount as decimal(18, 4))), try_cast(amount as decimal(18, 4))) as value,
    if(
        amount is null,
        null,
        coalesce(known(told.currency), known(call.currency), getvariable('currency')::varchar)
    ) as currency,
    case
        when event in ('purchase', 'refund', 'order_cancelled', 'begin_checkout', 'view_cart', 'view_item_list')
            then coalesce(known(first_product.name), known(first_product.sku), known(first_product.product_id))
        when
            event in (
                'view_item', 'select_item', 'add_to_cart', 'remove_from_cart', 'add_to_wishlist', 'review'
            )
            then coalesce(
                known(told.name), known(told.sku), known(told.product_id), known(call.name), known(call.sku),
                known(call.product_id)
            )
    end as product,
    try_cast(stars as double) as rating,
    case
        when coalesce(consents.analytics, consents.performance, consents.statistics, consents.c0002) is not null
            then consent_of(
                coalesce(consents.analytics, consents.performance, consents.statistics, consents.c0002)
            )
        when list_has_any(denied, ['analytics', 'performance', 'statistics', 'c0002']) then 'denied'
        when list_has_any(allowed, ['analytics', 'performance', 'statistics', 'c0002']) then 'granted'
    end as consent_analytics,
    case
        when coalesce(consents.advertising, consents.marketing, consents.targeting, consents.c0004) is not null
            then consent_of(
                coalesce(consents.advertising, consents.marketing, consents.targeting, consents.c0004)
            )
        when list_has_any(denied, ['advertising', 'marketing', 'targeting', 'c0004']) then 'denied'
        when list_has_any(allowed, ['advertising', 'marketing', 'targeting', 'c0004']) then 'granted'
    end as consent_ads,
    mail_consent(mail_kind) as consent_email,
    if(mail_kind in ('opened', 'clicked'), is_mail_machine(agent), null) as is_machine,
    is_bot_agent(agent) as is_bot,
    kind as call_type,
    if(contains(coalesce(told.query, call.query), '@'), null, coalesce(told.query, call.query)) as search_term,
    coalesce(told.category, call.category) as item_category,
    coalesce(told.coupon, call.coupon) as coupon,
    coalesce(told.step, call.step) as checkout_step,
    coalesce(told.payment_method, call.payment_method) as payment_type,
    coalesce(told.shipping_method, call.shipping_method) as shipping_tier,
    library
from timed_calls
