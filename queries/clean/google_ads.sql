-- records: json $.results
-- One row per record of what Google Ads charged for a day of a campaign, or of a part of it.
--
-- Source: `records` of the API's reports (campaign, ad_group, ad_group_ad …), nested as the API tells them
-- (camelCase or snake_case), or flat with dotted or underscored names, as tables and BigQuery's transfer have
-- them. Needed are segments.date, which is a day of the account's zone, and metrics.cost_micros, in millionths
-- of the account's currency; the report of the web pages, with its titles and totals, is none of these.
-- A part is all that a row says of what it is about. Told again, it counts as told last; a day told by
-- campaign and again by ad counts twice, so ask for the same parts every time.
-- A campaign that has no name in the report goes by its number.
with parsed_records as (
    select
        records.record_no,
        records.record,
        json_transform(
            records.record,
            '{
                "segments": {"date": "VARCHAR"},
                "campaign": {"id": "VARCHAR", "name": "VARCHAR"},
                "customer": {"currencyCode": "VARCHAR", "currency_code": "VARCHAR"},
                "metrics": {
                    "costMicros": "VARCHAR",
                    "cost_micros": "VARCHAR",
                    "impressions": "VARCHAR",
                    "clicks": "VARCHAR"
                },
                "segments.date": "VARCHAR",
                "campaign.id": "VARCHAR",
                "campaign.name": "VARCHAR",
                "customer.currency_code": "VARCHAR",
                "metrics.cost_micros": "VARCHAR",
                "metrics.impressions": "VARCHAR",
                "metrics.clicks": "VARCHAR",
                "segments_date": "VARCHAR",
                "campaign_id": "VARCHAR",
                "campaign_name": "VARCHAR",
                "customer_currency_code": "VARCHAR",
                "metrics_cost_micros": "VARCHAR",
                "metrics_impressions": "VARCHAR",
                "metrics_clicks": "VARCHAR"
            }'
        ) as told,
        json_extract(records.record, '$.segments')::varchar as segments
    from records
),

told_rows as (
    select
        record_no,
        trim(coalesce(told.segments.date, told."segments.date", told.segments_date)) as told_day,
        coalesce(
            known(coalesce(told.campaign.name, told."campaign.name", told.campaign_name)),
            known(coalesce(told.campaign.id, told."campaign.id", told.campaign_id))
        ) as campaign,
        coalesce(
            known(
                coalesce(
                    told.customer.currencyCode,
                    told.customer.currency_code,
                    told."customer.currency_code",
                    told.customer_currency_code
                )
            ),
            getvariable('currency')::varchar
        ) as currency,
        nullif(
            coalesce(
                told.metrics.costMicros,
                told.metrics.cost_micros,
                told."metrics.cost_micros",
                told.metrics_cost_micros
            ),
            ''
        ) as told_cost,
        nullif(
            coalesce(told.metrics.impressions, told."metrics.impressions", told.metrics_impressions), ''
        ) as told_impressions,
        nullif(coalesce(told.metrics.clicks, told."metrics.clicks", told.metrics_clicks), '') as told_clicks,
        -- What a row is about: its segments, and the ids, names and kinds of what it belongs to.
        concat_ws(
            '|',
            segments,
            regexp_extract_all(
                record,
                '"(?:segments[._][^"]*|[A-Za-z_.]*(?:id|name|Name|type|Type))"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^,{}\[\]]+)'
            )::varchar
        ) as subject
    from parsed_records
),

typed_rows as (
    select
        *,
        if(regexp_full_match(told_day, '\d{4}-\d{2}-\d{2}'), try_cast(told_day as date), null) as day,
        try_cast(told_cost as decimal(24, 0)) as micros,
        try_cast(told_impressions as bigint) as impression_count,
        try_cast(told_clicks as bigint) as click_count
    from told_rows
),

judged_rows as (
    select
        *,
        case
            when told_day is null and told_cost is null then 'unknown_event_shape'
            when day is null then 'not_a_time'
            when micros is null then 'not_a_number'
            when told_impressions is not null and impression_count is null then 'not_a_number'
            when told_clicks is not null and click_count is null then 'not_a_number'
        end as reject_reason
    from typed_rows
)

select
    record_no,
    reject_reason,
    day,
    getvariable('source')::varchar as source,
    getvariable('channel')::varchar as channel,
    campaign,
    md5(subject) as part,
    impression_count as impressions,
    click_count as clicks,
    try_cast(micros * 0.000001::decimal(7, 6) as decimal(18, 4)) as cost,
    currency
from judged_rows
