-- records: json $.data $.included
-- One row per event of Klaviyo, and per profile or metric that its pages include.
--
-- Source: `records`, the events of the API, or a flat export in which the properties of an event stand
-- under event_properties (also as text) or beside its other fields.
-- The API names the metric of an event by its id only; the name is that of the metric in the same file.
-- Without one the event keeps the id, and is unmapped later. A profile ties Klaviyo's number to the mail
-- address; the number is put behind 'klaviyo:', for no other tool counts alike.
-- An ordered product is told again in its placed order, so it touches nobody. A cancelled order gives no
-- money back by itself, for its refund is told apart.
with parsed_records as materialized (
    select
        record_no,
        record,
        json_transform(
            record,
            '{
                "type": "VARCHAR",
                "id": "VARCHAR",
                "uuid": "VARCHAR",
                "event_id": "VARCHAR",
                "event_name": "VARCHAR",
                "metric_name": "VARCHAR",
                "metric": "VARCHAR",
                "metric_id": "VARCHAR",
                "timestamp": "VARCHAR",
                "datetime": "VARCHAR",
                "profile_id": "VARCHAR",
                "person_id": "VARCHAR",
                "profile_email": "VARCHAR",
                "email": "VARCHAR",
                "person": {"id": "VARCHAR", "email": "VARCHAR", "$email": "VARCHAR"},
                "profile": {"id": "VARCHAR", "email": "VARCHAR", "$email": "VARCHAR"},
                "event_properties": "VARCHAR",
                "attributes": {
                    "name": "VARCHAR",
                    "uuid": "VARCHAR",
                    "metric_id": "VARCHAR",
                    "profile_id": "VARCHAR",
                    "timestamp": "VARCHAR",
                    "datetime": "VARCHAR",
                    "event_properties": "VARCHAR",
                    "email": "VARCHAR",
                    "phone_number": "VARCHAR",
                    "external_id": "VARCHAR",
                    "created": "VARCHAR"
                },
                "relationships": {
                    "metric": {"data": {"id": "VARCHAR"}},
                    "profile": {"data": {"id": "VARCHAR"}}
                }
            }'
        ) as told
    from records
),

metrics as (
    select
        told.id as metric_id,
        min(told.attributes.name) as metric_name
    from parsed_records
    where told.type = 'metric'
    group by told.id
),

named_events as (
    select
        parsed_records.record_no,
        parsed_records.record,
        parsed_records.told,
        coalesce(parsed_records.told.type = 'metric', false) as is_metric,
        coalesce(parsed_records.told.type = 'profile', false) as is_profile,
        known(
            coalesce(
                parsed_records.told.event_name,
                parsed_records.told.metric_name,
                if(
                    starts_with(parsed_records.told.metric, '{'),
                    json_extract_string(parsed_records.told.metric, '$.name'),
                    parsed_records.told.metric
                ),
                metrics.metric_name,
                parsed_records.told.relationships.metric.data.id,
                parsed_records.told.attributes.metric_id,
                parsed_records.told.metric_id,
                if(parsed_records.told.type in ('event', 'metric', 'profile'), null, parsed_records.told.type)
            )
        ) as metric_name,
        nullif(
            coalesce(parsed_records.told.attributes.event_properties, parsed_records.told.event_properties), ''
        ) as properties
    from parsed_records
    left join metrics
        on coalesce(
            parsed_records.told.relationships.metric.data.id,
            parsed_records.told.attributes.metric_id,
            parsed_records.told.metric_id
        ) = metrics.metric_id
),

typed_events as (
    select
        *,
        lower(metric_name) as word,
        json_transform(
            case
                when properties is null then record
                when starts_with(properties, '{') and json_valid(properties) then properties
                else '{}'
            end,
            '{
                "$value": "VARCHAR",
                "value": "VARCHAR",
                "$event_id": "VARCHAR",
                "OrderId": "VARCHAR",
                "order_id": "VARCHAR",
                "$currency_code": "VARCHAR",
                "currency": "VARCHAR",
                "Campaign Name": "VARCHAR",
                "campaign_name": "VARCHAR",
                "$flow": "VARCHAR",
                "$message": "VARCHAR",
                "flow_id": "VARCHAR",
                "message_id": "VARCHAR",
                "URL": "VARCHAR",
                "page": "VARCHAR",
                "Machine Open": "VARCHAR",
                "machine_open": "VARCHAR",
                "Apple Privacy Open": "VARCHAR",
                "apple_privacy_open": "VARCHAR",
                "Bot Click": "VARCHAR",
                "bot_click": "VARCHAR",
                "Recipient Email Address": "VARCHAR",
                "ProductName": "VARCHAR",
                "Product Name": "VARCHAR",
                "AddedItemProductName": "VARCHAR",
                "Added Item Product Name": "VARCHAR"
            }'
        ) as props_told
    from named_events
),

