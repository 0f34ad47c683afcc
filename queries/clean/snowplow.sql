-- records: lines
-- One row per event of Snowplow's enriched stream: a line of 131 columns parted by tabs, without a header.
--
-- Source: `records`, the lines; a column is known by its place, and a line that is cut has no places. Times
-- are UTC, and the tracker's own true_tstamp goes before the derived one and the collector's.
-- An event sent twice keeps its id and fingerprint; the same id with another fingerprint is another
-- event, made by a robot or a broken random number.
-- Of entities the first of its kind counts. A purchase is worth its transaction's revenue, and a refund what
-- went back. The items of an old transaction are told by it, so they touch nobody: they cannot be a
-- basket, for a page of thanks that is loaded again tells them all again.
-- Only what a consent event says of analytics and ads is read; which purpose an old consent_granted is for it
-- does not tell. An event without any identifier was tracked anonymously: it is counted and is nobody's.
-- The label of a structured event may hold anything: it is kept as the product of a product's event only.
with split_lines as (
    select
        record_no,
        string_split(record, chr(9)) as places
    from records
),

parsed_events as (
    select
        record_no,
        len(places) as width,
        trim(places[2]) as platform,
        nullif(places[4], '') as collector_tstamp,
        nullif(trim(places[6]), '') as kind,
        nullif(trim(places[7]), '') as event_id,
        known(places[13]) as user_id,
        nullif(trim(places[16]), '') as domain_userid,
        nullif(places[17], '') as domain_sessionidx,
        nullif(trim(places[18]), '') as network_userid,
        nullif(places[19], '') as country,
        nullif(places[30], '') as page_url,
        nullif(places[32], '') as page_referrer,
        places[48] as mkt_medium,
        places[49] as mkt_source,
        places[50] as mkt_term,
        places[51] as mkt_content,
        places[52] as mkt_campaign,
        nullif(places[54], '') as se_category,
        nullif(trim(places[55]), '') as se_action,
        places[56] as se_label,
        nullif(places[58], '') as se_value,
        places[60] as tr_orderid,
        nullif(places[62], '') as tr_total,
        nullif(places[78], '') as useragent,
        places[109] as tr_currency,
        nullif(places[117], '') as mkt_clickid,
        places[118] as mkt_network,
        nullif(places[124], '') as domain_sessionid,
        coalesce(nullif(places[131], ''), nullif(places[125], ''), nullif(places[4], '')) as moment,
        nullif(trim(places[127]), '') as event_name,
        nullif(trim(places[130]), '') as event_fingerprint,
        try(
            json_transform(
                nullif(places[59], ''),
                '{
                    "data": {
                        "data": {
                            "type": "VARCHAR",
                            "name": "VARCHAR",
                            "sku": "VARCHAR",
                            "terms": ["VARCHAR"],
                            "eventType": "VARCHAR",
                            "consentScopes": ["VARCHAR"],
                            "all": "VARCHAR"
                        }
                    }
                }'
            )
        ).data.data as told,
        try(
            json_transform(
                nullif(places[53], ''),
                '{
                    "data": [{
                        "schema": "VARCHAR",
                        "data": {
                            "id": "VARCHAR",
                            "name": "VARCHAR",
                            "email": "VARCHAR",
                            "is_guest": "VARCHAR",
                            "transaction_id": "VARCHAR",
                            "revenue": "VARCHAR",
                            "refund_amount": "VARCHAR",
                            "currency": "VARCHAR",
                            "payment_method": "VARCHAR",
                            "discount_code": "VARCHAR",
                            "step": "VARCHAR",
                            "delivery_provider": "VARCHAR",
                            "delivery_method": "VARCHAR",
                            "error_shortcode": "VARCHAR",
                            "userId": "VARCHAR",
                            "sessionId": "VARCHAR",
                            "eventIndex": "VARCHAR",
                            "bot": "VARCHAR"
                        }
                    }]
                }'
            )
        ).data as entities,
        try(
            json_transform(
                nullif(places[123], ''),
                '{
                    "data": [{
                        "data": {
                            "deviceClass": "VARCHAR",
                            "agentClass": "VARCHAR",
                            "spiderOrRobot": "VARCHAR",
                            "likelyBot": "VARCHAR",
                            "bot": "VARCHAR"
                        }
                    }]
                }'
            )
        ).data as derived
    from split_lines
),

