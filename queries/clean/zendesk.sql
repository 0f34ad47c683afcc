-- records: json $.tickets $.users $.satisfaction_ratings $.calls $.results
-- One row per ticket, per answered satisfaction rating, per call and per user of Zendesk.
--
-- Source: `records`, objects of Zendesk's API or its pages. A ticket with a rating gives two rows; what
-- people wrote is not kept. A ticket is a complaint if it is of the type 'problem' or tagged as one.
-- Whoever asked is who was touched, also where an agent wrote the ticket down. A ticket that was merged
-- into another or deleted touches nobody, and neither does a call out that nobody took.
-- Zendesk's numbers of users stand behind 'zendesk:', for no other tool counts alike. The number of a call
-- is the company's own line, and not kept. A rating without a time has that of its ticket's last change.
-- A rating with a number is an object of its own, in its ticket too, for it is told by itself as well: were it the
-- ticket's, a newer telling of the rating would take the ticket's place. One without a number is the ticket's.
with parsed_records as (
    select
        record_no,
        json_transform(
            record,
            '{
                "id": "VARCHAR",
                "created_at": "VARCHAR",
                "updated_at": "VARCHAR",
                "requester_id": "VARCHAR",
                "requester_email": "VARCHAR",
                "requester": {"email": "VARCHAR", "external_id": "VARCHAR"},
                "submitter_id": "VARCHAR",
                "subject": "VARCHAR",
                "type": "VARCHAR",
                "status": "VARCHAR",
                "priority": "VARCHAR",
                "tags": "VARCHAR",
                "via": {"channel": "VARCHAR"},
                "external_id": "VARCHAR",
                "satisfaction_rating": {
                    "id": "VARCHAR",
                    "score": "VARCHAR",
                    "created_at": "VARCHAR",
                    "updated_at": "VARCHAR"
                },
                "ticket_id": "VARCHAR",
                "score": "VARCHAR",
                "role": "VARCHAR",
                "email": "VARCHAR",
                "phone": "VARCHAR",
                "shared_phone_number": "VARCHAR",
                "direction": "VARCHAR",
                "customer_id": "VARCHAR",
                "completion_status": "VARCHAR",
                "duration": "VARCHAR"
            }'
        ) as told
    from records
),

sorted_records as (
    select
        record_no,
        told,
        case
            when told.ticket_id is not null and told.score is not null then 'rating'
            when told.direction in ('inbound', 'outbound') then 'call'
            when told.requester_id is not null or told.status is not null or told.subject is not null
                then 'ticket'
            when told.role is not null or told.email is not null then 'user'
        end as kind,
        -- Tags are a list, or stand side by side in one text.
        case
            when starts_with(told.tags, '[') and json_valid(told.tags)
                then from_json(lower(told.tags), '["VARCHAR"]')
            else regexp_split_to_array(lower(told.tags), '[ ,]+')
        end as tags
    from parsed_records
),

touches as (
    select
        record_no,
        told,
        kind as record_kind,
        coalesce(tags, []) as tags,
        unnest(
            if(
                kind = 'ticket'
                and (
                    regexp_matches(told.satisfaction_rating.score, '^(good|bad)')
                    or nullif(told.satisfaction_rating.id, '') is not null
                ),
                ['ticket', 'rating'],
                [kind]
            )
        ) as kind
    from sorted_records
),

rated_touches as (
    select
        *,
        lower(
            regexp_extract(
                if(record_kind = 'rating', told.score, told.satisfaction_rating.score), '^(good|bad)', 1
            )
        ) as satisfaction,
        case
            when kind <> 'rating' then told.created_at
            when record_kind = 'rating' then coalesce(told.updated_at, told.created_at)
            else coalesce(
                told.satisfaction_rating.updated_at, told.satisfaction_rating.created_at, told.updated_at
            )
        end as moment,
        nullif(told.satisfaction_rating.id, '') as rating_id,
        if(kind = 'user', told.id, coalesce(told.requester_id, told.customer_id)) as zendesk_id
    from touches
)

select
    record_no,
    case when kind is null then 'unknown_event_shape' end as reject_reason,
    case kind
        when 'ticket'
            then not list_contains(tags, 'closed_by_merge') and coalesce(told.status <> 'deleted', true)
        -- A rating that was only offered is none.
        when 'rating' then satisfaction <> ''
        when 'call'
            then told.direction = 'inbound' or coalesce(told.completion_status = 'completed', true)
        -- Agents are colleagues.
        when 'user' then coalesce(told.role = 'end-user', true)
    end as is_touch,
    case kind
        when 'ticket' then 'ticket/' || told.id
        when 'call' then 'call/' || told.id
        when 'user' then 'user/' || told.id
        when 'rating'
            then if(
                record_kind = 'rating',
                'ticket/' || told.ticket_id || '/rating/' || told.id,
                'ticket/' || told.id || '/rating' || coalesce('/' || rating_id, '')
            )
    end as native_id,
    case
        when kind = 'rating' and record_kind = 'rating' then 'ticket/' || told.ticket_id || '/rating/' || told.id
        when kind = 'rating' and rating_id is not null then 'ticket/' || told.id || '/rating/' || rating_id
        when kind = 'rating' then 'ticket/' || told.id
        else kind || '/' || told.id
    end as object_id,
    parse_time(moment, getvariable('timezone')::varchar) as occurred_at,
    text_precision(moment) as time_precision,
    clock_doubt(moment, getvariable('timezone')::varchar) as clock_doubt,
    parse_time(told.updated_at, getvariable('timezone')::varchar) as updated_at,
    case kind
        when 'ticket'
            then if(
                told.type = 'problem'
                or list_has_any(tags, ['complaint', 'complaints', 'reclamo', 'reclamos', 'queja', 'quejas']),
                'complaint',
                'support_contact'
            )
        when 'rating' then 'survey_response'
        when 'call' then 'support_contact'
        when 'user' then 'identify'
    end as event,
    known(if(kind = 'user', told.external_id, told.requester.external_id)) as user_id,
    nullif(
        trim(if(kind = 'user', told.email, coalesce(told.requester.email, told.requester_email))), ''
    ) as email,
    -- A line that several share names none of them.
    if(kind = 'user' and not coalesce(truth_of(told.shared_phone_number), false), known(told.phone), null)
        as phone,
    'zendesk:' || zendesk_id as shop_customer_id,
    if(
        record_kind = 'ticket',
        nullif(
            regexp_extract(
                told.external_id, '(?i)^\s*(?:order|pedido|orden)(?:[ _-]?id)?\s*[:/#_ -]\s*(\S.*?)\s*$', 1
            ),
            ''
        ),
        null
    ) as order_id,
    case when kind = 'rating' then case satisfaction when 'good' then 5.0 when 'bad' then 1.0 end end as rating,
    case kind when 'ticket' then told.via.channel when 'call' then 'voice' end as via,
    if(kind = 'ticket', told.type, null) as ticket_type,
    if(kind = 'ticket', told.priority, null) as priority,
    if(kind = 'ticket', told.submitter_id <> told.requester_id, null) as is_written_by_agent,
    if(kind = 'rating', nullif(satisfaction, ''), null) as satisfaction,
    if(kind = 'call', told.direction, null) as direction,
    if(kind = 'call', try_cast(told.duration as integer), null) as seconds
from rated_touches
