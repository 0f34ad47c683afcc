-- records: json
-- One row per reader of a mail whom an event of Amazon SES tells of.
--
-- Source: `records`, one JSON object an event: of event publishing (eventType) or of notifications
-- (notificationType), bare as Firehose writes it, or as the text of a message of SNS, or in an event of EventBridge.
-- An event has no id: it is its mail, word, moment, reader and link together.
-- Sent, delivered, returned and complained of is a mail for each reader. An opening or click does not tell whose
-- of several readers it is: the record is whole, so it is not refused, but counted as nobody's touch.
-- The order of a mail with several readers is left out too, for it would make them one person.
-- A complaint because the address is on the account's suppression list is a mail that came back: nobody complained.
-- Whoever leaves a topic of a list unsubscribes, whatever else is kept: nobody is written to who may not want it.
-- Preferences by which nothing was left say nothing of consent.
-- What SNS tells of itself, and mail that came in, touch nobody. Mail to Amazon's simulator is a test.
-- An event that we have no word for keeps Amazon's, after 'email_', and is unmapped later.
with unwrapped_records as (
    select
        record_no,
        case
            when contains(record, '"Message"') or contains(record, '"detail"')
                then coalesce(
                    json_extract_string(record, '$.Message'), json_extract(record, '$.detail')::varchar, record
                )
            else record
        end as inner_record,
        if(contains(record, '"Message"'), json_extract_string(record, '$.Type'), null) as message_type,
        if(contains(record, '"Message"'), json_extract_string(record, '$.Timestamp'), null) as published
    from records
),

parsed_records as (
    select
        record_no,
        published,
        coalesce(
            message_type in ('SubscriptionConfirmation', 'UnsubscribeConfirmation')
            or starts_with(inner_record, 'Successfully validated SNS topic'),
            false
        ) as is_notice,
        json_transform(
            if(json_valid(inner_record), inner_record, '{}'),
            '{
                "eventType": "VARCHAR",
                "notificationType": "VARCHAR",
                "mail": {
                    "timestamp": "VARCHAR",
                    "messageId": "VARCHAR",
                    "destination": ["VARCHAR"],
                    "tags": "VARCHAR"
                },
                "delivery": {"timestamp": "VARCHAR", "recipients": ["VARCHAR"]},
                "deliveryDelay": {
                    "timestamp": "VARCHAR",
                    "delayType": "VARCHAR",
                    "delayedRecipients": [{"emailAddress": "VARCHAR"}]
                },
                "bounce": {
                    "timestamp": "VARCHAR",
                    "bounceType": "VARCHAR",
                    "bounceSubType": "VARCHAR",
                    "bouncedRecipients": [{"emailAddress": "VARCHAR"}]
                },
                "complaint": {
                    "timestamp": "VARCHAR",
                    "complaintSubType": "VARCHAR",
                    "complaintFeedbackType": "VARCHAR",
                    "complainedRecipients": [{"emailAddress": "VARCHAR"}]
                },
                "open": {"timestamp": "VARCHAR", "userAgent": "VARCHAR"},
                "click": {"timestamp": "VARCHAR", "userAgent": "VARCHAR", "link": "VARCHAR"},
                "subscription": {
                    "timestamp": "VARCHAR",
                    "newTopicPreferences": {
                        "unsubscribeAll": "VARCHAR",
                        "topicSubscriptionStatus": [{"topicName": "VARCHAR", "subscriptionStatus": "VARCHAR"}]
                    },
                    "oldTopicPreferences": {
                        "unsubscribeAll": "VARCHAR",
                        "topicSubscriptionStatus": [{"topicName": "VARCHAR", "subscriptionStatus": "VARCHAR"}]
                    }
                }
            }'
        ) as told
    from unwrapped_records
),

named_mails as (
    select
        record_no,
        published,
        is_notice,
        told,
        nullif(trim(coalesce(told."eventType", told."notificationType")), '') as vendor_event,
        nullif(replace(lower(coalesce(told."eventType", told."notificationType")), ' ', ''), '') as word,
        json_transform(
            told.mail.tags,
            '{
                "campaign": ["VARCHAR"],
                "campaign_name": ["VARCHAR"],
                "campaign_id": ["VARCHAR"],
                "order_id": ["VARCHAR"]
            }'
        ) as tags,
        is_service_mail(json_extract_string(told.mail.tags, '$.*[*]')) as is_service,
        coalesce(truth_of(told.subscription."newTopicPreferences"."unsubscribeAll"), false)
        or coalesce(
            list_bool_and(
                list_transform(
                    told.subscription."newTopicPreferences"."topicSubscriptionStatus",
                    lambda topic: coalesce(lower(topic."subscriptionStatus") = 'optout', false)
                )
            ),
            false
        ) as has_left_all,
        not coalesce(truth_of(told.subscription."oldTopicPreferences"."unsubscribeAll"), false)
        and coalesce(
            list_has_any(
                list_transform(
                    list_filter(
                        told.subscription."newTopicPreferences"."topicSubscriptionStatus",
                        lambda topic: lower(topic."subscriptionStatus") = 'optout'
                    ),
                    lambda topic: topic."topicName"
                ),
                list_transform(
                    list_filter(
                        told.subscription."oldTopicPreferences"."topicSubscriptionStatus",
                        lambda topic: lower(topic."subscriptionStatus") = 'optin'
                    ),
                    lambda topic: topic."topicName"
                )
            ),
            false
        ) as has_left_one
    from parsed_records
),