events_with_entities as (
    select
        *,
        list_filter(
            entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/product/')
        )[1].data as first_product,
        list_filter(
            entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/transaction/')
        )[1].data as sale,
        list_filter(entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/refund/'))[1].data as refund,
        list_filter(
            entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/checkout_step/')
        )[1].data as checkout,
        list_filter(
            entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/promotion/')
        )[1].data as promotion,
        list_filter(
            entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/transaction_error/')
        )[1].data as payment_error,
        list_filter(entities, lambda entity: contains(entity.schema, 'snowplow.ecommerce/user/'))[1].data as customer,
        list_filter(entities, lambda entity: contains(entity.schema, 'snowplow/client_session/'))[1].data as visit,
        list_filter(derived, lambda entity: entity.data.deviceClass is not null)[1].data.deviceClass as device_class,
        list_transform(told.consentScopes, lambda scope: lower(trim(scope))) as consent_scopes,
        trim(regexp_replace(lower(se_action), '[^a-z0-9]+', '_', 'g'), '_') as struct_word
    from parsed_events
),

named_events as (
    select
        *,
        case
            when kind = 'page_view' then 'page_view'
            when kind = 'page_ping' then 'user_engagement'
            when kind = 'transaction' then 'purchase'
            when kind = 'transaction_item' then 'transaction_item'
            when kind = 'struct'
                then case
                    when struct_word in ('view_item', 'view_product', 'product_view', 'product_viewed', 'detail')
                        then 'view_item'
                    when struct_word in ('view_item_list', 'list_view', 'product_list_viewed') then 'view_item_list'
                    when
                        struct_word in (
                            'add_to_cart', 'addtocart', 'add_to_basket', 'addtobasket', 'add_to_bag', 'product_added'
                        )
                        then 'add_to_cart'
                    when
                        struct_word in (
                            'remove_from_cart', 'removefromcart', 'remove_from_basket', 'removefrombasket',
                            'product_removed'
                        )
                        then 'remove_from_cart'
                    when struct_word in ('add_to_wishlist', 'addtowishlist') then 'add_to_wishlist'
                    when struct_word in ('view_cart', 'view_basket', 'cart_viewed') then 'view_cart'
                    when struct_word in ('begin_checkout', 'checkout', 'checkout_started') then 'begin_checkout'
                    when struct_word in ('purchase', 'transaction', 'order_completed') then 'purchase'
                    when struct_word in ('refund', 'order_refunded') then 'refund'
                    when struct_word in ('search', 'site_search') then 'search'
                    when struct_word in ('sign_up', 'signup') then 'sign_up'
                    when struct_word = 'login' then 'login'
                    when contains(se_action, '@') then 'struct'
                    else coalesce(se_action, 'struct')
                end
            when event_name = 'snowplow_ecommerce_action'
                then case told.type
                    when 'product_view' then 'view_item'
                    when 'list_view' then 'view_item_list'
                    when 'list_click' then 'select_item'
                    when 'promo_view' then 'view_promotion'
                    when 'promo_click' then 'select_promotion'
                    when 'transaction' then 'purchase'
                    when 'trns_error' then 'payment_error'
                    when 'checkout_step'
                        then case
                            when checkout.step = '1' then 'begin_checkout'
                            when checkout.payment_method is not null then 'add_payment_info'
                            when coalesce(checkout.delivery_method, checkout.delivery_provider) is not null
                                then 'add_shipping_info'
                            else 'begin_checkout'
                        end
                    else coalesce(nullif(trim(told.type), ''), event_name)
                end
            when event_name = 'screen_view' then 'page_view'
            when event_name = 'site_search' then 'search'
            when event_name = 'application_install' then 'first_visit'
            else coalesce(event_name, if(kind = 'unstruct', null, kind))
        end as event,
        case
            when network_userid <> '00000000-0000-0000-0000-000000000000' then network_userid
        end as shown_network_userid,
        coalesce(domain_userid, nullif(trim(visit.userId), '')) as device_userid,
        coalesce(user_id, if(truth_of(customer.is_guest), null, known(customer.id))) as told_user_id
    from events_with_entities
),

typed_events as (
    select
        *,
        coalesce(nullif(trim(customer.email), ''), if(contains(told_user_id, '@'), told_user_id, null)) as email,
        case
            when event_name = 'snowplow_ecommerce_action' and event = 'purchase' then sale.revenue
            when event_name = 'snowplow_ecommerce_action' and event = 'refund' then refund.refund_amount
            when kind = 'transaction' then tr_total
            when kind = 'struct' and event in ('purchase', 'refund') then se_value
        end as amount,
        case
            when event_name = 'consent_preferences' then coalesce(told.eventType, 'pending')
            when event_name = 'consent_withdrawn' and truth_of(told.all) then 'withdrawn'
        end as consent_told,
        case
            when event_name = 'snowplow_ecommerce_action' and event = 'purchase' then known(sale.transaction_id)
            when event_name = 'snowplow_ecommerce_action' and event = 'refund' then known(refund.transaction_id)
            when kind = 'transaction' then known(tr_orderid)
        end as order_id,
        case
            when event_name = 'snowplow_ecommerce_action' and event = 'refund' then known(refund.currency)
            when event_name = 'snowplow_ecommerce_action' then known(sale.currency)
            when kind = 'transaction' then known(tr_currency)
        end as told_currency,
        case
            when mkt_network = 'Google' then 'gclid'
            when mkt_network = 'DoubleClick' then 'dclid'
            when mkt_network = 'Microsoft' then 'msclkid'
        end as click_id_type
    from named_events
),

valued_events as (
    select
        *,
        try_cast(amount as decimal(18, 4)) as money,
        case
            when consent_told = 'allow_all' then 'granted'
            when consent_told in ('deny_all', 'withdrawn') then 'denied'
            when
                consent_told in ('allow_selected', 'implicit_consent')
                and list_has_any(consent_scopes, ['analytics', 'statistics', 'performance', 'measurement'])
                then 'granted'
            when consent_told = 'allow_selected' then 'denied'
        end as consent_analytics,
        case
            when consent_told = 'allow_all' then 'granted'
            when consent_told in ('deny_all', 'withdrawn') then 'denied'
            when
                consent_told in ('allow_selected', 'implicit_consent')
                and list_has_any(
                    consent_scopes, ['advertisement', 'advertising', 'ads', 'marketing', 'targeting']
                )
                then 'granted'
            when consent_told = 'allow_selected' then 'denied'
        end as consent_ads
    from typed_events
)

select
    record_no,
    case
        when width < 131 or event is null then 'unknown_event_shape'
        when amount is not null and money is null then 'not_a_number'
    end as reject_reason,
    coalesce(kind <> 'transaction_item', true) as is_touch,
    if(event_fingerprint is null, event_id, event_id || '/' || event_fingerprint) as native_id,
    parse_time(moment, 'UTC') as occurred_at,
    text_precision(moment) as time_precision,
    parse_time(collector_tstamp, 'UTC') as received_at,
    try_cast(visit.eventIndex as bigint) as source_seq,
    event,
    if(platform = 'mob', 'app', null) as channel,
    case
        when device_class = 'Desktop' then 'desktop'
        when device_class = 'Tablet' then 'tablet'
        when device_class in ('Phone', 'Mobile') then 'mobile'
        else device_type_of(useragent)
    end as device_type,
    told_user_id as user_id,
    email,
    order_id,
    device_userid as anonymous_id,
    shown_network_userid as network_user_id,
    if(click_id_of(page_url) is null and click_id_type is not null, mkt_clickid, null) as click_id,
    if(click_id_of(page_url) is null and mkt_clickid is not null, click_id_type, null) as click_id_type,
    coalesce(
        domain_sessionid, nullif(trim(visit.sessionId), ''), md5(domain_userid || '.' || domain_sessionidx)
    ) as session_id,
    known(mkt_source) as utm_source,
    known(mkt_medium) as utm_medium,
    known(mkt_campaign) as utm_campaign,
    known(mkt_term) as utm_term,
    known(mkt_content) as utm_content,
    page_url,
    page_referrer as referrer,
    if(event = 'refund', -abs(money), money) as value,
    if(money is null, null, coalesce(told_currency, getvariable('currency')::varchar)) as currency,
    case
        when event_name = 'snowplow_ecommerce_action'
            then coalesce(known(first_product.name), known(first_product.id))
        when event_name in ('add_to_cart', 'remove_from_cart') then coalesce(known(told.name), known(told.sku))
        when
            kind = 'struct'
            and event in ('view_item', 'add_to_cart', 'remove_from_cart', 'add_to_wishlist')
            and not contains(se_label, '@')
            then known(se_label)
    end as product,
    case
        when consent_analytics is not null then consent_analytics
        when
            coalesce(told_user_id, email, device_userid, shown_network_userid) is null
            and (order_id is null or platform <> 'srv')
            then 'denied'
    end as consent_analytics,
    consent_ads,
    list_bool_or(
        list_concat(
            [is_bot_agent(useragent)],
            list_transform(
                derived,
                lambda entity: coalesce(
                    entity.data.deviceClass in ('Robot', 'Robot Mobile', 'Robot Imitator'), false
                )
                or coalesce(entity.data.agentClass in ('Robot', 'Robot Mobile'), false)
                or coalesce(truth_of(entity.data.spiderOrRobot), false)
                or coalesce(truth_of(entity.data.likelyBot), false)
                or coalesce(truth_of(entity.data.bot), false)
            ),
            list_transform(entities, lambda entity: truth_of(entity.data.bot))
        )
    ) as is_bot,
    coalesce(event_name, kind) as vendor_event,
    if(contains(se_category, '@'), null, se_category) as se_category,
    se_value,
    case
        when event_name = 'site_search' and not contains(array_to_string(told.terms, ' '), '@')
            then array_to_string(told.terms, ' ')
    end as search_term,
    if(event_name = 'snowplow_ecommerce_action' and event = 'view_item_list', known(told.name), null)
        as item_list_name,
    known(promotion.name) as promotion_name,
    known(sale.discount_code) as coupon,
    coalesce(known(sale.payment_method), known(checkout.payment_method)) as payment_type,
    known(checkout.delivery_method) as shipping_tier,
    checkout.step as checkout_step,
    payment_error.error_shortcode as error,
    consent_told,
    country
from valued_events