read_events as (
    select
        *,
        case
            when word = 'received email' then 'delivered'
            when word = 'opened email' then 'opened'
            when word = 'clicked email' then 'clicked'
            when word in ('bounced email', 'dropped email') then 'bounced'
            when word = 'marked email as spam' then 'complained'
            when word in ('unsubscribed', 'unsubscribed from list', 'unsubscribed from email marketing')
                then 'unsubscribed'
        end as kind,
        case
            when is_profile then 'identify'
            when word = 'placed order' then 'purchase'
            when word = 'refunded order' then 'refund'
            when word in ('cancelled order', 'canceled order') then 'order_cancelled'
            when word = 'delivered shipment' then 'order_delivered'
            when word in ('started checkout', 'checkout started') then 'begin_checkout'
            when word = 'added to cart' then 'add_to_cart'
            when word = 'viewed product' then 'view_item'
            when word in ('viewed collection', 'viewed category') then 'view_item_list'
            when word in ('submitted search', 'searched site') then 'search'
            when word = 'active on site' then 'page_view'
            when
                word in ('subscribed to list', 'subscribed to email marketing', 'subscribed to sms marketing')
                then 'sign_up'
        end as shop_event,
        coalesce(
            told.attributes.datetime, told.datetime, told.attributes.timestamp, told.timestamp,
            if(is_profile, told.attributes.created, null)
        ) as moment,
        coalesce(
            if(is_profile, told.id, null),
            told.relationships.profile.data.id,
            told.attributes.profile_id,
            told.profile_id,
            told.person_id,
            told.profile.id,
            told.person.id
        ) as profile_id,
        nullif(
            trim(
                coalesce(
                    told.attributes.email, told.profile_email, told.email, told.profile.email,
                    told.profile."$email", told.person.email, told.person."$email",
                    props_told."Recipient Email Address"
                )
            ),
            ''
        ) as email,
        coalesce(props_told."$value", props_told.value) as amount,
        known(coalesce(props_told."Campaign Name", props_told.campaign_name)) as campaign,
        coalesce(props_told."$flow", props_told.flow_id) as flow_id,
        coalesce(props_told."$message", props_told.message_id) as message_id
    from typed_events
)

select
    record_no,
    case
        when not is_metric and coalesce(shop_event, word) is null then 'unknown_event_shape'
        when
            shop_event in ('purchase', 'refund')
            and amount is not null
            and try_cast(amount as decimal(18, 4)) is null
            then 'not_a_number'
    end as reject_reason,
    not is_metric and coalesce(word <> 'ordered product', true) as is_touch,
    -- A profile whose address changes ties twice.
    if(
        is_profile,
        'profile/' || told.id || coalesce('/' || lower(email), ''),
        coalesce(told.id, told.event_id, told.attributes.uuid, told.uuid)
    ) as native_id,
    any_time(moment, null, null, getvariable('timezone')::varchar) as occurred_at,
    any_precision(moment, null, null) as time_precision,
    clock_doubt(moment, getvariable('timezone')::varchar) as clock_doubt,
    coalesce(
        shop_event,
        mail_event(kind, is_service_mail([campaign, flow_id, message_id])),
        if(is_metric, null, metric_name)
    ) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    if(is_profile, known(told.attributes.external_id), null) as user_id,
    email,
    if(is_profile, known(told.attributes.phone_number), null) as phone,
    'klaviyo:' || profile_id as shop_customer_id,
    case
        when
            shop_event in ('purchase', 'refund', 'order_cancelled', 'order_delivered')
            or word = 'fulfilled order'
            then known(coalesce(props_told."OrderId", props_told.order_id, props_told."$event_id"))
    end as order_id,
    campaign,
    coalesce(props_told."URL", if(shop_event = 'page_view', props_told.page, null)) as page_url,
    case shop_event
        when 'purchase' then try_cast(amount as decimal(18, 4))
        when 'refund' then -abs(try_cast(amount as decimal(18, 4)))
    end as value,
    case
        when shop_event in ('purchase', 'refund') and amount is not null
            then coalesce(
                known(props_told."$currency_code"), known(props_told.currency), getvariable('currency')::varchar
            )
    end as currency,
    case
        when shop_event in ('view_item', 'add_to_cart')
            then coalesce(
                props_told."AddedItemProductName", props_told."Added Item Product Name",
                props_told."ProductName", props_told."Product Name"
            )
    end as product,
    case
        when word in ('subscribed to list', 'subscribed to email marketing') then 'granted'
        else mail_consent(kind)
    end as consent_email,
    case
        when kind in ('opened', 'clicked')
            then list_bool_or(
                [
                    truth_of(props_told."Machine Open"),
                    truth_of(props_told.machine_open),
                    truth_of(props_told."Apple Privacy Open"),
                    truth_of(props_told.apple_privacy_open),
                    truth_of(props_told."Bot Click"),
                    truth_of(props_told.bot_click)
                ]
            )
    end as is_machine,
    metric_name as vendor_event,
    flow_id,
    message_id
from read_events
