-- One row per event of a table of one's own, whose columns [sources.columns] gave our names.
--
-- Source: `records`, of text (CSV, JSON) or typed (Parquet); only occurred_at must be there. Columns
-- that the source does not name are left out, for nobody said what is in them; the one named as props
-- is kept as it is. A time is what time_unit or time_format declares, else what it looks like.
-- What addresses tell of campaigns and clicks is left to the loader, and how a visit came to the rules,
-- unless a column says it.
-- Absent columns are null without a type, so that a typed one keeps its own and is not turned to text.
-- Times are read before: to plan how each of three may be spelled takes longer than to load a small file.
with clocked_records as (
    select
        occurred_at,
        -- For a pattern of columns has to find one.
        null as no_id,
        * exclude (occurred_at)
    from records
),

timed_records as (
    select
        columns(
            lambda name: name not in (
                'updated_at', 'occurred_at', 'received_at', 'time_precision', 'clock_doubt'
            )
            and not regexp_full_match(
                name, '((no|native|user|loyalty|order|shop_customer|anonymous|device|network_user)_id|phone)'
            )
        ),
        plain_id(
            columns('^((no|native|user|loyalty|order|shop_customer|anonymous|device|network_user)_id|phone)$')
        ) as '\0',
        any_time(
            columns('^(updated_at|occurred_at|received_at)$'),
            getvariable('time_unit')::varchar,
            getvariable('time_format')::varchar,
            getvariable('timezone')::varchar
        ) as '\1',
        any_precision(
            occurred_at,
            getvariable('time_unit')::varchar,
            getvariable('time_format')::varchar
        ) as time_precision,
        any_clock_doubt(
            occurred_at,
            getvariable('time_unit')::varchar,
            getvariable('time_format')::varchar,
            getvariable('timezone')::varchar
        ) as clock_doubt
    from clocked_records
),

named_records as (
    (
        select
            null as native_id,
            null as updated_at,
            null as received_at,
            null as source_seq,
            null as event,
            null as channel,
            null as traffic,
            null as user_id,
            null as email,
            null as phone,
            null as loyalty_id,
            null as order_id,
            null as shop_customer_id,
            null as anonymous_id,
            null as device_id,
            null as network_user_id,
            null as click_id,
            null as click_id_type,
            null as session_id,
            null as object_id,
            null as utm_source,
            null as utm_medium,
            null as utm_campaign,
            null as utm_term,
            null as utm_content,
            null as campaign,
            null as page_url,
            null as referrer,
            null as device_type,
            null as value,
            null as currency,
            null as product,
            null as rating,
            null as score,
            null as consent_analytics,
            null as consent_ads,
            null as consent_email,
            null as is_machine,
            null as is_test,
            null as is_bot,
            null as props
        where false
    )
    union all by name
    select * from timed_records
),

typed_events as (
    select
        record_no,
        native_id::varchar as native_id,
        updated_at::timestamptz as updated_at,
        occurred_at,
        time_precision,
        clock_doubt,
        received_at::timestamptz as received_at,
        try_cast(source_seq as bigint) as source_seq,
        coalesce(nullif(trim(event::varchar), ''), getvariable('event_is')::varchar) as event,
        coalesce(known(channel::varchar), getvariable('channel')::varchar) as channel,
        known(traffic::varchar) as traffic,
        user_id::varchar as user_id,
        email::varchar as email,
        phone::varchar as phone,
        loyalty_id::varchar as loyalty_id,
        order_id::varchar as order_id,
        shop_customer_id::varchar as shop_customer_id,
        anonymous_id::varchar as anonymous_id,
        device_id::varchar as device_id,
        network_user_id::varchar as network_user_id,
        click_id::varchar as click_id,
        click_id_type::varchar as click_id_type,
        session_id::varchar as session_id,
        object_id::varchar as object_id,
        known(utm_source::varchar) as utm_source,
        known(utm_medium::varchar) as utm_medium,
        known(utm_campaign::varchar) as utm_campaign,
        known(utm_term::varchar) as utm_term,
        known(utm_content::varchar) as utm_content,
        known(campaign::varchar) as campaign,
        page_url::varchar as page_url,
        referrer::varchar as referrer,
        device_type::varchar as device_type,
        try_cast(value as decimal(18, 4)) as value,
        known(currency::varchar) as currency,
        product::varchar as product,
        try_cast(rating as double) as rating,
        try_cast(score as double) as score,
        consent_of(consent_analytics::varchar) as consent_analytics,
        consent_of(consent_ads::varchar) as consent_ads,
        consent_of(consent_email::varchar) as consent_email,
        truth_of(is_machine::varchar) as is_machine,
        truth_of(is_test::varchar) as is_test,
        truth_of(is_bot::varchar) as is_bot,
        if(typeof(props) in ('VARCHAR', '"NULL"'), props::varchar, to_json(props)::varchar) as props,
        (value is not null and try_cast(value as decimal(18, 4)) is null)
        or (rating is not null and try_cast(rating as double) is null)
        or (score is not null and try_cast(score as double) is null) as has_no_number
    from named_records
)

select
    record_no,
    case
        when event is null then 'unknown_event_shape'
        when has_no_number then 'not_a_number'
    end as reject_reason,
    native_id,
    updated_at,
    occurred_at,
    time_precision,
    clock_doubt,
    received_at,
    source_seq,
    event,
    channel,
    traffic,
    user_id,
    email,
    phone,
    loyalty_id,
    order_id,
    shop_customer_id,
    anonymous_id,
    device_id,
    network_user_id,
    click_id,
    click_id_type,
    session_id,
    object_id,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
    coalesce(campaign, utm_campaign) as campaign,
    page_url,
    referrer,
    device_type,
    value,
    if(value is null, null, coalesce(currency, getvariable('currency')::varchar)) as currency,
    product,
    rating,
    score,
    consent_analytics,
    consent_ads,
    consent_email,
    is_machine,
    is_test,
    is_bot,
    props
from typed_events
