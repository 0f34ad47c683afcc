-- records: json $.orders $.checkouts
-- One row per touch that an order of Shopify's REST API tells of, or an abandoned checkout; an order gives several.
--
-- Source: `records`, one JSON object an order or checkout: a line of a file, an element of a page of the API,
-- the body of a webhook, or {"order": …} and {"checkout": …}. Money may be text or number.
-- An order is a purchase when it was processed (an imported one was created later), at what the customer was to
-- pay: total_price, with shipping, taxes and tips, in the shop's currency. For money goes back with them: an order
-- that is refunded whole must come to nothing, and its subtotal would come to less. current_total_price will not
-- do either: refunds are taken off it already, and are touches of their own. What it is made of is in props.
-- A refund is the money that went back, of its own date; one without any transaction (an unpaid line taken off) is
-- the lines, and one whose transactions failed or are pending is none yet. Money in the buyer's currency is turned
-- at the order's own rate. A cancelled order earns nothing: the cancellation takes off what its refunds do not,
-- unless the shop keeps the rest (partially_refunded).
-- Unpaid orders are purchases, for the decision is made.
-- An order that a subscription placed by itself is a renewal.
-- A delivery is of the moment at which the shipment's status changed last, for Shopify tells no other.
-- Whether mails are welcome is dated by its own change (a row `identify`), for an order tells what was known
-- when it was exported; 'not_subscribed' and 'pending' are no answer.
-- An order is known by its name (#1001), which customers, mails and the CSV export call it.
with parsed_records as (
    select
        record_no,
        json_transform(
            case
                when json_type(record, '$.order') = 'OBJECT' then json_extract(record, '$.order')
                when json_type(record, '$.checkout') = 'OBJECT' then json_extract(record, '$.checkout')
                else record::json
            end,
            '{
                "id": "VARCHAR",
                "name": "VARCHAR",
                "email": "VARCHAR",
                "contact_email": "VARCHAR",
                "phone": "VARCHAR",
                "customer": {
                    "id": "VARCHAR",
                    "email": "VARCHAR",
                    "phone": "VARCHAR",
                    "email_marketing_consent": {"state": "VARCHAR", "consent_updated_at": "VARCHAR"}
                },
                "buyer_accepts_marketing": "VARCHAR",
                "created_at": "VARCHAR",
                "processed_at": "VARCHAR",
                "updated_at": "VARCHAR",
                "cancelled_at": "VARCHAR",
                "cancel_reason": "VARCHAR",
                "financial_status": "VARCHAR",
                "test": "VARCHAR",
                "source_name": "VARCHAR",
                "landing_site": "VARCHAR",
                "referring_site": "VARCHAR",
                "order_status_url": "VARCHAR",
                "abandoned_checkout_url": "VARCHAR",
                "client_details": {"user_agent": "VARCHAR"},
                "currency": "VARCHAR",
                "taxes_included": "VARCHAR",
                "total_price": "VARCHAR",
                "subtotal_price": "VARCHAR",
                "total_tax": "VARCHAR",
                "total_discounts": "VARCHAR",
                "total_price_set": {
                    "shop_money": {"amount": "VARCHAR", "currency_code": "VARCHAR"},
                    "presentment_money": {"amount": "VARCHAR"}
                },
                "subtotal_price_set": {"shop_money": {"amount": "VARCHAR"}},
                "total_tax_set": {"shop_money": {"amount": "VARCHAR"}},
                "total_discounts_set": {"shop_money": {"amount": "VARCHAR"}},
                "total_shipping_price_set": {"shop_money": {"amount": "VARCHAR"}},
                "payment_gateway_names": ["VARCHAR"],
                "discount_codes": [{"code": "VARCHAR"}],
                "line_items": [{"title": "VARCHAR", "name": "VARCHAR"}],
                "fulfillments": [
                    {"id": "VARCHAR", "status": "VARCHAR", "shipment_status": "VARCHAR", "updated_at": "VARCHAR"}
                ],
                "refunds": [{
                    "id": "VARCHAR",
                    "created_at": "VARCHAR",
                    "processed_at": "VARCHAR",
                    "transactions": [
                        {"kind": "VARCHAR", "status": "VARCHAR", "amount": "VARCHAR", "currency": "VARCHAR"}
                    ],
                    "refund_line_items": [{
                        "subtotal": "VARCHAR",
                        "total_tax": "VARCHAR",
                        "subtotal_set": {"shop_money": {"amount": "VARCHAR"}},
                        "total_tax_set": {"shop_money": {"amount": "VARCHAR"}}
                    }]
                }]
            }'
        ) as sale
    from records
),