addressed_mails as (
    select
        *,
        -- A reader may stand with a name before the address, in any case, and twice.
        list_distinct(
            list_transform(
                told.mail.destination,
                lambda reader: nullif(lower(trim(regexp_replace(reader, '^.*<([^<>]+)>.*$', '\1'))), '')
            )
        ) as destinations,
        list_distinct(
            list_transform(
                case word
                    when 'delivery' then told.delivery.recipients
                    when 'deliverydelay'
                        then list_transform(
                            told."deliveryDelay"."delayedRecipients", lambda reader: reader."emailAddress"
                        )
                    when 'bounce'
                        then list_transform(
                            told.bounce."bouncedRecipients", lambda reader: reader."emailAddress"
                        )
                    when 'complaint'
                        then list_transform(
                            told.complaint."complainedRecipients", lambda reader: reader."emailAddress"
                        )
                    when 'send' then told.mail.destination
                    when 'reject' then told.mail.destination
                    when 'renderingfailure' then told.mail.destination
                end,
                lambda reader: nullif(lower(trim(regexp_replace(reader, '^.*<([^<>]+)>.*$', '\1'))), '')
            )
        ) as listed_readers
    from named_mails
),

mail_events as (
    select
        *,
        case
            when word = 'send' then 'sent'
            when word = 'delivery' then 'delivered'
            when word in ('bounce', 'reject', 'renderingfailure', 'deliverydelay') then 'bounced'
            when word = 'complaint' and lower(told.complaint."complaintSubType") = 'onaccountsuppressionlist'
                then 'bounced'
            when word = 'open' then 'opened'
            when word = 'click' then 'clicked'
            when word = 'subscription' and (has_left_all or has_left_one) then 'unsubscribed'
            -- A provider's report may also say that a mail is no spam.
            when
                word = 'complaint' and coalesce(lower(told.complaint."complaintFeedbackType") <> 'not-spam', true)
                then 'complained'
        end as kind,
        case word
            when 'delivery' then told.delivery.timestamp
            when 'deliverydelay' then told."deliveryDelay".timestamp
            when 'bounce' then told.bounce.timestamp
            when 'complaint' then told.complaint.timestamp
            when 'open' then told.open.timestamp
            when 'click' then told.click.timestamp
            when 'subscription' then told.subscription.timestamp
            else told.mail.timestamp
        end as moment,
        coalesce(told.open."userAgent", told.click."userAgent") as agent,
        case
            when len(listed_readers) > 0 then listed_readers
            when len(destinations) = 1 and word <> 'received' then destinations
            else [null]
        end as readers
    from addressed_mails
),

told_readers as (
    select
        *,
        parse_time(moment, 'UTC') as occurred_at,
        unnest(readers) as email
    from mail_events
)

select
    record_no,
    case when vendor_event is null and not is_notice then 'unknown_event_shape' end as reject_reason,
    not is_notice
    and coalesce(word not in ('received', 'amazonsnssubscriptionsucceeded'), true)
    and not coalesce(email is null and len(destinations) > 1, false) as is_touch,
    if(
        occurred_at is null,
        null,
        told.mail."messageId" || '/' || word || '/' || epoch_ms(occurred_at) || coalesce('/' || email, '')
        || coalesce('/' || told.click.link, '')
    ) as native_id,
    occurred_at,
    text_precision(moment) as time_precision,
    parse_time(published, 'UTC') as received_at,
    coalesce(
        mail_event(kind, is_service), if(word = 'complaint', 'email_not_spam', 'email_' || word)
    ) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    device_type_of(agent) as device_type,
    email,
    if(len(destinations) = 1, known(tags.order_id[1]), null) as order_id,
    coalesce(known(tags.campaign[1]), known(tags.campaign_name[1]), known(tags.campaign_id[1])) as campaign,
    told.click.link as page_url,
    if(email is null or (word = 'subscription' and not has_left_all), null, mail_consent(kind)) as consent_email,
    if(kind in ('opened', 'clicked'), is_mail_machine(agent), null) as is_machine,
    ends_with(email, '@simulator.amazonses.com') as is_test,
    case word
        when 'bounce' then told.bounce."bounceType" || '/' || told.bounce."bounceSubType"
        when 'deliverydelay' then told."deliveryDelay"."delayType"
        when 'complaint' then if(kind = 'bounced', told.complaint."complaintSubType", null)
        when 'reject' then vendor_event
        when 'renderingfailure' then vendor_event
    end as bounce
from told_readers
