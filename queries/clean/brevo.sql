-- records: json $.events
-- One row per event that a webhook of Brevo told of a mail, or that its statistics list.
--
-- Source: `records`, one JSON object an event, of the transactional or the marketing webhooks.
-- Brevo spells an event in several ways (hard_bounce, hardBounces), and tells of a first opening twice,
-- as opened and as unique_opened: both are read as one word. Its `id` is that of the webhook, so an event
-- is its mail, reader, word, second and link together.
-- Only ts_epoch is surely UTC: ts_event and ts come next, and clock times are those of the source's zone.
-- Where the source names no transactional mail, all that belongs to no campaign and no workflow is.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "event": "VARCHAR",
                "email": "VARCHAR",
                "ts_epoch": "VARCHAR",
                "ts_event": "VARCHAR",
                "ts": "VARCHAR",
                "date_event": "VARCHAR",
                "date": "VARCHAR",
                "message-id": "VARCHAR",
                "messageId": "VARCHAR",
                "camp_id": "VARCHAR",
                "campaign_id": "VARCHAR",
                "campaign name": "VARCHAR",
                "campaign_name": "VARCHAR",
                "workflow_id": "VARCHAR",
                "template_id": "VARCHAR",
                "templateId": "VARCHAR",
                "tag": "VARCHAR",
                "tags": "VARCHAR",
                "link": "VARCHAR",
                "URL": "VARCHAR",
                "user_agent": "VARCHAR",
                "device_used": "VARCHAR",
                "X-Mailin-custom": "VARCHAR"
            }'
        ) as mail
    from records
),

named_mails as (
    select
        record_no,
        mail,
        nullif(regexp_replace(lower(mail.event), '[^a-z]|^unique', '', 'g'), '') as word,
        nullif(trim(mail.email), '') as email,
        coalesce(mail."message-id", mail."messageId") as message_id,
        coalesce(mail.camp_id, mail.campaign_id) as campaign_id,
        known(coalesce(mail."campaign name", mail.campaign_name)) as campaign_name,
        coalesce(mail.template_id, mail."templateId") as template_id,
        coalesce(mail.link, mail."URL") as link,
        coalesce(mail.date_event, mail.date) as clock,
        -- Tags are a list, the text of one, or one tag.
        case
            when starts_with(coalesce(mail.tags, mail.tag), '[') and json_valid(coalesce(mail.tags, mail.tag))
                then from_json(coalesce(mail.tags, mail.tag), '["VARCHAR"]')
            else [coalesce(mail.tags, mail.tag)]
        end as tags
    from parsed_records
),

mail_events as (
    select
        *,
        case
            when word in ('request', 'requests', 'sent') then 'sent'
            when word = 'delivered' then 'delivered'
            when
                word in (
                    'softbounce', 'softbounces', 'softbounced', 'hardbounce', 'hardbounces', 'hardbounced', 'bounces',
                    'deferred', 'blocked', 'invalid', 'invalidemail', 'error'
                )
                then 'bounced'
            when
                word in ('opened', 'open', 'opens', 'firstopening', 'proxyopen', 'proxyopened', 'loadedbyproxy')
                then 'opened'
            when word in ('click', 'clicks', 'clicked') then 'clicked'
            when word in ('unsubscribe', 'unsubscribed') then 'unsubscribed'
            when word in ('spam', 'complaint', 'markedasspam') then 'complained'
        end as kind,
        contains(word, 'proxy') as is_proxy,
        coalesce(
            epoch_time(mail.ts_epoch, 'ms'),
            epoch_time(mail.ts_event, 's'),
            epoch_time(mail.ts, 's'),
            parse_time(clock, getvariable('timezone')::varchar)
        ) as occurred_at,
        coalesce(mail.ts_epoch, mail.ts_event, mail.ts) is null as is_clock_time,
        if(
            coalesce(len(getvariable('transactional')::varchar[]), 0) = 0,
            campaign_id is null and campaign_name is null and mail.workflow_id is null,
            is_service_mail(list_concat(tags, [template_id, campaign_name, campaign_id, mail.workflow_id]))
        ) as is_service
    from named_mails
)

select
    record_no,
    case when word is null then 'unknown_event_shape' end as reject_reason,
    -- What is written into a contact's card is nothing that the contact did.
    word not in ('contactupdated', 'contactdeleted') as is_touch,
    if(
        occurred_at is null,
        null,
        coalesce(message_id, 'campaign ' || campaign_id) || '/' || lower(email) || '/'
        || if(is_proxy, 'proxy ', '') || coalesce(kind, word) || '/' || epoch_ms(occurred_at) // 1000
        || coalesce('/' || link, '')
    ) as native_id,
    occurred_at,
    case
        when is_clock_time then text_precision(clock)
        when mail.ts_epoch is not null then 'us'
        else 's'
    end as time_precision,
    if(is_clock_time, clock_doubt(clock, getvariable('timezone')::varchar), null) as clock_doubt,
    coalesce(mail_event(kind, is_service), lower(trim(mail.event))) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    coalesce(
        device_type_of(mail.user_agent),
        if(lower(mail.device_used) in ('mobile', 'tablet', 'desktop'), lower(mail.device_used), null)
    ) as device_type,
    email,
    known(
        nullif(
            regexp_extract(mail."X-Mailin-custom", '(?i)\border_?id"?\s*[:=]\s*"?([^"|,;}]+)', 1), ''
        )
    ) as order_id,
    coalesce(campaign_name, known(tags[1])) as campaign,
    if(kind = 'clicked', link, null) as page_url,
    mail_consent(kind) as consent_email,
    case
        when kind = 'opened' then is_proxy or coalesce(is_mail_machine(mail.user_agent), false)
        when kind = 'clicked' then is_mail_machine(mail.user_agent)
    end as is_machine,
    if(kind = 'bounced', regexp_replace(word, 'bounce[sd]$', 'bounce'), null) as bounce,
    template_id
from mail_events