typed_sales as (
    select
        record_no,
        sale,
        coalesce(sale.total_price_set.shop_money.amount, sale.total_price) as total_text,
        coalesce(
            known(sale.total_price_set.shop_money.currency_code),
            known(sale.currency),
            getvariable('currency')::varchar
        ) as currency,
        -- What one unit of the buyer's money is in the shop's.
        try_cast(sale.total_price_set.shop_money.amount as decimal(18, 4))
        / nullif(try_cast(sale.total_price_set.presentment_money.amount as decimal(18, 4)), 0) as rate,
        case
            when sale.abandoned_checkout_url is not null then 'begin_checkout'
            when coalesce(sale.id, sale.name) is null then null
            when coalesce(sale.total_price_set.shop_money.amount, sale.total_price, sale.financial_status) is null
                then null
            when sale.source_name in ('subscription_contract', 'subscription_contract_checkout_one') then 'renewal'
            else 'purchase'
        end as event,
        coalesce(truth_of(sale.taxes_included), false) as has_taxes_inside
    from parsed_records
),

sales_with_refunds as (
    select
        *,
        try_cast(total_text as decimal(18, 4)) as total,
        list_transform(
            if(event in ('purchase', 'renewal'), coalesce(sale.refunds, []), []),
            lambda refund: {
                'id': refund.id,
                'told_at': coalesce(refund.processed_at, refund.created_at),
                'transactions': list_filter(
                    refund.transactions,
                    lambda paid: coalesce(paid.kind, 'refund') = 'refund'
                    and coalesce(lower(paid.status), 'success') = 'success'
                ),
                'has_transactions': len(refund.transactions) > 0,
                'lines': refund.refund_line_items
            }
        ) as refunds
    from typed_sales
),

sales_with_parts as (
    select
        * exclude (refunds),
        list_transform(
            refunds,
            lambda refund: {
                'id': refund.id,
                'told_at': refund.told_at,
                'parts': if(
                    refund.has_transactions,
                    list_transform(
                        refund.transactions,
                        lambda paid: if(
                            coalesce(upper(paid.currency), currency) = currency,
                            try_cast(paid.amount as decimal(18, 4)),
                            try_cast(round(try_cast(paid.amount as decimal(18, 4)) * rate, 4) as decimal(18, 4))
                        )
                    ),
                    list_transform(
                        refund.lines,
                        lambda line: try_cast(
                            coalesce(line.subtotal_set.shop_money.amount, line.subtotal, '0') as decimal(20, 4)
                        )
                        + if(
                            has_taxes_inside,
                            0,
                            try_cast(
                                coalesce(line.total_tax_set.shop_money.amount, line.total_tax, '0') as decimal(20, 4)
                            )
                        )
                    )
                )
            }
        ) as refunds
    from sales_with_refunds
),

sales_with_amounts as (
    select
        * exclude (refunds),
        -- A refund that neither gave money back nor took a line off is none.
        list_filter(
            list_transform(
                refunds,
                lambda refund: {
                    'id': refund.id,
                    'told_at': refund.told_at,
                    'has_no_number': len(refund.parts) > len(list_filter(refund.parts, lambda part: part is not null)),
                    'amount': try_cast(coalesce(list_sum(refund.parts), 0) as decimal(18, 4))
                }
            ),
            lambda refund: refund.has_no_number or refund.amount <> 0
        ) as refunds
    from sales_with_parts
),

judged_sales as (
    select
        *,
        case
            when event is null then 'unknown_event_shape'
            when total_text is not null and total is null then 'not_a_number'
            when len(list_filter(refunds, lambda refund: refund.has_no_number)) > 0 then 'not_a_number'
        end as reject_reason,
        parse_time(
            sale.customer.email_marketing_consent.consent_updated_at, getvariable('timezone')::varchar
        ) as consented_at,
        case lower(trim(sale.customer.email_marketing_consent.state))
            when 'subscribed' then 'granted'
            when 'unsubscribed' then 'denied'
        end as told_consent,
        coalesce(sale.id, sale.name) as sale_id
    from sales_with_amounts
),

