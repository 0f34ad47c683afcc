-- One row per event that SendGrid's event webhook told of a mail.
--
-- Source: `records`, one JSON object an event. Custom arguments stand beside SendGrid's own fields and
-- may hold anything: of them only order_id is read. The reader's address of the web and program are
-- not kept. A mail of a category that says 'transactional' is service, not advertising.
-- An event that we have no word for keeps SendGrid's, after 'email_', and is unmapped later.
with parsed_records as (
    select
        records.record_no,
        json_transform(
            records.record,
            '{
                "email": "VARCHAR",
                "timestamp": "VARCHAR",
                "event": "VARCHAR",
                "sg_event_id": "VARCHAR",
                "sg_message_id": "VARCHAR",
                "sg_machine_open": "VARCHAR",
                "sg_template_id": "VARCHAR",
                "marketing_campaign_name": "VARCHAR",
                "url": "VARCHAR",
                "order_id": "VARCHAR"
            }'
        ) as mail,
        -- The category is a text, or a list of texts.
        case
            when json_type(records.record, '$.category') = 'ARRAY'
                then json_extract_string(records.record, '$.category[*]')
            when json_type(records.record, '$.category') = 'VARCHAR'
                then [json_extract_string(records.record, '$.category')]
        end as categories
    from records
),

mail_events as (
    select
        record_no,
        mail,
        categories,
        nullif(lower(trim(mail.event)), '') as vendor_event,
        coalesce(
            contains(lower(array_to_string(categories, ' ')), 'transactional'), false
        ) as is_service
    from parsed_records
)

select
    record_no,
    case when vendor_event is null then 'unknown_event_shape' end as reject_reason,
    mail.sg_event_id as native_id,
    epoch_time(mail.timestamp, 's') as occurred_at,
    's' as time_precision,
    case
        when vendor_event in ('open', 'click') and is_service
            then 'service_email_' || vendor_event
        when vendor_event = 'processed' then 'email_sent'
        when vendor_event in ('bounce', 'dropped', 'deferred') then 'email_bounce'
        when vendor_event in ('unsubscribe', 'group_unsubscribe', 'spamreport')
            then 'email_unsubscribe'
        else 'email_' || vendor_event
    end as event,
    getvariable('channel')::varchar as channel,
    if(vendor_event in ('open', 'click'), 'email', null) as traffic,
    nullif(trim(mail.email), '') as email,
    known(mail.order_id) as order_id,
    url_parameter(mail.url, 'utm_source') as utm_source,
    url_parameter(mail.url, 'utm_medium') as utm_medium,
    url_parameter(mail.url, 'utm_campaign') as utm_campaign,
    url_parameter(mail.url, 'utm_term') as utm_term,
    url_parameter(mail.url, 'utm_content') as utm_content,
    coalesce(known(mail.marketing_campaign_name), known(categories[1])) as campaign,
    bare_url(mail.url) as page_url,
    case
        when vendor_event in ('unsubscribe', 'group_unsubscribe', 'spamreport') then 'denied'
        when vendor_event = 'group_resubscribe' then 'granted'
    end as consent_email,
    truth_of(mail.sg_machine_open) as is_machine,
    vendor_event,
    mail.sg_template_id as template_id
from mail_events
