-- records: json $.mandrill_events
-- One row per event that a webhook of Mandrill told of a mail, and per opening or click before it.
--
-- Source: `records`, one JSON object an event. Its _id is that of the mail: an event is its mail, word, second
-- and link together. With an event comes what happened to the mail before, in msg.opens and msg.clicks, for a
-- shop may have asked for clicks only: such a touch is told where nothing in the file tells it as an event.
-- Mandrill tells an event as it happens, so that its time is that of receipt too. The history is received
-- later and knows less of the reader's program, so the event itself stands, whichever came first.
-- Mandrill is made for transactional mail: where the source's `transactional` is unset or empty, all of it is
-- service; where it names some, only that is.
-- Each reader has a mail and an _id of their own, but the metadata is mostly that of the call, the same for all
-- who get a copy: the order in it would make them one person.
-- A received mail is addressed to the shop, so it names nobody and touches nobody.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "event": "VARCHAR",
                "type": "VARCHAR",
                "action": "VARCHAR",
                "ts": "VARCHAR",
                "_id": "VARCHAR",
                "url": "VARCHAR",
                "user_agent": "VARCHAR",
                "user_agent_parsed": {"type": "VARCHAR", "mobile": "VARCHAR"},
                "msg": {
                    "_id": "VARCHAR",
                    "email": "VARCHAR",
                    "tags": ["VARCHAR"],
                    "template": "VARCHAR",
                    "subaccount": "VARCHAR",
                    "bounce_description": "VARCHAR",
                    "opens": [{"ts": "VARCHAR", "ua": "VARCHAR"}],
                    "clicks": [{"ts": "VARCHAR", "url": "VARCHAR", "ua": "VARCHAR"}]
                },
                "reject": {"email": "VARCHAR", "reason": "VARCHAR"}
            }'
        ) as told
    from records
),

named_mails as (
    select
        record_no,
        told,
        lower(nullif(trim(told.event), '')) as vendor_event,
        told.event is null and told.type is not null as is_list_change,
        coalesce(told.msg._id, told._id) as message_id,
        if(
            coalesce(len(getvariable('transactional')::varchar[]), 0) = 0,
            true,
            is_service_mail(list_concat(told.msg.tags, [told.msg.template, told.msg.subaccount]))
        ) as is_service
    from parsed_records
),

listed_touches as (
    select
        record_no,
        told,
        is_list_change,
        message_id,
        is_service,
        list_concat(
            [
                {
                    'is_event': true,
                    'word': if(
                        is_list_change
                        and lower(told.type) in ('blacklist', 'denylist')
                        and told.action = 'add'
                        and told.reject.reason in ('unsub', 'spam'),
                        told.reject.reason,
                        vendor_event
                    ),
                    'moment': told.ts,
                    'link': told.url,
                    'agent': told.user_agent
                }
            ],
            list_transform(
                list_filter(told.msg.opens, lambda opening: epoch_time(opening.ts, 's') is not null),
                lambda opening: {
                    'is_event': false,
                    'word': 'open',
                    'moment': opening.ts,
                    'link': null::varchar,
                    'agent': opening.ua
                }
            ),
            list_transform(
                list_filter(told.msg.clicks, lambda click: epoch_time(click.ts, 's') is not null),
                lambda click: {
                    'is_event': false,
                    'word': 'click',
                    'moment': click.ts,
                    'link': click.url,
                    'agent': click.ua
                }
            )
        ) as touches
    from named_mails
),

told_touches as (
    select
        * exclude (touches),
        unnest(touches) as touch
    from listed_touches
),

mail_events as (
    select
        *,
        touch.is_event as is_event,
        touch.word as word,
        touch.link as link,
        touch.agent as agent,
        epoch_time(touch.moment, 's') as occurred_at,
        nullif(trim(coalesce(told.msg.email, told.reject.email)), '') as email,
        case
            when touch.word = 'send' then 'sent'
            when touch.word = 'delivered' then 'delivered'
            when touch.word in ('hard_bounce', 'soft_bounce', 'deferral', 'reject') then 'bounced'
            when touch.word = 'open' then 'opened'
            when touch.word = 'click' then 'clicked'
            when touch.word = 'unsub' then 'unsubscribed'
            when touch.word = 'spam' then 'complained'
        end as kind,
        coalesce(message_id, 'list/' || lower(trim(told.reject.email))) || '/' || touch.word || '/' || touch.moment
        || coalesce('/' || touch.link, '') as native_id
    from told_touches
),

-- Of a touch that only histories tell, the first telling.
told_once as (
    select *
    from mail_events
    qualify
        is_event
        or row_number() over (partition by native_id order by is_event desc, told.ts, record_no) = 1
)

select
    record_no,
    case when word is null and not is_list_change then 'unknown_event_shape' end as reject_reason,
    coalesce(word <> 'inbound', not is_list_change) as is_touch,
    native_id,
    occurred_at,
    's' as time_precision,
    epoch_time(told.ts, 's') as received_at,
    coalesce(mail_event(kind, is_service), word) as event,
    if(kind in ('opened', 'clicked'), 'email', null) as traffic,
    coalesce(
        device_type_of(agent),
        if(is_event and truth_of(told.user_agent_parsed.mobile), 'mobile', null)
    ) as device_type,
    if(word = 'inbound', null, email) as email,
    coalesce(known(told.msg.tags[1]), known(told.msg.template)) as campaign,
    if(kind = 'clicked', link, null) as page_url,
    mail_consent(kind) as consent_email,
    case
        when kind in ('opened', 'clicked')
            then list_bool_or(
                [is_mail_machine(agent), if(is_event, lower(told.user_agent_parsed.type) = 'robot', null)]
            )
    end as is_machine,
    known(told.msg.template) as template,
    if(kind = 'bounced', coalesce(told.msg.bounce_description, word), null) as bounce
from told_once
