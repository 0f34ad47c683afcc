-- records: json $.emails $.unsubscribes $.members $.abuse_reports
-- One row per touch of a campaign, per sign-up or leaving, and per tie of an address that Mailchimp tells of.
--
-- Source: `records`, of the API (a reader's activities in a list, openings, unsubscribes, complaints, members), of a
-- table with a row an activity, or of the webhooks, whose fields may stand as data[email] beside each other.
-- Times without a zone are UTC. Nothing has an id: a touch is its campaign or list, member, word, second and link.
-- Mailchimp's number of a member is the MD5 of the address, so an address gives it; it is put behind 'mailchimp:'.
-- Whoever changes the address keeps the old number once, which ties the new address to it.
-- A member signed up if a form was filled in; one that was imported is only tied. A member's present
-- state has no history: leaving is at the last change. Reasons that people write are not kept.
-- Activities do not tell machines from people; the details of openings do.
with flat_records as (
    select
        record_no,
        if(
            contains(record, '"data[') or contains(record, '"data.') or contains(record, '"data_'),
            regexp_replace(record, '"data[\[._](\w+)\]?"\s*:', '"\1":', 'g'),
            record
        ) as record
    from records
),

parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "type": "VARCHAR",
                "fired_at": "VARCHAR",
                "data": {
                    "list_id": "VARCHAR",
                    "campaign_id": "VARCHAR",
                    "email": "VARCHAR",
                    "old_email": "VARCHAR",
                    "new_email": "VARCHAR",
                    "reason": "VARCHAR"
                },
                "list_id": "VARCHAR",
                "campaign_id": "VARCHAR",
                "campaign_title": "VARCHAR",
                "title": "VARCHAR",
                "email": "VARCHAR",
                "email_address": "VARCHAR",
                "old_email": "VARCHAR",
                "new_email": "VARCHAR",
                "email_id": "VARCHAR",
                "member_id": "VARCHAR",
                "id": "VARCHAR",
                "reason": "VARCHAR",
                "action": "VARCHAR",
                "timestamp": "VARCHAR",
                "url": "VARCHAR",
                "bounce_type": "VARCHAR",
                "activity": [{
                    "action": "VARCHAR",
                    "timestamp": "VARCHAR",
                    "url": "VARCHAR",
                    "type": "VARCHAR",
                    "campaign_id": "VARCHAR",
                    "title": "VARCHAR"
                }],
                "opens": [{"timestamp": "VARCHAR", "is_proxy_open": "VARCHAR"}],
                "date": "VARCHAR",
                "status": "VARCHAR",
                "timestamp_signup": "VARCHAR",
                "timestamp_opt": "VARCHAR",
                "last_changed": "VARCHAR"
            }'
        ) as told
    from flat_records
),

shaped_records as (
    select
        record_no,
        told,
        case
            when told.fired_at is not null then 'webhook'
            when told.activity is not null then 'activities'
            when told.opens is not null then 'openings'
            when told.action is not null then 'activity'
            when
                told.status in ('subscribed', 'unsubscribed', 'cleaned', 'pending', 'transactional', 'archived')
                then 'member'
            when told.date is not null and told.campaign_id is not null then 'complaint'
            when told.timestamp is not null and told.campaign_id is not null then 'unsubscribe'
        end as shape,
        nullif(
            trim(
                coalesce(
                    told.data.new_email, told.new_email, told.data.email, told.email_address, told.email
                )
            ),
            ''
        ) as email,
        nullif(trim(coalesce(told.data.old_email, told.old_email)), '') as old_email,
        coalesce(told.data.reason, told.reason) as reason,
        coalesce(told.data.list_id, told.list_id) as list_id,
        coalesce(told.data.campaign_id, told.campaign_id) as campaign_id,
        nullif(told.timestamp_signup, '') as signed_up,
        nullif(told.timestamp_opt, '') as opted_in
    from parsed_records
),

named_records as (
    select
        *,
        coalesce(
            case
                when shape = 'member' then told.id
                when shape <> 'webhook' then coalesce(told.email_id, told.member_id)
            end,
            md5(lower(coalesce(old_email, email)))
        ) as member_id,
        -- Whoever is put on the list as someone who left never opted in.
        coalesce(
            told.status <> 'transactional'
            and (
                told.status <> 'unsubscribed'
                or parse_time(opted_in, 'UTC') < parse_time(told.last_changed, 'UTC')
            ),
            false
        ) as is_opt_in
    from shaped_records
),

