-- records: json $.payments $.refunds $.events $.loyalty_accounts
-- One row per payment, refund, loyalty event or loyalty account of Square.
--
-- Source: `records`, the objects of the API: elements of its pages, {"payment": …} and the like alone, or the
-- envelopes of its webhooks. Amounts are in the currency's smallest unit; times have a zone.
-- Payment: only COMPLETED is a purchase and FAILED a payment_error. APPROVED is money held that may yet be let
-- go (CANCELED), and what was once a purchase would stay one: so it touches nobody, like PENDING and CANCELED, and
-- the later version of the same id makes it a touch. Refund: likewise, only COMPLETED.
-- The amount is total_money, what the customer paid with the tip, for a refund gives the tip back too.
-- A payment is its own order. Several people may pay one bill, or one in two ways: Square's order_id would make
-- one person of those, and count one payment of these. A refund names its payment.
-- A till without a connection uploads hours or days later: then the touch is of the till's own time, and
-- created_at is when Square received it. Points that Square or an employee took or corrected touch nobody; for
-- what a customer did with them we have no word, so it keeps Square's and is unmapped later.
-- A sale by Square's tills, by a card that was there or in cash is of the store, one by its web shop of the web,
-- another of the source's channel.
with parsed_records as (
    select
        record_no,
        record,
        json_transform(
            record,
            '{
                "data": {"object": {
                    "payment": "JSON", "refund": "JSON", "loyalty_event": "JSON", "loyalty_account": "JSON"
                }},
                "payment": "JSON",
                "refund": "JSON",
                "loyalty_event": "JSON",
                "loyalty_account": "JSON"
            }'
        ) as envelope
    from records
),

bare_objects as (
    select
        record_no,
        json_transform(
            coalesce(
                envelope.data.object.payment,
                envelope.data.object.refund,
                envelope.data.object.loyalty_event,
                envelope.data.object.loyalty_account,
                envelope.payment,
                envelope.refund,
                envelope.loyalty_event,
                envelope.loyalty_account,
                record::json
            ),
            '{
                "id": "VARCHAR",
                "type": "VARCHAR",
                "status": "VARCHAR",
                "created_at": "VARCHAR",
                "updated_at": "VARCHAR",
                "enrolled_at": "VARCHAR",
                "location_id": "VARCHAR",
                "customer_id": "VARCHAR",
                "buyer_email_address": "VARCHAR",
                "total_money": {"amount": "VARCHAR", "currency": "VARCHAR"},
                "amount_money": {"amount": "VARCHAR", "currency": "VARCHAR"},
                "tip_money": {"amount": "VARCHAR", "currency": "VARCHAR"},
                "source_type": "VARCHAR",
                "offline_payment_details": {"client_created_at": "VARCHAR"},
                "application_details": {"square_product": "VARCHAR"},
                "card_details": {"entry_method": "VARCHAR", "card": {"fingerprint": "VARCHAR"}},
                "payment_id": "VARCHAR",
                "unlinked": "VARCHAR",
                "destination_type": "VARCHAR",
                "destination_details": {"card_details": {"card": {"fingerprint": "VARCHAR"}}},
                "loyalty_account_id": "VARCHAR",
                "program_id": "VARCHAR",
                "mappings": [{"type": "VARCHAR", "value": "VARCHAR", "phone_number": "VARCHAR"}]
            }'
        ) as told
    from parsed_records
),

known_objects as (
    select
        record_no,
        told,
        upper(told.status) as status,
        case
            when told.loyalty_account_id is not null and told.type is not null then 'loyalty_event'
            when told.program_id is not null and told.id is not null then 'loyalty_account'
            when told.status is null or told.amount_money is null and told.total_money is null then null
            when told.payment_id is not null or told.unlinked is not null or told.destination_type is not null
                then 'refund'
            else 'payment'
        end as kind,
        coalesce(told.total_money.amount, told.amount_money.amount) as amount,
        coalesce(
            known(told.total_money.currency),
            known(told.amount_money.currency),
            getvariable('currency')::varchar
        ) as currency,
        upper(told.application_details.square_product) as square_product,
        known(told.offline_payment_details.client_created_at) as till_time
    from bare_objects
),

objects_with_events as (
    select
        *,
        case
            when kind = 'payment' and status = 'COMPLETED' then 'purchase'
            when kind = 'payment' and status = 'FAILED' then 'payment_error'
            when kind = 'refund' and status = 'COMPLETED' then 'refund'
            when
                kind = 'loyalty_event'
                and upper(told.type) in (
                    'ACCUMULATE_POINTS', 'ACCUMULATE_PROMOTION_POINTS', 'CREATE_REWARD', 'REDEEM_REWARD'
                )
                then lower(told.type)
            -- An account may be made long before its owner joins.
            when kind = 'loyalty_account' and told.enrolled_at is not null then 'loyalty_join'
            when kind = 'loyalty_account' then 'identify'
        end as event,
        case
            when kind = 'payment' then coalesce(till_time, told.created_at)
            when kind = 'loyalty_account' then coalesce(told.enrolled_at, told.created_at)
            else told.created_at
        end as told_at,
        minor_units(amount, currency) as paid
    from known_objects
)

select
    record_no,
    case
        when kind is null then 'unknown_event_shape'
        when event in ('purchase', 'refund') and amount is not null and paid is null then 'not_a_number'
    end as reject_reason,
    event is not null as is_touch,
    told.id as native_id,
    kind || '/' || told.id as object_id,
    parse_time(told.updated_at, 'UTC') as updated_at,
    parse_time(told_at, 'UTC') as occurred_at,
    text_precision(told_at) as time_precision,
    if(kind = 'payment' and till_time is not null, parse_time(told.created_at, 'UTC'), null) as received_at,
    event,
    case
        when
            square_product in ('SQUARE_POS', 'RETAIL', 'RESTAURANTS', 'TERMINAL_API')
            or told.card_details.entry_method in ('EMV', 'SWIPED', 'CONTACTLESS')
            or told.source_type = 'CASH'
            then 'store'
        when square_product in ('ONLINE_STORE', 'ECOMMERCE_API') then 'web'
        else getvariable('channel')::varchar
    end as channel,
    known(told.buyer_email_address) as email,
    list_filter(
        list_transform(
            told.mappings,
            lambda mapping: coalesce(mapping.phone_number, if(mapping.type = 'PHONE', mapping.value, null))
        ),
        lambda phone: phone is not null
    )[1] as phone,
    case kind when 'loyalty_event' then told.loyalty_account_id when 'loyalty_account' then told.id end as loyalty_id,
    known(told.customer_id) as shop_customer_id,
    case kind when 'payment' then told.id when 'refund' then told.payment_id end as order_id,
    coalesce(
        told.card_details.card.fingerprint, told.destination_details.card_details.card.fingerprint
    ) as device_id,
    case event when 'purchase' then paid when 'refund' then -abs(paid) end as value,
    if(event in ('purchase', 'refund'), currency, null) as currency,
    told.location_id as store_id,
    told.source_type as payment_type,
    minor_units(told.tip_money.amount, currency) as tip,
    status
from objects_with_events
