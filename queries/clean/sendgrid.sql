-- records: json
-- One row per event that SendGrid's event webhook told of a mail.
--
-- Source: `records`, one JSON object an event. Custom arguments stand beside SendGrid's own fields and
-- may hold anything: of them only order_id is read. The reader's address of the web is not kept, and of the
-- program only whether it is a machine and which kind of device it runs on.
-- A mail whose category, template or campaign says so is service, not advertising.
-- An event that we have no word for keeps SendGrid's, after 'email_', and is unmapped later.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "email": "VARCHAR",
                "timestamp": "VARCHAR",
                "event": "VARCHAR",
                "sg_event_id": "VARCHAR",
                "sg_machine_open": "VARCHAR",
                "sg_template_id": "VARCHAR",
                "sg_template_name": "VARCHAR",
                "marketing_campaign_id": "VARCHAR",
                "marketing_campaign_name": "VARCHAR",
                "category": "VARCHAR",
                "useragent": "VARCHAR",
                "url": "VARCHAR",
                "order_id": "VARCHAR"
            }'
        ) as mail
    from records
),

labelled_mails as (
    select
        record_no,
        mail,
        nullif(lower(trim(mail.event)), '') as vendor_event,
        -- The category is a text, or a list of texts.
        case
            when starts_with(mail.category, '[') and json_valid(mail.category)
                then from_json(mail.category, '["VARCHAR"]')
            when not starts_with(mail.category, '{') then [mail.category]
        end as categories
    from parsed_records
),

mail_events as (
    select
        *,
        case
            when vendor_event = 'processed' then 'sent'
            when vendor_event = 'delivered' then 'delivered'
            when vendor_event in ('bounce', 'dropped', 'deferred') then 'bounced'
            when vendor_event = 'open' then 'opened'
            when vendor_event = 'click' then 'clicked'
            when vendor_event in ('unsubscribe', 'group_unsubscribe') then 'unsubscribed'
            when vendor_event = 'spamreport' then 'complained'
        end as kind,
        is_service_mail(
            list_concat(
                categories,
                [
                    mail.sg_template_id, mail.sg_template_name, mail.marketing_campaign_id,
                    mail.marketing_campaign_name
                ]
            )
        ) as is_service
    from labelled_mails
)

select
    record_no,
    case when vendor_event is null then 'unknown_event_shape' end as reject_reason,
    mail.sg_event_id as native_id,
    epoch_time(mail.timestamp, 's') as occurred_at,
    's' as time_precision,
    coalesce(mail_event(kind, is_service), 'email_' || vendor_event) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    device_type_of(mail.useragent) as device_type,
    nullif(trim(mail.email), '') as email,
    known(mail.order_id) as order_id,
    coalesce(known(mail.marketing_campaign_name), known(categories[1])) as campaign,
    mail.url as page_url,
    if(vendor_event = 'group_resubscribe', 'granted', mail_consent(kind)) as consent_email,
    case
        when kind in ('opened', 'clicked')
            then list_bool_or([truth_of(mail.sg_machine_open), is_mail_machine(mail.useragent)])
    end as is_machine,
    vendor_event,
    mail.sg_template_id as template_id
from mail_events