-- The first of a sale's touches is the sale; of one that is refused no other is told.
listed_touches as (
    select
        record_no,
        reject_reason,
        event,
        sale_id,
        currency,
        told_consent,
        consented_at,
        parse_time(sale.updated_at, getvariable('timezone')::varchar) as updated_at,
        sale.source_name as source_name,
        known(sale.email) as email,
        known(sale.contact_email) as contact_email,
        known(sale.phone) as phone,
        sale.customer as customer,
        coalesce(known(sale.name), sale.id) as order_name,
        sale.landing_site as landing_site,
        host_of(coalesce(sale.order_status_url, sale.abandoned_checkout_url)) as own_host,
        known(sale.referring_site) as referring_site,
        sale.client_details.user_agent as user_agent,
        coalesce(known(sale.line_items[1].title), known(sale.line_items[1].name)) as product,
        truth_of(sale.buyer_accepts_marketing) as accepts_marketing,
        truth_of(sale.test) as is_test,
        {
            'subtotal': coalesce(sale.subtotal_price_set.shop_money.amount, sale.subtotal_price),
            'shipping': sale.total_shipping_price_set.shop_money.amount,
            'tax': coalesce(sale.total_tax_set.shop_money.amount, sale.total_tax),
            'discount': coalesce(sale.total_discounts_set.shop_money.amount, sale.total_discounts),
            'coupon': sale.discount_codes[1].code,
            'financial_status': sale.financial_status,
            'payment_type': sale.payment_gateway_names[1]
        } as parts,
        sale.cancel_reason as cancel_reason,
        [{
            'event': event,
            'native_id': if(event = 'begin_checkout', 'checkout/' || sale_id, sale_id),
            'told_at': if(event = 'begin_checkout', sale.created_at, coalesce(sale.processed_at, sale.created_at)),
            'value': total,
            'is_sale': true
        }]
        || if(
            reject_reason is not null,
            [],
            list_transform(
                refunds,
                lambda refund: {
                    'event': 'refund',
                    'native_id': sale_id || '/refund/' || coalesce(refund.id, refund.told_at),
                    'told_at': refund.told_at,
                    'value': -refund.amount,
                    'is_sale': false
                }
            )
            || if(
                sale.cancelled_at is null or event = 'begin_checkout',
                [],
                [{
                    'event': 'order_cancelled',
                    'native_id': sale_id || '/cancelled',
                    'told_at': sale.cancelled_at,
                    'value': if(
                        sale.financial_status = 'partially_refunded',
                        0,
                        try_cast(
                            least(
                                coalesce(list_sum(list_transform(refunds, lambda refund: refund.amount)), 0) - total, 0
                            ) as decimal(18, 4)
                        )
                    ),
                    'is_sale': false
                }]
            )
            || list_transform(
                list_filter(
                    if(event = 'begin_checkout', [], coalesce(sale.fulfillments, [])),
                    lambda parcel: parcel.shipment_status = 'delivered' and coalesce(parcel.status, '') <> 'cancelled'
                ),
                lambda parcel: {
                    'event': 'order_delivered',
                    'native_id': sale_id || '/delivered/' || coalesce(parcel.id, parcel.updated_at),
                    'told_at': parcel.updated_at,
                    'value': null::decimal(18, 4),
                    'is_sale': false
                }
            )
            || if(
                told_consent is null or consented_at is null or sale.customer.id is null,
                [],
                [{
                    'event': 'identify',
                    'native_id': sale.customer.id || '/consent/' || epoch_us(consented_at),
                    'told_at': sale.customer.email_marketing_consent.consent_updated_at,
                    'value': null::decimal(18, 4),
                    'is_sale': false
                }]
            )
        ) as touches
    from judged_sales
),

touches as (
    select
        *,
        unnest(touches) as touch
    from listed_touches
),

owned_touches as (
    select
        *,
        touch.event = 'identify' as is_consent,
        touch.is_sale and coalesce(source_name, 'web') not in ('pos', 'shopify_draft_order') as is_of_buyer
    from touches
)

select
    record_no,
    reject_reason,
    touch.native_id as native_id,
    -- A consent is not taken back by a later one: each is an object of its own.
    case
        when is_consent then 'customer/' || touch.native_id
        when event = 'begin_checkout' then 'checkout/' || sale_id
        else 'order/' || sale_id
    end as object_id,
    -- Each order of a customer tells the same of a consent: its version is its own time.
    if(is_consent, consented_at, updated_at) as updated_at,
    parse_time(touch.told_at, getvariable('timezone')::varchar) as occurred_at,
    text_precision(touch.told_at) as time_precision,
    clock_doubt(touch.told_at, getvariable('timezone')::varchar) as clock_doubt,
    touch.event as event,
    case
        when touch.event = 'order_delivered' then 'delivery'
        when not is_consent and source_name = 'pos' then 'store'
        else getvariable('channel')::varchar
    end as channel,
    -- A till's or an employee's program is not the buyer's.
    if(is_of_buyer, device_type_of(user_agent), null) as device_type,
    if(is_consent, known(customer.email), coalesce(email, contact_email, known(customer.email))) as email,
    if(is_consent, known(customer.phone), coalesce(phone, known(customer.phone))) as phone,
    customer.id as shop_customer_id,
    if(touch.event in ('identify', 'begin_checkout'), null, order_name) as order_id,
    -- The page on which the visit began is told without its host.
    if(
        touch.is_sale,
        coalesce(if(starts_with(landing_site, '/'), 'https://' || own_host, null), '') || known(landing_site),
        null
    ) as page_url,
    if(touch.is_sale, referring_site, null) as referrer,
    touch.value as value,
    if(touch.value is null, null, currency) as currency,
    if(touch.is_sale, product, null) as product,
    case
        when is_consent then told_consent
        when not touch.is_sale then null
        when consented_at is null and told_consent is not null then told_consent
        when accepts_marketing then 'granted'
    end as consent_email,
    if(is_consent, null, is_test) as is_test,
    if(touch.is_sale, parts.subtotal, null) as subtotal,
    if(touch.is_sale, parts.shipping, null) as shipping,
    if(touch.is_sale, parts.tax, null) as tax,
    if(touch.is_sale, parts.discount, null) as discount,
    if(touch.is_sale, parts.coupon, null) as coupon,
    if(touch.is_sale, parts.financial_status, null) as financial_status,
    if(touch.is_sale, parts.payment_type, null) as payment_type,
    if(touch.is_sale, source_name, null) as source_name,
    if(touch.event = 'order_cancelled', cancel_reason, null) as cancel_reason
from owned_touches
