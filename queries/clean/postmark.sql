-- records: json $.Opens $.Clicks $.Bounces
-- One row per event that a webhook of Postmark told of a mail, or that a page of its API lists.
--
-- Source: `records`, one JSON object an event. Times have seven digits behind the second, of which six are kept.
-- Only bounces and complaints have an id of their own; any other event is its mail, reader, moment and link. A
-- change of a suppression is of one stream and may have no mail, so its stream stands in its id.
-- Metadata is the mail's, and the same for all who get a copy: the order in it would make them one person.
-- The stream 'outbound' is Postmark's own for transactional mail, and so is all that names no stream; other
-- streams and tags are service if the source says so.
-- An address is also suppressed because a mail bounced: that takes no consent back. Lifted again by the
-- shop, it gives none; either way the lifting is only a tie. Mail to Postmark's own sinks is a test.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "RecordType": "VARCHAR",
                "ID": "VARCHAR",
                "MessageID": "VARCHAR",
                "MessageStream": "VARCHAR",
                "Tag": "VARCHAR",
                "Recipient": "VARCHAR",
                "Email": "VARCHAR",
                "DeliveredAt": "VARCHAR",
                "BouncedAt": "VARCHAR",
                "ReceivedAt": "VARCHAR",
                "ChangedAt": "VARCHAR",
                "Type": "VARCHAR",
                "Origin": "VARCHAR",
                "SuppressSending": "VARCHAR",
                "SuppressionReason": "VARCHAR",
                "UserAgent": "VARCHAR",
                "Platform": "VARCHAR",
                "OriginalLink": "VARCHAR"
            }'
        ) as mail
    from records
),

named_mails as (
    select
        record_no,
        mail,
        nullif(trim(mail."RecordType"), '') as vendor_event,
        nullif(trim(coalesce(mail."Recipient", mail."Email")), '') as email,
        coalesce(nullif(trim(mail."MessageStream"), ''), 'outbound') as stream,
        coalesce(mail."DeliveredAt", mail."BouncedAt", mail."ReceivedAt", mail."ChangedAt") as moment,
        -- Why a mail came back, or an address is suppressed.
        case
            when mail."RecordType" in ('Bounce', 'SpamComplaint') then coalesce(mail."Type", mail."RecordType")
            when mail."RecordType" = 'SubscriptionChange' and coalesce(truth_of(mail."SuppressSending"), true)
                then coalesce(mail."SuppressionReason", 'ManualSuppression')
        end as reason
    from parsed_records
),

mail_events as (
    select
        *,
        case
            when vendor_event = 'Delivery' then 'delivered'
            when vendor_event = 'Open' then 'opened'
            when vendor_event = 'Click' then 'clicked'
            when vendor_event = 'SpamComplaint' or reason = 'SpamComplaint' then 'complained'
            when reason in ('Unsubscribe', 'ManualSuppression') then 'unsubscribed'
            when reason is not null then 'bounced'
        end as kind,
        parse_time(moment, 'UTC') as occurred_at,
        is_service_mail([stream, mail."Tag"]) or lower(stream) = 'outbound' as is_service
    from named_mails
)

select
    record_no,
    case when vendor_event is null then 'unknown_event_shape' end as reject_reason,
    case
        when vendor_event in ('Bounce', 'SpamComplaint') and nullif(mail."ID", '0') is not null
            then vendor_event || '/' || mail."ID"
        when occurred_at is not null
            then concat_ws(
                '/', mail."MessageID", vendor_event, if(vendor_event = 'SubscriptionChange', stream, null),
                lower(email), epoch_us(occurred_at), mail."OriginalLink"
            )
    end as native_id,
    occurred_at,
    text_precision(moment) as time_precision,
    coalesce(
        mail_event(kind, is_service), if(vendor_event = 'SubscriptionChange', 'identify', vendor_event)
    ) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    coalesce(
        device_type_of(mail."UserAgent"),
        if(mail."Platform" in ('Mobile', 'Desktop'), lower(mail."Platform"), null)
    ) as device_type,
    email,
    known(mail."Tag") as campaign,
    if(kind = 'clicked', mail."OriginalLink", null) as page_url,
    case
        when kind is null and vendor_event = 'SubscriptionChange' and mail."Origin" = 'Recipient' then 'granted'
        else mail_consent(kind)
    end as consent_email,
    if(kind in ('opened', 'clicked'), is_mail_machine(mail."UserAgent"), null) as is_machine,
    regexp_matches(lower(email), '@(blackhole|bounce-testing)\.postmarkapp\.com$') as is_test,
    stream,
    reason as bounce
from mail_events