listed_touches as (
    select
        record_no,
        told,
        shape,
        email,
        list_id,
        campaign_id,
        member_id,
        case shape
            when 'activities'
                then list_transform(
                    told.activity,
                    lambda activity: {
                        'word': lower(activity.action),
                        'moment': activity.timestamp,
                        'link': activity.url,
                        'campaign_id': activity.campaign_id,
                        'title': activity.title,
                        'detail': activity.type,
                        'is_proxy': null::varchar,
                        'consent': null::varchar
                    }
                )
            when 'openings'
                then list_transform(
                    told.opens,
                    lambda opening: {
                        'word': 'open',
                        'moment': opening.timestamp,
                        'link': null::varchar,
                        'campaign_id': null::varchar,
                        'title': null::varchar,
                        'detail': null::varchar,
                        'is_proxy': opening.is_proxy_open,
                        'consent': null::varchar
                    }
                )
            when 'member'
                then list_filter(
                    [
                        {
                            'word': if(signed_up is null, 'identify', 'sign_up'),
                            'moment': coalesce(opted_in, signed_up),
                            'link': null::varchar,
                            'campaign_id': null::varchar,
                            'title': null::varchar,
                            'detail': null::varchar,
                            'is_proxy': null::varchar,
                            'consent': if(opted_in is not null and is_opt_in, 'granted', null)
                        },
                        {
                            'word': case told.status
                                when 'unsubscribed' then 'unsubscribe'
                                when 'cleaned' then 'bounce'
                                else 'profile'
                            end,
                            'moment': told.last_changed,
                            'link': null::varchar,
                            'campaign_id': null::varchar,
                            'title': null::varchar,
                            'detail': null::varchar,
                            'is_proxy': null::varchar,
                            'consent': null::varchar
                        }
                    ],
                    lambda touch: if(
                        touch.word in ('identify', 'sign_up'),
                        touch.moment is not null,
                        touch.word <> 'profile' or coalesce(opted_in, signed_up) is null
                    )
                )
            else [
                {
                    'word': case
                        when shape = 'complaint' then 'abuse'
                        when shape = 'unsubscribe' then 'unsubscribe'
                        when shape = 'activity' then lower(told.action)
                        when lower(told.type) in ('unsubscribe', 'cleaned') and reason = 'abuse' then 'abuse'
                        else lower(told.type)
                    end,
                    'moment': coalesce(told.fired_at, told.timestamp, told.date),
                    'link': told.url,
                    'campaign_id': null::varchar,
                    'title': null::varchar,
                    'detail': coalesce(
                        told.bounce_type,
                        if(shape = 'activity', told.type, null),
                        if(lower(told.type) = 'cleaned', reason, null)
                    ),
                    'is_proxy': null::varchar,
                    'consent': if(lower(told.type) = 'subscribe', 'granted', null)
                }
            ]
        end as touches
    from named_records
),

told_touches as (
    select
        * exclude (touches),
        unnest(if(len(touches) > 0, touches, [null])) as touch
    from listed_touches
),

mail_events as (
    select
        * exclude (campaign_id),
        nullif(trim(touch.word), '') as word,
        coalesce(touch.campaign_id, campaign_id) as campaign_id,
        known(coalesce(touch.title, told.campaign_title, told.title)) as campaign_title,
        parse_time(touch.moment, 'UTC') as occurred_at,
        case
            when touch.word = 'sent' then 'sent'
            when touch.word = 'open' then 'opened'
            when touch.word = 'click' then 'clicked'
            when touch.word in ('bounce', 'cleaned') then 'bounced'
            when touch.word in ('unsub', 'unsubscribe') then 'unsubscribed'
            when touch.word = 'abuse' then 'complained'
        end as kind,
        case
            when touch.word in ('subscribe', 'sign_up') then 'sign_up'
            when touch.word in ('profile', 'upemail', 'identify') then 'identify'
        end as list_event
    from told_touches
)

select
    record_no,
    case when shape is null or (word is null and touch is not null) then 'unknown_event_shape' end
        as reject_reason,
    touch is not null and coalesce(shape <> 'webhook' or word <> 'campaign', true) as is_touch,
    if(
        occurred_at is null,
        null,
        concat_ws(
            '/', coalesce(campaign_id, list_id), member_id, coalesce(list_event, kind, word),
            epoch_ms(occurred_at) // 1000, touch.link
        )
    ) as native_id,
    occurred_at,
    text_precision(touch.moment) as time_precision,
    coalesce(
        list_event, mail_event(kind, is_service_mail([campaign_id, campaign_title, list_id])), word
    ) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    email,
    'mailchimp:' || member_id as shop_customer_id,
    coalesce(campaign_title, known(campaign_id)) as campaign,
    if(kind = 'clicked', touch.link, null) as page_url,
    coalesce(touch.consent, mail_consent(kind)) as consent_email,
    if(kind = 'opened', truth_of(touch.is_proxy), null) as is_machine,
    known(list_id) as list_id,
    if(kind = 'bounced', known(touch.detail), null) as bounce
from mail_events
